"""Between the password and the second factor a browser is nobody; and how it becomes somebody."""

from __future__ import annotations

import re

import pytest

from bookapp.app import create_app
from bookapp.identity import rules
from bookapp.infra import clock
from bookapp.web.areas import ADMIN, SIGNED_IN, STAFF, audience_of
from config import Settings
from tests.identity.factors import STEP, code, with_app
from tests.identity.people import ANOTHER, PASSWORD, a_person, come_in, letters, path_in
from tests.support import databases
from tests.support.jobs import work_off
from tests.support.select import form_values, one, select, submit

LOGIN = "form.sheet"
STEP_PAGE = "/login/second-step"


@pytest.fixture
def user(app):
    """Somebody with an app."""
    made = a_person(name="Ann Secret", email="ann@example.org")
    with_app(made)
    return made


@pytest.fixture
def half(client, user):
    """Their browser, after the password."""
    answer = submit(client, "/login", LOGIN, login=user.email, password=PASSWORD)
    assert (answer.status_code, answer.location) == (303, STEP_PAGE)
    return client


def finish(client, shown, **more):
    return submit(client, STEP_PAGE, LOGIN, code=shown, **more)


def test_the_code_leads_on_to_where_one_was_going(client, user):
    answer = submit(client, "/login?next=/wallet", LOGIN, login=user.email, password=PASSWORD)
    assert answer.location == f"{STEP_PAGE}?next=%2Fwallet"
    page = client.get(answer.location).text
    assert form_values(page, LOGIN)["next"] == "/wallet"
    assert "Ann" not in page and user.email not in page
    answer = client.post(STEP_PAGE, data=form_values(page, LOGIN) | {"code": code(user)})
    assert (answer.status_code, answer.location) == (303, "/wallet")
    assert client.get("/wallet").status_code == 200
    assert client.get(f"{STEP_PAGE}?next=/wallet").location == "/wallet"
    assert "with an authenticator app" in client.get("/account/security").text


def test_the_second_step_leads_nowhere_else(half, user):
    page = half.get(STEP_PAGE, query_string={"next": "//evil.example"}).text
    assert form_values(page, LOGIN)["next"] == ""
    answer = half.post(STEP_PAGE, data={"code": code(user), "next": "https://evil.example"})
    assert answer.location == "/bookings"


def test_a_wrong_code_is_said_at_its_field_and_a_used_one_is_wrong(half, user):
    shown = code(user)
    refused = finish(half, "000000")
    assert refused.status_code == 422
    assert one(refused.text, ".error[id]")["id"] == "code-error"
    assert half.post(STEP_PAGE, data={"code": "x" * 50}).status_code == 422
    assert finish(half, shown).status_code == 303
    again = half.application.test_client()
    submit(again, "/login", LOGIN, login=user.email, password=PASSWORD)
    assert finish(again, shown).status_code == 422


def test_guessing_ends_after_five_and_the_door_says_nothing_of_the_password(half, user):
    answers = [half.post(STEP_PAGE, data={"code": "000000"}).status_code for _ in range(5)]
    assert answers == [422] * 4 + [429]
    assert half.get(STEP_PAGE).location == "/login"
    right, wrong = (
        submit(half, "/login", LOGIN, login=user.email, password=password) for password in (PASSWORD, "wrong password")
    )
    said = [re.sub(r'value="[^"]*"', "", one(answer.text, "main").text) for answer in (right, wrong)]
    assert (right.status_code, wrong.status_code, said[0]) == (422, 422, said[1])


def test_whoever_is_half_signed_in_is_led_to_the_second_step_from_everywhere(half, app):
    seen = set()
    for rule in app.url_map.iter_rules():
        audience = audience_of(app, rule.endpoint)
        if audience not in (SIGNED_IN, STAFF, ADMIN) or rule.rule.startswith("/api/"):
            continue
        path = re.sub(r"<int:\w+>", "1", re.sub(r"<uuid:\w+>", "00000000-0000-4000-8000-000000000000", rule.rule))
        path = re.sub(r"<[^>]+>", "x", path)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = half.open(path, method=method)
            assert answer.status_code == 303, path
            assert answer.location.startswith(f"{STEP_PAGE}?next="), path
            seen.add(audience)
    assert seen == {SIGNED_IN, STAFF, ADMIN}
    assert "Ann" not in half.get("/").text
    program = half.get("/account", headers={"Accept": "application/json"})
    assert (program.status_code, program.json["code"]) == (401, "not_signed_in")


