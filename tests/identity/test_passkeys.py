"""Passkeys: made here, answered by a device in Python; and every way in which an answer does not fit."""

from __future__ import annotations

import json

import pytest

from bookapp.identity import actions, rules
from bookapp.identity.errors import PasskeyRefused, StepGone, WrongCode
from bookapp.identity.models import Passkey
from bookapp.identity.queries import actor_of, factors_of
from bookapp.identity.rules import Proof
from bookapp.infra import clock
from bookapp.infra.db import db
from bookapp.infra.settings import current_settings
from bookapp.values.errors import NotFound, NotValid
from tests.identity.people import PASSWORD, a_person, audited, come_in, letters
from tests.support.authenticator import Authenticator
from tests.support.select import form_values, one, select, submit, texts

HERE = "/account/security"
SHEET = "form.sheet"
LOGIN_PASSKEY = "form[action='/login/passkey']"


@pytest.fixture
def user(app):
    """Somebody."""
    return a_person(name="Ann", email="ann@example.org")


@pytest.fixture
def phone(app):
    """A device at the address people come by."""
    _home, origin = rules.passkey_home(current_settings().public_base_url)
    return Authenticator(origin)


def add(client, phone, name="Phone", password=PASSWORD, options=None):
    asked = options or client.post(f"{HERE}/passkeys/options", data={"name": name, "password": password})
    return client.post(f"{HERE}/passkeys", data={"name": name, "credential": phone.make(asked.json)})


def with_passkey(client, user, phone):
    assert add(come_in(client, user), phone).status_code == 200
    client.post("/logout")
    return client


def half(client, user):
    assert submit(client, "/login", SHEET, login=user.email, password=PASSWORD).status_code == 303
    return client


def test_several_are_kept_by_name_and_the_first_brings_recovery_codes(client, user, phone):
    come_in(client, user)
    assert "data-passkey" in client.get(f"{HERE}/passkeys/new").text
    first = add(client, phone)
    assert len(texts(first.text, ".codes li")) == 10
    second = add(client, Authenticator(phone.origin), name="Key on my ring")
    assert (second.status_code, second.location) == (303, HERE)
    page = client.get(HERE).text
    assert "Phone" in page and "Key on my ring" in page
    stored = db.session.get_one(Passkey, factors_of(user.id).passkeys[0].id)
    assert (stored.credential_id, stored.transports) == (phone.id, ["internal"])
    assert audited(user).count("user.passkey_added") == 2
    assert len(letters("factors", to=user.email)) == 2


def test_the_browser_is_asked_without_what_it_has_already(client, user, phone):
    with_passkey(client, user, phone)
    half(client, user)
    client.post("/login/second-step", data={"credential": phone.answer(client.post("/login/second-step/options").json)})
    asked = client.post(f"{HERE}/passkeys/options", data={"name": "Another", "password": PASSWORD}).json
    assert len(asked["excludeCredentials"]) == 1
    assert (asked["rp"]["id"], asked["user"]["name"]) == ("localhost", user.email)
    assert add(client, phone).status_code == 422  # a device that makes the same again all the same


@pytest.mark.parametrize(("name", "password"), [("", PASSWORD), ("Phone", "wrong password"), ("x" * 61, PASSWORD)])
def test_without_name_and_password_nothing_is_asked(client, user, name, password):
    come_in(client, user)
    answer = client.post(
        f"{HERE}/passkeys/options", data={"name": name, "password": password}, headers={"Accept": "application/json"}
    )
    assert answer.status_code == 422 and answer.json["errors"]


def test_there_is_an_end_to_how_many(user, monkeypatch):
    monkeypatch.setattr(rules, "MOST_PASSKEYS", 0)
    with pytest.raises(NotValid):
        actions.ask_for_new(actor_of(user), password=PASSWORD, now=clock.now())


