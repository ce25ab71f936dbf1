"""What must never happen around signing in, each with the guard that prevents it."""

import io
import logging
import re

import pytest
from sqlalchemy import text
from structlog.stdlib import ProcessorFormatter

from bookapp.app import create_app
from bookapp.identity.queries import user_by_email
from bookapp.infra.db import db
from config import Settings
from tests.identity.people import ANOTHER, PASSWORD, a_person, come_in, letters, path_in
from tests.support import databases
from tests.support.jobs import work_off
from tests.support.select import form_values, one, submit

LOGIN = "form.sheet"
ELSEWHERE = (
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "javascript:alert(1)",
    "/\tevil",
    "evil.example",
)
POSTS = (
    "/login", "/logout", "/register", "/password/forgotten", "/password/reset/x", "/email/verify/x", "/email/change/x",
    "/account/profile", "/account/email", "/account/verification", "/account/password", "/account/sign-ins/ending",
    "/account/sign-ins/1/ending",
)  # fmt: skip


@pytest.mark.parametrize("wanted", ELSEWHERE)
@pytest.mark.parametrize("page", ["/login", "/register"])
def test_next_leads_nowhere_else(client, page, wanted):
    user = a_person()
    shown = client.get(page, query_string={"next": wanted})
    assert form_values(shown.text, LOGIN)["next"] == ""
    typed = form_values(client.get("/login").text, LOGIN) | {"login": user.email, "password": PASSWORD, "next": wanted}
    answer = client.post("/login", data=typed)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/bookings")
    assert client.get(page, query_string={"next": wanted}).headers["Location"] == "/bookings"


@pytest.mark.parametrize("wanted", ["/login", "/login?next=/login", "/logout", "/register"])
def test_next_does_not_lead_in_a_circle(client, wanted):
    come_in(client, a_person())
    assert client.get("/login", query_string={"next": wanted}).headers["Location"] == "/bookings"


