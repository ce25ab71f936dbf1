"""Who may enter which area, and what happens to those who may not."""

import pytest
from flask import Blueprint

from bookapp.app import create_app
from bookapp.web.areas import Audience, audience_of, may_enter, undeclared_routes
from config import Settings
from tests.web.conftest import ACTORS, NOWHERE

ENTER = {
    # audience      visitor  customer  facilitator  admin
    "public":      (True, True, True, True),
    "signed_in":   (False, True, True, True),
    "staff":       (False, False, True, True),
    "admin":       (False, False, False, True),
}  # fmt: skip
PEOPLE = ("visitor", "customer", "facilitator", "admin")


def enter_as(site, person):
    client = site.test_client()
    if person != "visitor":
        with client.session_transaction() as session:
            session["_user_id"] = person
    return client


@pytest.mark.parametrize("audience", ENTER)
@pytest.mark.parametrize("person", PEOPLE)
def test_the_matrix(site, audience, person):
    allowed = ENTER[audience][PEOPLE.index(person)]
    answer = enter_as(site, person).get(f"/try/{audience}")
    assert answer.status_code == (200 if allowed else 303 if person == "visitor" else 403)


def test_a_visitor_is_led_to_sign_in_and_back(site):
    answer = site.test_client().get("/try/signed_in?day=2026-11-24&people=2")
    assert answer.location == "/login?next=%2Ftry%2Fsigned_in%3Fday%3D2026-11-24%26people%3D2"


def test_htmx_is_led_to_sign_in_and_back_to_the_page(site):
    answer = site.test_client().htmx(
        "/try/signed_in", headers={"HX-Current-URL": "http://localhost/rooms/linden?day=1"}
    )
    assert answer.headers["HX-Redirect"] == "/login?next=%2Frooms%2Flinden%3Fday%3D1"


def test_a_stranger_page_is_no_way_back(site):
    answer = site.test_client().htmx("/try/signed_in", headers={"HX-Current-URL": "http://x//evil.example"})
    assert answer.headers["HX-Redirect"] == "/login?next=%2F"


def test_a_program_is_told_in_json(site):
    answer = site.test_client().get("/try/signed_in", headers={"Accept": "application/json"})
    assert answer.status_code == 401
    assert answer.json["code"] == "not_signed_in"


def test_every_audience_lets_in_who_it_names():
    for audience in Audience:
        assert may_enter(audience, ACTORS["admin"])


def test_an_application_with_an_unguarded_route_is_not_made(monkeypatch):
    stray = Blueprint("stray", __name__)
    stray.add_url_rule("/stray", "show", lambda: "ok")
    stray.audience = Audience.PUBLIC
    monkeypatch.setattr("bookapp.app.VIEWS", (stray,))
    with pytest.raises(RuntimeError, match="/stray"):
        create_app(Settings.from_env(NOWHERE))


def test_every_route_declares_an_audience(site):
    assert undeclared_routes(site) == []
    for rule in site.url_map.iter_rules():
        assert isinstance(audience_of(site, rule.endpoint), Audience)
