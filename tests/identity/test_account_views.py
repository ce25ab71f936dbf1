"""One's own account, as its owner sees it."""

import pytest

from bookapp.identity import actions
from bookapp.identity.actor import SYSTEM
from bookapp.infra import clock
from bookapp.infra.db import db
from tests.identity.people import ANOTHER, PASSWORD, a_person, come_in, letters
from tests.support.queries import counted
from tests.support.select import form_values, one, select, submit

PROFILE, EMAIL, PASSWORDS = (f"form[action='/account/{part}']" for part in ("profile", "email", "password"))
ENDING = "form[action='/account/sign-ins/ending']"


@pytest.fixture
def user(app):
    """Somebody."""
    return a_person(name="Ann", email="ann@example.org")


@pytest.fixture
def at_home(client, user):
    """Their browser, signed in."""
    return come_in(client, user)


def flashed(client):
    return one(client.get("/account").text, ".toast").text


@pytest.mark.parametrize(
    "path", ["profile", "email", "password", "verification", "sign-ins/ending", "sign-ins/1/ending"]
)
def test_a_visitor_is_asked_to_sign_in_first(client, path):
    token = form_values(client.get("/login").text, "form.sheet")["csrf_token"]
    answer = client.post(f"/account/{path}", data={"csrf_token": token})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login?next=%2F")


def test_the_page_shows_who_one_is(at_home, user):
    page = at_home.get("/account", headers={"User-Agent": "x"}).text
    assert form_values(page, PROFILE)["name"] == "Ann"
    assert "ann@example.org" in one(page, "section[aria-labelledby=email-title]").text
    assert select(page, "form[action='/account/verification']") == []
    assert one(page, "a[href='/account/security']")


def test_who_is_signed_in_is_on_a_page_of_its_own(at_home):
    page = at_home.get("/account/security").text
    assert one(page, "#browsers .badge").text == "This browser"
    assert {"csrf_token"} <= form_values(page, ENDING).keys()


@pytest.mark.parametrize(("page", "most"), [("/account", 3), ("/account/security", 9)])
def test_what_it_costs(at_home, page, most):
    at_home.get(page)
    with counted() as statements:
        at_home.get(page)
    assert len(statements) == most, statements


def test_name_and_username(at_home, user):
    assert submit(at_home, "/account", PROFILE, name="Ann Lee", username="Ann").status_code == 303
    assert flashed(at_home) == "Saved."
    db.session.refresh(user)
    assert (user.name, user.username) == ("Ann Lee", "ann")
    a_person(username="taken")
    answer = submit(at_home, "/account", PROFILE, username="taken")
    assert answer.status_code == 422
    assert one(answer.text, ".error")["id"] == "username-error"
    assert form_values(answer.text, PROFILE)["username"] == "taken"
    assert submit(at_home, "/account", PROFILE, name="").status_code == 422


def test_a_new_email(at_home):
    assert submit(at_home, "/account", EMAIL, email="new@example.org", password=PASSWORD).status_code == 303
    assert "new@example.org" in flashed(at_home)
    assert letters("change")
    wrong = submit(at_home, "/account", EMAIL, email="third@example.org", password="wrong password")
    assert wrong.status_code == 422
    assert one(wrong.text, ".error")["id"] == "email-password-error"
    assert form_values(wrong.text, EMAIL)["email"] == "third@example.org"
    assert submit(at_home, "/account", EMAIL, email="", password="").status_code == 422
    soon = submit(at_home, "/account", EMAIL, email="third@example.org", password=PASSWORD)
    assert soon.status_code == 429 and int(soon.headers["Retry-After"]) > 0


def test_a_new_password_signs_the_others_out_and_renews_this_session(at_home, user):
    elsewhere = come_in(at_home.application.test_client(), user)
    with at_home.session_transaction() as session:
        before = session["_user_id"]
    for typed, field in (
        ({"current": "wrong password", "password": ANOTHER}, "password-now-error"),
        ({"current": PASSWORD, "password": "short"}, "password-new-error"),
    ):
        refused = submit(at_home, "/account", PASSWORDS, **typed)
        assert refused.status_code == 422 and one(refused.text, ".error")["id"] == field
    assert submit(at_home, "/account", PASSWORDS).status_code == 422
    assert submit(at_home, "/account", PASSWORDS, current=PASSWORD, password=ANOTHER).status_code == 303
    assert at_home.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 303
    with at_home.session_transaction() as session:
        assert session["_user_id"] != before


def test_another_browser_can_be_signed_out(at_home, user):
    elsewhere = come_in(at_home.application.test_client(), user)
    page = at_home.get("/account/security").text
    ending = "#browsers form"
    form = one(page, ending)
    answer = at_home.post(form["action"], data=form_values(page, ending))
    assert answer.status_code == 303
    assert elsewhere.get("/account").status_code == 303
    assert at_home.get("/account").status_code == 200
    assert at_home.post(form["action"], data=form_values(page, ending)).status_code == 404


def test_everywhere_is_here_too(at_home, user):
    elsewhere = come_in(at_home.application.test_client(), user)
    answer = submit(at_home, "/account/security", ENDING)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login")
    for browser in (at_home, elsewhere):
        assert browser.get("/account").status_code == 303
    assert "signed out everywhere" in at_home.get("/login").text


def test_an_unproved_email_is_asked_for(client, app):
    user = a_person(verified=False)
    come_in(client, user)
    again = "form[action='/account/verification']"
    assert submit(client, "/account", again).status_code == 303
    assert len(letters("verify", to=user.email)) == 1
    soon = submit(client, "/account", again)
    assert soon.status_code == 429 and "just sent you one" in soon.text


def test_a_session_that_was_ended_elsewhere_is_a_visitor(at_home, user):
    actions.disable(user.id, by=SYSTEM, reason="test", now=clock.now())
    assert at_home.get("/account").status_code == 303