def test_signing_in_with_it_as_the_second_step(client, user, phone):
    with_passkey(client, user, phone)
    half(client, user)
    assert one(client.get("/login/second-step").text, "[data-passkey=get]")
    options = client.post("/login/second-step/options").json
    assert [one["id"] for one in options["allowCredentials"]]
    answer = client.post("/login/second-step", data={"credential": phone.answer(options), "next": "/wallet"})
    assert (answer.status_code, answer.location) == (303, "/wallet")
    page = client.get(HERE).text
    assert "with a passkey" in page and "last used" in page


def test_an_answer_is_good_once(client, user, phone):
    phone.counts = False  # as passkeys do that live on several devices
    with_passkey(client, user, phone)
    half(client, user)
    said = phone.answer(client.post("/login/second-step/options").json)
    with client.session_transaction() as session:
        kept = session["challenge"]
    assert client.post("/login/second-step", data={"credential": said}).status_code == 303
    client.post("/logout")
    half(client, user)
    with client.session_transaction() as session:
        session["challenge"] = kept
    assert client.post("/login/second-step", data={"credential": said}).status_code == 422


def test_a_counter_that_falls_back_is_a_copy(client, user, phone):
    with_passkey(client, user, phone)
    half(client, user)
    client.post("/login/second-step", data={"credential": phone.answer(client.post("/login/second-step/options").json)})
    client.post("/logout")
    phone.uses = 0
    half(client, user)
    options = client.post("/login/second-step/options").json
    assert client.post("/login/second-step", data={"credential": phone.answer(options)}).status_code == 422


def test_somebody_elses_passkey_is_wrong(client, user, phone, app):
    with_passkey(client, user, phone)
    other = a_person()
    with_passkey(app.test_client(), other, stranger := Authenticator(phone.origin))
    half(client, user)
    said = stranger.answer(client.post("/login/second-step/options").json)
    assert client.post("/login/second-step", data={"credential": said}).status_code == 422
    assert client.get("/account").status_code == 303


@pytest.mark.parametrize(
    "twist",
    [
        lambda phone: setattr(phone, "origin", "https://evil.example"),
        lambda phone: setattr(phone, "home", "evil.example"),
        lambda phone: setattr(phone, "_key", Authenticator("x")._key),
        lambda phone: setattr(phone, "id", b"unknown to all of us"),
    ],
    ids=["origin", "home", "key", "id"],
)
def test_what_does_not_fit_does_not_open(client, user, phone, twist):
    with_passkey(client, user, phone)
    half(client, user)
    twist(phone)
    said = phone.answer(client.post("/login/second-step/options").json)
    assert client.post("/login/second-step", data={"credential": said}).status_code == 422


@pytest.mark.parametrize("said", ["", "nothing", "{}", "[]", '{"id": 1}', '{"id":"","rawId":"","response":{}}', "null"])
def test_nonsense_is_refused_in_words(client, user, phone, said):
    come_in(client, user)
    client.post(f"{HERE}/passkeys/options", data={"name": "Phone", "password": PASSWORD})
    refused = client.post(f"{HERE}/passkeys", data={"name": "Phone", "credential": said})
    assert refused.status_code == 422 and form_values(refused.text, SHEET)["name"] == "Phone"
    assert client.post(f"{HERE}/passkeys", data={"name": "", "credential": said}).status_code == 422
    asked = actions.ask_for_known(user.id, now=clock.now())
    with pytest.raises(WrongCode):
        actions.finish_step(
            _step(user), Proof(credential=said or "-", step=asked.step), agent="", address="", now=clock.now()
        )


@pytest.mark.parametrize("part", ["clientDataJSON", "attestationObject"])
def test_a_mangled_answer_is_refused_too(client, user, phone, part):
    come_in(client, user)
    asked = client.post(f"{HERE}/passkeys/options", data={"name": "Phone", "password": PASSWORD})
    for value in ("AAAA", "oWNmbXRkbm9uZQ", "%%%", "", 7, None):
        made = json.loads(phone.make(asked.json))
        made["response"][part] = value
        token = actions.ask_for_new(actor_of(user), password=PASSWORD, now=clock.now()).step
        with pytest.raises(PasskeyRefused):
            actions.add_passkey(actor_of(user), name="Phone", credential=json.dumps(made), step=token, now=clock.now())


