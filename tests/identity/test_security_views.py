"""/account/security: adding and removing second factors, and who is signed in."""

from __future__ import annotations

import pytest

from bookapp.identity.queries import factors_of
from bookapp.infra import clock
from bookapp.infra.settings import current_settings
from tests.identity.factors import STEP, code, with_app
from tests.identity.people import PASSWORD, a_person, come_in
from tests.support.select import form_values, one, select, submit, texts

HERE = "/account/security"
SHEET = "form.sheet"


@pytest.fixture
def user(app):
    """Somebody."""
    return a_person(name="Ann", email="ann@example.org")


@pytest.fixture
def at_home(client, user):
    """Their browser, signed in."""
    return come_in(client, user)


def set_up(client, user):
    assert submit(client, f"{HERE}/app", SHEET, password=PASSWORD).status_code == 303
    return submit(client, f"{HERE}/app", SHEET, code=code(user))


def test_an_app_is_set_up_and_the_codes_are_shown_once(at_home, user):
    page = at_home.get(HERE)
    assert page.headers["Cache-Control"] == "no-store"
    assert one(page.text, "section[aria-labelledby=factor-title] .badge").text == "Off"
    assert at_home.get(f"{HERE}/app/code.svg").status_code == 404
    for password in ("", "wrong password"):
        assert submit(at_home, f"{HERE}/app", SHEET, password=password).status_code == 422
    assert submit(at_home, f"{HERE}/app", SHEET, password=PASSWORD).status_code == 303
    shown = at_home.get(f"{HERE}/app").text
    assert len(one(shown, ".secret").text.replace(" ", "")) == 32
    picture = at_home.get(f"{HERE}/app/code.svg")
    assert picture.mimetype == "image/svg+xml" and picture.headers["Cache-Control"] == "no-store"
    for wrong in ("", "000000"):
        refused = submit(at_home, f"{HERE}/app", SHEET, code=wrong)
        assert refused.status_code == 422 and one(refused.text, ".secret")
    done = submit(at_home, f"{HERE}/app", SHEET, code=code(user))
    assert done.status_code == 200 and len(texts(done.text, ".codes li")) == 10
    assert texts(done.text, ".codes li")[0] not in at_home.get(HERE).text
    assert "10 are left." in at_home.get(HERE).text
    assert at_home.get(f"{HERE}/app/code.svg").status_code == 404
    assert at_home.get(f"{HERE}/app").status_code == 409


def test_a_code_typed_too_late_begins_anew(at_home):
    answer = at_home.post(f"{HERE}/app/confirmation", data={"code": "123456"})
    assert answer.location == f"{HERE}/app"
    assert "a little long" in one(at_home.get(answer.location).text, ".toast").text


def test_the_app_is_removed_with_password_and_code(at_home, user):
    set_up(at_home, user)
    page = f"{HERE}/proof/app"
    assert "Remove the authenticator app" in at_home.get(page).text
    later = code(user, clock.now() + STEP)
    for password, shown, field in (
        ("", later, "password"), ("wrong password", later, "password"), (PASSWORD, "000000", "code"),
    ):  # fmt: skip
        refused = submit(at_home, page, SHEET, password=password, code=shown)
        assert refused.status_code == 422 and one(refused.text, ".error[id]")["id"] == f"{field}-error"
    assert submit(at_home, page, SHEET, password=PASSWORD, code=later).status_code == 303
    assert not factors_of(user.id).is_any
    assert at_home.get(page).status_code == 404
    assert at_home.get(f"{HERE}/proof/codes").status_code == 404


def test_guessing_there_ends_as_well(at_home, user):
    set_up(at_home, user)
    page = f"{HERE}/proof/app"
    answers = [submit(at_home, page, SHEET, password=PASSWORD, code="000000") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [422] * 4 + [429]
    assert "Too many codes were wrong" in one(answers[-1].text, "[role=alert]").text
    assert factors_of(user.id).has_app


def test_new_recovery_codes(at_home, user):
    old = with_app(user)
    answer = submit(at_home, f"{HERE}/proof/codes", SHEET, password=PASSWORD, code=old[0])
    new = texts(answer.text, ".codes li")
    assert len(new) == 10 and not set(new) & set(old)


@pytest.mark.parametrize("act", ["app", "codes", "passkey", "passkey/1", "app/1", "everything"])
def test_what_one_does_not_have_is_not_there(at_home, act):
    assert at_home.get(f"{HERE}/proof/{act}").status_code == 404
    assert at_home.post(f"{HERE}/proof/{act}", data={"password": PASSWORD}).status_code == 404


def test_every_other_browser_is_signed_out_at_once(at_home, user, app):
    others = [come_in(app.test_client(), user) for _ in range(2)]
    stranger = come_in(app.test_client(), a_person())
    page = at_home.get(HERE, headers={"User-Agent": "Mozilla/5.0 (X11; Linux) Firefox/130"}).text
    assert len(select(page, "#browsers li")) == 3
    assert "from 127.0.0.1" in page
    assert submit(at_home, HERE, "form[action$='others/ending']").status_code == 303
    assert [one.get("/account").status_code for one in (at_home, stranger, *others)] == [200, 200, 303, 303]
    assert not select(at_home.get(HERE).text, "form[action$='others/ending']")
    assert at_home.post("/account/sign-ins/others/ending").status_code == 303


@pytest.fixture
def chief(client, monkeypatch):
    """An admin without a second factor, signed in, where the house asks for one."""
    admin = a_person(is_admin=True, email="chief@example.org")
    come_in(client, admin)
    monkeypatch.setattr(type(current_settings()), "admins_need_factor", True)
    return admin


@pytest.mark.parametrize(
    "path", ["/", "/bookings", "/account", "/desk", "/desk/users", "/search", "/login", "/nowhere"]
)
def test_an_admin_without_one_is_led_to_set_it_up_before_anything_else(client, chief, path):
    answer = client.get(path)
    assert (answer.status_code, answer.location) == (303, HERE)
    told = client.get("/account", headers={"Accept": "application/json"})
    assert (told.status_code, told.json["code"]) == (403, "second_factor_first")
    assert client.post("/desk/users/1/standing", data={"act": "close", "reason": "x"}).location == HERE


def test_and_may_do_everything_once_it_is_there(client, chief):
    assert "Please add a second factor first" in client.get(HERE).text
    set_up(client, chief)
    assert client.get("/desk/users").status_code == 200
    page = f"{HERE}/proof/app"
    kept = submit(client, page, SHEET, password=PASSWORD, code=code(chief, clock.now() + STEP))
    assert kept.status_code == 409 and "Admins need a second factor" in kept.text


def test_an_admin_without_one_may_leave(client, chief):
    assert client.post("/logout").location == "/"
    assert client.get("/").status_code == 200


def test_an_admins_program_is_told_as_well(client, chief):
    asked = {"login": chief.email, "password": PASSWORD}
    token = client.post("/api/v1/auth/login", json=asked).json["access_token"]
    answer = client.get("/api/v1/bookings", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json["code"]) == (403, "second_factor_first")


def test_nobody_else_is_asked(client, monkeypatch):
    monkeypatch.setattr(type(current_settings()), "admins_need_factor", True)
    come_in(client, a_person())
    assert client.get("/account").status_code == 200
    assert "add a second factor first" not in client.get(HERE).text


def test_forms_are_whole_for_screen_readers_and_password_managers(at_home, user):
    set_up(at_home, user)
    values = form_values(at_home.get(f"{HERE}/proof/app").text, SHEET)
    assert values["username"] == user.email