def test_the_session_is_a_new_one_after_each_step(client, user, app, monkeypatch):
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    with client.session_transaction() as session:
        session["visitor"], session["planted"] = "key-of-the-guest", "by somebody"
    old = form_values(client.get("/login").text, LOGIN)["csrf_token"]
    submit(client, "/login", LOGIN, login=user.email, password=PASSWORD)
    with client.session_transaction() as session:
        assert (session["visitor"], "planted" in session, "_user_id" in session) == ("key-of-the-guest", False, False)
        step = session["step"]
    middle = form_values(client.get(STEP_PAGE).text, LOGIN)["csrf_token"]
    kept = client.get_cookie("bookapp").value
    assert finish(client, code(user)).status_code == 303
    with client.session_transaction() as session:
        assert "step" not in session and session["_user_id"] != step
    new = form_values(client.get("/account").text, "form[action='/logout']")["csrf_token"]
    assert len({old, middle, new}) == 3
    # Who kept the cookie from between the steps has nothing: that step is used up.
    client.set_cookie("bookapp", kept)
    assert client.get("/account").location.startswith(STEP_PAGE)
    assert client.get(STEP_PAGE).location == "/login"


def test_a_step_belongs_to_its_browser(half, user):
    stranger = half.application.test_client()
    assert stranger.get(STEP_PAGE).location == "/login"
    assert stranger.post(STEP_PAGE, data={"code": code(user)}).location == "/login"
    assert stranger.post(f"{STEP_PAGE}/options").status_code == 409
    with stranger.session_transaction() as session:
        session["step"] = "made up"
    assert stranger.post(STEP_PAGE, data={"code": code(user)}).location == "/login"


def test_a_step_that_ends_while_it_is_typed_begins_again(half, user, monkeypatch):
    page = form_values(half.get(STEP_PAGE).text, LOGIN)
    late = clock.now() + rules.STEP_LIFETIME
    monkeypatch.setattr("bookapp.identity.views.second_step._begun", object)
    monkeypatch.setattr(clock, "now", lambda: late)
    assert half.post(STEP_PAGE, data=page | {"code": code(user, late)}).location == "/login"


def test_a_new_password_by_mail_leads_to_the_second_step_too(client, user):
    submit(client, "/password/forgotten", email=user.email)
    work_off("identity.mail_reset_link")
    answer = submit(client, path_in(letters("reset")[0], "/password/reset/"), password=ANOTHER)
    assert answer.location == STEP_PAGE
    assert client.get("/account").status_code == 303
    assert finish(client, code(user)).status_code == 303
    assert client.get("/account").status_code == 200


def test_a_letter_is_come_back_to_after_the_second_step(client, user, app):
    other = come_in(app.test_client(), someone := a_person())
    with_app(someone)
    submit(other, "/account", "form[action='/account/email']", email="new@example.org", password=PASSWORD)
    letter = path_in(letters("change")[0], "/email/change/")
    answer = submit(client, letter, password=PASSWORD)
    assert answer.location.startswith(STEP_PAGE)
    page = form_values(client.get(answer.location).text, LOGIN)
    assert client.post(STEP_PAGE, data=page | {"code": code(someone)}).location == letter
    assert submit(client, letter, LOGIN).status_code == 303
    assert letters("changed")


def test_the_limits_hold_at_the_second_step(servers):
    environment = databases.settings_for(
        servers.folder / "unit", servers.fresh_database(), servers.fresh_redis(), RATE_LIMITS="on"
    )
    app = create_app(Settings.from_env(environment))
    with app.app_context():
        client = app.test_client()
        answers = [
            client.post(STEP_PAGE, data=form_values(client.get("/login").text, LOGIN) | {"code": "1"}).status_code
            for _ in range(11)
        ]
    assert answers[-1] == 429 and 429 not in answers[:-1]


def test_a_program_needs_the_code_as_well(client, user):
    asked = {"login": user.email, "password": PASSWORD}

    def answer(**more):
        return client.post("/api/v1/auth/login", json=asked | more)

    bare = answer()
    assert (bare.status_code, bare.json["code"]) == (401, "second_factor_needed")
    assert "code" in bare.json["detail"]
    assert answer(password="wrong password", code=code(user)).json["code"] == "wrong_sign_in"
    wrong = answer(code="000000")
    assert (wrong.status_code, wrong.json["code"]) == (401, "wrong_code")
    assert answer(code=code(user)).status_code == 200
    assert answer(code=code(user)).json["code"] == "wrong_code"
    for _ in range(3):
        answer(code="000000")
    assert answer(code="000000").status_code == 429
    assert answer(code=code(user, clock.now() + STEP)).json["code"] == "wrong_sign_in"


def test_without_a_second_factor_a_code_is_not_looked_at(client):
    someone = a_person()
    asked = {"login": someone.email, "password": PASSWORD, "code": "123456"}
    assert client.post("/api/v1/auth/login", json=asked).status_code == 200


def test_somebody_without_one_sees_no_step(client):
    assert client.get(STEP_PAGE).location == "/login"
    come_in(client, a_person())
    assert client.get(STEP_PAGE).location == "/bookings"
    assert not select(client.get("/account/security").text, "a[href$='/proof/codes']")