def test_a_challenge_is_for_one_account_and_one_thing(user, phone):
    now, other = clock.now(), a_person()
    asked = actions.ask_for_new(actor_of(other), password=PASSWORD, now=now)
    known = actions.ask_for_known(user.id, now=now)
    for step in (asked.step, known.step, "", "made up"):
        with pytest.raises(StepGone):
            actions.add_passkey(
                actor_of(user), name="Phone", credential=phone.make(json.loads(asked.options)), step=step, now=now
            )


def test_it_opens_the_account_alone_where_the_device_knows_its_owner(client, user, phone):
    with_passkey(client, user, phone)
    assert one(client.get("/login?next=/wallet").text, LOGIN_PASSKEY)
    options = client.post("/login/passkey/options").json
    assert options["userVerification"] == "required" and not options.get("allowCredentials")
    answer = client.post("/login/passkey", data={"credential": phone.answer(options), "next": "/wallet"})
    assert (answer.status_code, answer.location) == (303, "/wallet")
    assert client.get("/wallet").status_code == 200


def test_a_device_that_does_not_is_not_enough_alone(client, user, phone):
    phone.verifies = False
    with_passkey(client, user, phone)
    options = client.post("/login/passkey/options").json
    assert client.post("/login/passkey", data={"credential": phone.answer(options)}).location == "/login"
    assert "cannot be used here" in texts(client.get("/login").text, ".toast")[-1]
    assert "user.sign_in_failed" in audited()
    half(client, user)
    said = phone.answer(client.post("/login/second-step/options").json)
    assert client.post("/login/second-step", data={"credential": said}).status_code == 303


def test_alone_it_does_not_open_what_was_closed(client, user, phone):
    with_passkey(client, user, phone)
    user.disabled_at = clock.now()
    options = client.post("/login/passkey/options").json
    assert client.post("/login/passkey", data={"credential": phone.answer(options)}).location == "/login"
    assert "was closed" in texts(client.get("/login").text, ".toast")[-1]
    assert client.post("/login/passkey", data={"credential": "x" * 20_000}).location == "/login"


def test_one_is_removed_by_showing_another_and_the_last_switches_off(client, user, phone):
    come_in(client, user)
    codes = texts(add(client, phone).text, ".codes li")
    add(client, ring := Authenticator(phone.origin), name="Ring")
    first, second = factors_of(user.id).passkeys
    page = f"{HERE}/proof/passkey/{first.id}"
    assert "Remove “Phone”" in client.get(page).text
    said = ring.answer(client.post(f"{HERE}/challenge").json)
    assert client.post(page, data={"password": "wrong password", "credential": said}).status_code == 422
    said = ring.answer(client.post(f"{HERE}/challenge").json)
    assert client.post(page, data={"password": PASSWORD, "credential": said}).location == HERE
    assert [one.name for one in factors_of(user.id).passkeys] == ["Ring"]
    last = f"{HERE}/proof/passkey/{second.id}"
    assert client.post(last, data={"password": PASSWORD, "code": codes[0]}).location == HERE
    assert not factors_of(user.id).is_any
    assert not select(client.get(HERE).text, "a[href*='/proof/']")


def test_somebody_elses_is_not_there_to_be_removed(client, user, phone):
    with_passkey(client, user, phone)
    (theirs,) = factors_of(user.id).passkeys
    with pytest.raises(NotFound):
        actions.remove_passkey(actor_of(a_person()), theirs.id, password=PASSWORD, proof=Proof(), now=clock.now())


def _step(user):
    from_password = actions.sign_ins.steps.begin(user, rules.StepFor.CODE, now=clock.now())
    db.session.commit()
    return from_password
