"""Refusals and failures as pages, fragments and problem+json: complete, calm, with the request id."""

import pytest
import structlog
from flask import Flask

from bookapp.values.errors import NotPossibleNow
from bookapp.values.money import Money
from bookapp.web import errors
from tests.web.conftest import NOWHERE

STATUSES = {"taken": 409, "not-valid": 422, "not-found": 404, "not-allowed": 403, "too-fast": 429, "unavailable": 503}


@pytest.mark.parametrize(("name", "status"), STATUSES.items())
def test_a_refusal_is_a_page(browser_on, name, status):
    answer = browser_on.get(f"/try/refusal/{name}", headers={"X-Request-ID": "given-by-proxy-1"})
    assert answer.status_code == status
    assert "given-by-proxy-1" in answer.text
    assert answer.headers["X-Request-ID"] == "given-by-proxy-1"


@pytest.mark.parametrize(("name", "status"), STATUSES.items())
def test_a_refusal_is_a_fragment_beside_what_was_typed(browser_on, name, status):
    answer = browser_on.htmx(f"/try/refusal/{name}")
    assert answer.status_code == status
    assert answer.headers["HX-Retarget"] == "#toasts"
    assert "<html" not in answer.text
    assert "HX-Request" in answer.headers["Vary"]


@pytest.mark.parametrize(("name", "status"), STATUSES.items())
def test_a_refusal_is_a_problem_for_programs(browser_on, name, status):
    answer = browser_on.get(f"/try/refusal/{name}", headers={"Accept": "application/json"})
    assert answer.status_code == answer.json["status"] == status
    assert answer.content_type == "application/problem+json"
    assert answer.json["request_id"] == answer.headers["X-Request-ID"]


def test_the_nearest_yes_is_offered(browser_on):
    for answer in (browser_on.get("/try/refusal/taken"), browser_on.htmx("/try/refusal/taken")):
        assert "€54.00 is gone." in answer.text
        assert 'href="/x"' in answer.text
    as_json = browser_on.get("/try/refusal/taken", headers={"Accept": "application/json"})
    assert as_json.json["alternatives"] == [{"label": "15:00", "href": "/x"}]


def test_fields_are_named_for_programs(browser_on):
    answer = browser_on.get("/try/refusal/not-valid", headers={"Accept": "application/json"})
    assert answer.json["errors"] == {"email": "That is no address."}


def test_too_fast_and_unavailable_say_when_to_return(browser_on):
    assert browser_on.get("/try/refusal/too-fast").headers["Retry-After"] == "7"
    assert browser_on.get("/try/refusal/unavailable").headers["Retry-After"] == "5"


def test_not_yours_looks_like_not_there(browser_on):
    not_yours, nothing = browser_on.get("/try/refusal/not-found"), browser_on.get("/try/nothing-here")
    assert not_yours.status_code == nothing.status_code == 404

    def sentences(text: str) -> str:
        return text.partition("<h1")[2].partition("<img")[0]

    assert sentences(not_yours.text) == sentences(nothing.text)


@pytest.mark.parametrize("status", [400, 404, 405, 410, 413, 415, 418, 429, 500, 503])
def test_every_status_has_a_page(browser_on, status):
    answer = browser_on.get(f"/try/status/{status}")
    assert answer.status_code == status
    assert answer.headers["X-Request-ID"] in answer.text


def test_a_wrong_method_names_the_right_ones(browser_on):
    answer = browser_on.post("/try/page")
    assert answer.status_code in (400, 405)
    assert "GET" in browser_on.put("/healthz").headers["Allow"]


def test_the_database_away_is_503_and_needs_nobody(browser_on):
    answer = browser_on.get("/try/database-away")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"


def test_a_signed_in_person_gets_the_plain_page_when_the_database_is_away(make_site, monkeypatch):
    site = make_site()
    site.extensions["bookapp.actors"] = (_database_away, site.extensions["bookapp.actors"][1])
    client = site.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = "customer"
    for path in ("/try/signed_in", "/nothing-here", "/try/broken"):
        answer = client.get(path)
        assert answer.status_code in (500, 503)
        assert answer.headers["X-Request-ID"] in answer.text


def test_a_mistake_of_ours_is_told_to_us_without_names(browser_on):
    with structlog.testing.capture_logs() as lines:
        answer = browser_on.get("/try/broken")
    assert answer.status_code == 500
    assert "secret@example.org" not in answer.text
    assert any(line["event"] == "broken" for line in lines)


def test_machines_get_json_whatever_they_accept(browser_on):
    answer = browser_on.post("/try/machine/broken")
    assert answer.status_code == 500
    assert answer.json["code"] == "broken"
    assert browser_on.get("/api/v1/nothing").json["status"] == 404


def test_an_unknown_host_is_refused(browser_on):
    assert browser_on.get("/try/page", headers={"Host": "evil.example"}).status_code == 400
    assert browser_on.get("/healthz", headers={"Host": "127.0.0.1:8000"}).status_code == 200


def test_too_much_is_413(browser_on):
    token = browser_on.get("/try/token").text
    assert browser_on.post("/try/post", data={"name": "x" * 500_000, "csrf_token": token}).status_code == 200
    assert browser_on.post("/try/post", data={"name": "x" * 600_000, "csrf_token": token}).status_code == 413
    parts = {f"field{number}": "x" for number in range(600)} | {"csrf_token": token}
    answer = browser_on.post("/try/post", data=parts, content_type="multipart/form-data")
    assert answer.status_code == 413


def test_values_in_sentences_are_written_for_people(site: Flask):
    assert NOWHERE["BOOKAPP_ENV"] == "test"
    with site.test_request_context():
        problem = errors.of_refusal(NotPossibleNow("%(price)s and %(name)s", price=Money(100, "JPY"), name="you"))
    assert problem.sentence == "¥100 and you"


def _database_away(_token: str) -> None:
    from sqlalchemy.exc import OperationalError

    raise OperationalError("SELECT 1", {}, Exception("could not connect"))
