"""Coming in and going out, as a visitor sees it."""

import pytest

from bookapp.identity.models import User
from bookapp.identity.queries import user_by_email
from bookapp.infra.db import db
from tests.identity.people import PASSWORD, a_person, come_in, letters
from tests.support.select import form_values, one, select, submit

LOGIN = "form.sheet"
ANN = {"name": "Ann", "email": "ann@example.org", "password": PASSWORD}


def where(answer):
    """What an answer leads to, and nothing of its body."""
    return answer.status_code, answer.headers.get("Location")


def test_the_sign_in_page_asks_for_two_things(client):
    page = client.get("/login")
    assert one(page.text, "h1").text == "Welcome back"
    assert one(page.text, "form.sheet input[name=login]")["autocomplete"] == "username"
    assert one(page.text, "form.sheet input[name=password]")["type"] == "password"
    assert one(page.text, "main a[href='/register']").text == "Open an account"
    assert one(page.text, "main a[href='/password/forgotten']")
    assert page.headers["Cache-Control"] == "private, no-cache"


def test_who_signs_in_goes_where_they_were_going(client):
    a_person(email="ann@example.org", username="ann")
    answer = submit(client, "/login?next=/rooms/linden?date=2026-03-02", LOGIN, login="ann", password=PASSWORD)
    assert where(answer) == (303, "/rooms/linden?date=2026-03-02")
    assert client.get("/account").status_code == 200


def test_without_a_wish_it_leads_to_ones_bookings(client):
    answer = submit(client, "/login", LOGIN, login=a_person().email, password=PASSWORD)
    assert where(answer) == (303, "/bookings")


@pytest.mark.parametrize("page", ["/login", "/register"])
def test_who_is_in_already_is_led_on(client, page):
    come_in(client, a_person())
    assert where(client.get(page)) == (303, "/bookings")
    assert where(client.get(f"{page}?next=/search")) == (303, "/search")


@pytest.mark.parametrize("login", ["ann@example.org", "nobody@example.org", "nobody"])
def test_a_wrong_sign_in_keeps_the_login_and_says_nothing_else(client, login):
    a_person(email="ann@example.org")
    answer = submit(client, "/login", LOGIN, login=login, password="wrong password")
    assert answer.status_code == 422
    assert one(answer.text, "main [role=alert] b").text == (
        "These two do not go together. Please check both and try again."
    )
    values = form_values(answer.text, LOGIN)
    assert (values["login"], values["password"]) == (login, "")


def test_an_empty_form_is_refused_at_its_fields(client):
    answer = submit(client, "/login", LOGIN)
    assert answer.status_code == 422
    assert [error.text for error in select(answer.text, "form.sheet .error")] == ["Please fill this in."] * 2


def test_a_closed_account_is_told_so(client):
    user = a_person()
    user.disabled_at = user.created_at
    db.session.commit()
    answer = submit(client, "/login", LOGIN, login=user.email, password=PASSWORD)
    assert answer.status_code == 403
    assert "was closed" in one(answer.text, "main [role=alert]").text


def test_signing_out_is_a_form_and_ends_it(client):
    come_in(client, a_person())
    page = client.get("/account").text
    assert client.get("/logout").status_code == 405
    answer = client.post("/logout", data=form_values(page, "form[action='/logout']"))
    assert where(answer) == (303, "/")
    assert where(client.get("/account")) == (303, "/login?next=%2Faccount")


def test_signing_out_twice_is_no_harm(client):
    page = client.get("/login").text
    assert client.post("/logout", data=form_values(page, LOGIN)).status_code == 303


def test_registering_answers_alike_whether_the_email_is_known(client):
    a_person(email="known@example.org")
    seen = []
    for email in ("known@example.org", "new@example.org"):
        visitor = client.application.test_client()
        answer = submit(visitor, "/register", **(ANN | {"email": email}))
        told = visitor.get("/register/sent").text.replace(email, "EMAIL")
        headers = sorted(name for name in dict(answer.headers) if name != "X-Request-ID")
        seen.append((where(answer), headers, answer.text, one(told, "main").text))
    assert seen[0] == seen[1]
    assert seen[0][0] == (303, "/register/sent")
    assert "EMAIL" in seen[0][3]
    assert [letter.kind for letter in letters()] == ["identity.known", "identity.verify"]