def test_signing_in_begins_a_new_session_and_keeps_the_visitors_key(client, app, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    user = a_person()
    with client.session_transaction() as session:
        session["visitor"], session["planted"] = "key-of-the-guest", "by somebody"
    old = form_values(client.get("/login").text, LOGIN)
    come_in(client, user)
    with client.session_transaction() as session:
        assert session["visitor"] == "key-of-the-guest"
        assert "planted" not in session
        first = session["_user_id"]
    assert client.post("/logout", data=old).status_code == 400
    new = form_values(client.get("/account").text, "form[action='/logout']")
    assert new["csrf_token"] != old["csrf_token"]
    client.post("/logout", data=new)
    come_in(client, user)
    with client.session_transaction() as session:
        assert session["_user_id"] != first


def test_a_cookie_kept_from_before_signing_out_opens_nothing(client):
    come_in(client, a_person())
    kept = client.get_cookie("bookapp").value
    page = client.get("/account").text
    client.post("/logout", data=form_values(page, "form[action='/logout']"))
    client.set_cookie("bookapp", kept)
    assert client.get("/account").status_code == 303


@pytest.mark.parametrize("path", POSTS)
def test_no_form_is_taken_without_its_token(client, app, monkeypatch, path):
    come_in(client, a_person())
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    answer = client.post(path, data={"login": "x", "password": "x"})
    assert answer.status_code == 400
    assert client.get("/account").status_code == 200


def test_a_letters_page_works_over_https_although_it_names_no_referrer(servers):
    """Its answer forbids the Referer header, which the CSRF guard would else ask for over https."""
    app = _app(servers, PUBLIC_BASE_URL="https://book.example.org")
    client = app.test_client()
    https = {"base_url": "https://book.example.org"}
    with app.app_context():
        page = client.get("/password/forgotten", **https)
        typed = form_values(page.text, LOGIN) | {"email": "ann@example.org"}
        answer = client.post("/password/forgotten", data=typed, **https)
        assert answer.status_code == 303


def test_the_limits_hold(servers):
    app = _app(servers, RATE_LIMITS="on")
    with app.app_context():
        client = app.test_client()
        for path, typed, most in (
            ("/login", {"login": "nobody", "password": "wrong"}, 10),
            ("/register", {"name": "", "email": "", "password": ""}, 5),
            ("/password/forgotten", {"email": "nobody"}, 5),
        ):
            token = form_values(client.get(path).text, LOGIN)
            answers = [client.post(path, data=token | typed) for _ in range(most + 1)]
            assert [answer.status_code for answer in answers] == [422] * most + [429]
            assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
            assert client.get(path).status_code == 200


def test_no_password_and_no_token_is_ever_logged_or_kept(client, app, monkeypatch):
    """Canaries through every form: in no log line, and in no row but the letter that waits to be sent."""
    heard, root = io.StringIO(), logging.getLogger()
    handler = logging.StreamHandler(heard)
    handler.setFormatter(next(one.formatter for one in root.handlers if isinstance(one.formatter, ProcessorFormatter)))
    monkeypatch.setattr(root, "handlers", [handler])
    monkeypatch.setattr(root, "level", logging.DEBUG)
    monkeypatch.setattr(client, "open", _closing(client.open))
    canaries = {f"canary {word} password" for word in ("first", "second", "third", "wrong")}
    first, second, third, wrong = sorted(canaries)
    mail = "canary.person@example.org"

    submit(client, "/register", name="Canary", email=mail, password=first)
    secrets = {path_in(letters("verify")[0], "/email/verify/").rpartition("/")[2]}
    submit(client, "/login", LOGIN, login=mail, password=wrong)
    submit(client, path_in(letters("verify")[0], "/email/verify/"), password=wrong)
    submit(client, path_in(letters("verify")[0], "/email/verify/"), password=first)
    with client.session_transaction() as session:
        secrets.add(session["_user_id"])
    submit(client, "/account", "form[action='/account/password']", current=first, password=second)
    submit(client, "/account", "form[action='/account/email']", email="canary2@example.org", password=wrong)
    submit(client, "/account", "form[action='/account/email']", email="canary2@example.org", password=second)
    secrets.add(path_in(letters("change")[0], "/email/change/").rpartition("/")[2])
    submit(client, "/password/forgotten", email=mail)
    work_off("identity.mail_reset_link")
    reset = path_in(letters("reset")[0], "/password/reset/")
    secrets.add(reset.rpartition("/")[2])
    submit(client, reset, password=third)
    with client.session_transaction() as session:
        secrets.add(session["_user_id"])
    client.get("/login", query_string={"next": reset})
    client.get("/nowhere", query_string={"password": wrong, "token": reset})

    log = heard.getvalue()
    assert '"/password/reset/<token>"' in log and '"/email/verify/<token>"' in log
    for secret in canaries | secrets | {mail}:
        assert secret not in log, f"{secret} is in the log"
    kept = _everything_stored(but="message")
    for secret in canaries | secrets:
        assert secret not in kept, f"{secret} is in the database"
    assert mail in kept
    trail = _rows("audit_entry")
    assert mail not in trail and "Canary" not in trail and "user.sign_in_failed" in trail


def test_the_new_password_is_the_one_that_counts(client):
    user = a_person(email="ann@example.org")
    submit(client, "/password/forgotten", email=user.email)
    work_off("identity.mail_reset_link")
    submit(client, path_in(letters("reset")[0], "/password/reset/"), password=ANOTHER)
    stranger = client.application.test_client()
    assert submit(stranger, "/login", LOGIN, login=user.email, password=PASSWORD).status_code == 422
    assert submit(stranger, "/login", LOGIN, login=user.email, password=ANOTHER).status_code == 303
    assert user_by_email("ann@example.org").version == 2


def test_a_name_is_only_ever_words(client):
    user = a_person(name="<script>alert(1)</script>")
    come_in(client, user)
    page = client.get("/account").text
    assert "<script>alert" not in page
    assert one(page, ".account-btn").text == "<script>alert(1)</script>"


def _closing(opened):
    """A request is logged when its answer is closed."""

    def open_and_close(*args, **kwargs):
        answer = opened(*args, **kwargs)
        answer.get_data()
        answer.close()
        return answer

    return open_and_close


def _app(servers, **more):
    environment = databases.settings_for(
        servers.folder / "unit", servers.fresh_database(), servers.fresh_redis(), **more
    )
    return create_app(Settings.from_env(environment))


def _everything_stored(but):
    names = db.session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
    return "\n".join(_rows(name) for name in names if name != but)


def _rows(table):
    assert re.fullmatch(r"[a-z_]+", table)
    return "\n".join(db.session.scalars(text(f"SELECT t::text FROM {table} t")))