def test_registering_signs_nobody_in(client):
    submit(client, "/register", **ANN)
    assert where(client.get("/account"))[0] == 303


@pytest.mark.parametrize(
    ("typed", "field"),
    [({"name": " "}, "name"), ({"name": "x" * 101}, "name"), ({"name": "a\x00b"}, "name"), ({"email": "ann"}, "email"),
     ({"password": "short"}, "password"), ({"password": "password1"}, "password"),
     ({"password": "x" * 129}, "password"), ({"password": "x" * 500}, "password")],
)  # fmt: skip
def test_what_cannot_be_taken_is_said_at_its_field(client, typed, field):
    answer = submit(client, "/register", **(ANN | typed))
    assert answer.status_code == 422
    assert one(answer.text, "form.sheet .error")["id"] == f"{field}-error"
    assert one(answer.text, f"main [role=alert] a[href='#{field}']")
    values = form_values(answer.text, "form.sheet")
    kept = ANN | typed
    assert values["email"] == kept["email"] and values["password"] == ""
    assert db.session.query(User).count() == 0


def test_fields_nobody_asked_for_are_not_taken(client):
    submit(client, "/register", **ANN, is_admin="1", email_verified_at="2026-01-01", version="7", id="1")
    user = user_by_email("ann@example.org")
    assert (user.is_admin, user.email_verified_at, user.version) == (False, None, 1)


def test_forgetting_answers_alike_whether_the_email_is_known(client):
    a_person(email="known@example.org")
    seen = []
    for email in ("known@example.org", "unknown@example.org"):
        visitor = client.application.test_client()
        answer = submit(visitor, "/password/forgotten", email=email)
        told = visitor.get("/password/forgotten/sent").text.replace(email, "EMAIL")
        seen.append((where(answer), answer.text, one(told, "main").text))
    assert seen[0] == seen[1]
    assert seen[0][0] == (303, "/password/forgotten/sent")


def test_forgetting_needs_an_email(client):
    answer = submit(client, "/password/forgotten", email="ann")
    assert answer.status_code == 422
    assert one(answer.text, ".error")["id"] == "email-error"


@pytest.mark.parametrize("path", ["/register/sent", "/password/forgotten/sent"])
def test_the_page_after_stands_alone(client, path):
    assert one(client.get(path).text, "h1").text == "Check your mail"


@pytest.mark.parametrize("path", ["/login", "/register", "/password/forgotten", "/register/sent"])
def test_htmx_gets_the_part(client, path):
    answer = client.htmx(path)
    assert "<html" not in answer.text and one(answer.text, "h1")
    assert "HX-Request" in answer.headers["Vary"]


def test_a_demonstration_shows_its_accounts_and_nothing_else_does(client, app, monkeypatch):
    person = a_person()
    accounts = [("Customer", person.email, PASSWORD), ("Facilitator", "priya", "priya123")]
    monkeypatch.setitem(app.config, "DEMO_ACCOUNTS", accounts)
    assert select(client.get("/login").text, ".demo-accounts") == []
    settings = app.extensions["bookapp.settings"]
    monkeypatch.setitem(app.extensions, "bookapp.settings", _Demo(settings))
    page = client.get("/login?next=/search").text
    rows = select(page, ".demo-accounts li")
    assert ["Customer" in rows[0].text, "priya123" in rows[1].text] == [True, True]
    first = form_values(page, ".demo-accounts form")
    first |= {"login": person.email, "password": PASSWORD}
    assert where(client.post("/login", data=first)) == (303, "/search")


class _Demo:
    """The settings as they are, in a demonstration."""

    demo = True

    def __init__(self, settings):
        self._settings = settings

    def __getattr__(self, name):
        return getattr(self._settings, name)
