"""An authenticator app and recovery codes: setting up, signing in, and what is refused."""

from __future__ import annotations

import datetime as dt

import pyotp
import pytest
from sqlalchemy import select

from bookapp.identity import actions, rules
from bookapp.identity.actions import steps
from bookapp.identity.actions.forgetting import forget_expired
from bookapp.identity.errors import (
    CodesPaused,
    FactorObligatory,
    FactorThere,
    NotYourself,
    SecondFactorNeeded,
    StepGone,
    WrongCode,
    WrongSignIn,
)
from bookapp.identity.models import AuthenticatorApp, RecoveryCode, SignIn, SignInStep
from bookapp.identity.queries import actor_for_token, actor_of, app_secret, factors_of
from bookapp.identity.rules import Proof
from bookapp.infra import clock, sealing
from bookapp.infra.db import db
from bookapp.infra.settings import current_settings
from bookapp.values.errors import NotAllowed, NotFound, NotValid
from tests.identity.factors import STEP, code, secret_of, with_app
from tests.identity.people import PASSWORD, a_person, audited, letters

pytestmark = pytest.mark.usefixtures("app")


def step_of(user):
    with pytest.raises(SecondFactorNeeded) as more:
        actions.sign_in(user.email, PASSWORD, agent="", now=clock.now())
    return more.value.step


def finish(step, shown, at=None):
    return actions.finish_step(step, Proof(code=shown), agent="Firefox", address="203.0.113.7", now=at or clock.now())


def remove(user, shown, password=PASSWORD, **more):
    actions.remove_app(actor_of(user), password=password, proof=Proof(code=shown), now=clock.now(), **more)


def test_nothing_is_asked_before_the_first_code_is_typed():
    user, now = a_person(), clock.now()
    with pytest.raises(NotValid):
        actions.begin_app(actor_of(user), password="wrong password", now=now)
    actions.begin_app(actor_of(user), password=PASSWORD, now=now)
    first = secret_of(user)
    with pytest.raises(WrongCode):
        actions.confirm_app(actor_of(user), code="000000", now=now)
    assert actions.sign_in(user.email, PASSWORD, agent="", now=now)
    actions.begin_app(actor_of(user), password=PASSWORD, now=now)
    assert secret_of(user) != first
    codes = actions.confirm_app(actor_of(user), code=code(user), now=now)
    assert len(set(codes)) == 10
    assert step_of(user)
    with pytest.raises(FactorThere):
        actions.begin_app(actor_of(user), password=PASSWORD, now=now)
    assert audited(user)[-1] == "user.app_added"
    assert "authenticator app was added" in letters("factors", to=user.email)[0].subject


def test_a_secret_that_lay_about_is_not_taken():
    user, now = a_person(), clock.now()
    with pytest.raises(StepGone):
        actions.confirm_app(actor_of(user), code="000000", now=now)
    actions.begin_app(actor_of(user), password=PASSWORD, now=now - dt.timedelta(minutes=30))
    assert app_secret(factors_of(user.id).app, now=now) is None
    with pytest.raises(StepGone):
        actions.confirm_app(actor_of(user), code=code(user), now=now)


def test_what_is_stored_opens_nothing():
    user = a_person()
    codes = with_app(user)
    secret, row = secret_of(user), db.session.get_one(AuthenticatorApp, user.id)
    assert secret not in row.secret
    stored = db.session.scalars(select(RecoveryCode.code_hash)).all()
    assert not {rules.canonical_code(one) for one in codes} & set(stored)
    assert sealing.unseal(row.secret, "something else") is None
    assert sealing.unseal("no token at all", "authenticator app") is None


def test_signing_in_takes_password_and_code():
    user = a_person()
    with_app(user)
    token = finish(step_of(user), f" {code(user)[:3]} {code(user)[3:]} ")
    assert actor_for_token(token).has_second_factor
    row = db.session.scalars(select(SignIn).where(SignIn.token_hash == rules.token_hash(token))).one()
    assert (row.factor, row.address) == ("app", "203.0.113.7")


@pytest.mark.parametrize("apart", [-1, 0, 1])
def test_a_clock_may_be_half_a_minute_off(apart):
    user = a_person()
    with_app(user)
    assert finish(step_of(user), code(user, clock.now() + apart * STEP))


@pytest.mark.parametrize("apart", [-3, 3])
def test_but_not_more(apart):
    user = a_person()
    with_app(user)
    with pytest.raises(WrongCode):
        finish(step_of(user), code(user, clock.now() + apart * STEP))


def test_a_code_is_good_once_and_none_before_it():
    user, now = a_person(), clock.now()
    with_app(user)
    finish(step_of(user), code(user, now), at=now)
    for old in (now, now - STEP):
        with pytest.raises(WrongCode):
            finish(step_of(user), code(user, old), at=now)
    assert finish(step_of(user), code(user, now + STEP), at=now)


def test_the_code_that_switched_it_on_is_used_up():
    user, now = a_person(), clock.now()
    actions.begin_app(actor_of(user), password=PASSWORD, now=now)
    shown = code(user, now)
    actions.confirm_app(actor_of(user), code=shown, now=now)
    with pytest.raises(WrongCode):
        finish(step_of(user), shown, at=now)


def test_a_recovery_code_is_good_once_and_told():
    user = a_person()
    codes = with_app(user)
    assert finish(step_of(user), codes[3].upper().replace("-", " "))
    assert factors_of(user.id).codes_left == 9
    with pytest.raises(WrongCode):
        finish(step_of(user), codes[3])
    assert "You have 9 left" in letters("factors")[-1].text


@pytest.mark.parametrize("shown", ["", "12345", "1234567", "ｏｎｅ", "١٢٣٤٥٦", "x" * 40])
def test_what_is_no_code_is_a_wrong_code(shown):
    user = a_person()
    with_app(user)
    with pytest.raises(WrongCode):
        finish(step_of(user), shown)


def test_five_wrong_codes_and_nobody_comes_in_for_a_while_whatever_they_know():
    user, now = a_person(), clock.now()
    with_app(user)
    step = step_of(user)
    for _ in range(4):
        with pytest.raises(WrongCode):
            finish(step, "000000")
    with pytest.raises(CodesPaused):
        finish(step, "000000")
    with pytest.raises(StepGone):
        finish(step, code(user))
    # The right password reads like any wrong one, and the right code does not help.
    for password in (PASSWORD, "wrong password"):
        with pytest.raises(WrongSignIn):
            actions.sign_in(user.email, password, agent="", now=now)
    with pytest.raises(WrongSignIn):
        actions.issue_tokens(user.email, PASSWORD, code=code(user), agent="", now=now)
    with pytest.raises(CodesPaused):
        remove(user, code(user))
    assert "user.codes_paused" in audited(user)
    assert [one.subject for one in letters("factors")][-1] == "Too many wrong codes"
    later = clock.now() + rules.CODES_PAUSE
    with pytest.raises(SecondFactorNeeded) as more:
        actions.sign_in(user.email, PASSWORD, agent="", now=later)
    assert finish(more.value.step, code(user, later), at=later)


def test_the_right_code_forgives_the_wrong_ones():
    user, now = a_person(), clock.now()
    with_app(user)
    for round_ in range(2):
        step = step_of(user)
        for _ in range(4):
            with pytest.raises(WrongCode):
                finish(step, "000000", at=now)
        finish(step, code(user, now + round_ * STEP), at=now)


def test_a_step_is_finished_once_in_time_and_by_the_account_as_it_was():
    user = a_person()
    with_app(user)
    step, old, before = step_of(user), step_of(user), step_of(user)
    assert finish(step, code(user))
    with pytest.raises(StepGone):
        finish(step, code(user, clock.now() + STEP))
    with pytest.raises(StepGone):
        finish(old, code(user, clock.now() + STEP), at=clock.now() + rules.STEP_LIFETIME)
    actions.sign_out_everywhere(actor_of(user), now=clock.now())
    with pytest.raises(StepGone):
        finish(before, code(user, clock.now() + STEP))
    with pytest.raises(StepGone):
        finish("made up", code(user))


def test_of_two_that_finish_one_step_at_once_one_comes_in(monkeypatch):
    user = a_person()
    codes = with_app(user)
    step = step_of(user)
    taken = steps.take
    monkeypatch.setattr(steps, "take", lambda *args, **more: (taken(*args, **more), taken(*args, **more))[1])
    with pytest.raises(StepGone):
        finish(step, codes[0])


def test_the_app_goes_with_password_and_factor_and_the_recovery_codes_with_it():
    user = a_person()
    with_app(user)
    with pytest.raises(NotValid) as refused:
        remove(user, code(user), password="wrong password")
    assert list(refused.value.fields) == ["password"]
    with pytest.raises(WrongCode):
        remove(user, "000000")
    assert factors_of(user.id).has_app
    remove(user, code(user))
    assert (factors_of(user.id).is_any, factors_of(user.id).codes_left) == (False, 0)
    assert actions.sign_in(user.email, PASSWORD, agent="", now=clock.now())
    with pytest.raises(NotFound):
        remove(user, "000000")
    assert [one.subject for one in letters("factors")][-1] == "Your authenticator app was removed"


def test_new_recovery_codes_void_the_old_ones():
    user = a_person()
    old = with_app(user)
    new = actions.renew_codes(actor_of(user), password=PASSWORD, proof=Proof(code=code(user)), now=clock.now())
    assert not set(old) & set(new)
    with pytest.raises(WrongCode):
        finish(step_of(user), old[0])
    assert finish(step_of(user), new[0])
    with pytest.raises(NotFound):
        actions.renew_codes(actor_of(a_person()), password=PASSWORD, proof=Proof(), now=clock.now())


def test_an_admins_last_factor_stays_where_the_house_asks_for_one(monkeypatch):
    user = a_person(is_admin=True)
    with_app(user)
    monkeypatch.setattr(type(current_settings()), "admins_need_factor", True)
    with pytest.raises(FactorObligatory):
        remove(user, code(user))
    assert factors_of(user.id).has_app


def test_an_admin_takes_the_factors_of_somebody_away_who_lost_them():
    user, admin, now = a_person(), actor_of(a_person(is_admin=True)), clock.now()
    with_app(user)
    token = finish(step_of(user), code(user))
    actions.reset_factors(user.id, by=admin, reason="Phone in the lake", now=now)
    assert not factors_of(user.id).is_any
    assert actor_for_token(token) is None
    assert actions.sign_in(user.email, PASSWORD, agent="", now=now)
    assert "removed the second factors" in letters("factors", to=user.email)[-1].text
    for whose, by, refusal in (
        (admin.user_id, admin, NotYourself), (user.id, actor_of(user), NotAllowed), (987654, admin, NotFound),
    ):  # fmt: skip
        with pytest.raises(refusal):
            actions.reset_factors(whose, by=by, reason="x", now=now)


def test_a_new_password_by_mail_still_needs_the_factor():
    user, now = a_person(), clock.now()
    with_app(user)
    actions.mail_reset_link(user.id, asked_at=now, now=now)
    link = letters("reset")[0].text.partition("/password/reset/")[2].split()[0]
    with pytest.raises(SecondFactorNeeded) as more:
        actions.reset_password(link, "seven green bottles", agent="", now=now)
    assert finish(more.value.step, code(user))
    with pytest.raises(WrongSignIn):
        actions.sign_in(user.email, PASSWORD, agent="", now=now)


def test_a_factor_switched_on_meanwhile_is_asked_for_by_a_program_too(monkeypatch):
    user = a_person()
    real = actions.tokens.still_open

    def beside(user_id, password):
        found = real(user_id, password)
        found.second_factor_at = clock.now()
        return found

    monkeypatch.setattr(actions.tokens, "still_open", beside)
    with pytest.raises(SecondFactorNeeded):
        actions.issue_tokens(user.email, PASSWORD, agent="", now=clock.now())


def test_steps_are_forgotten():
    user = a_person()
    with_app(user)
    step_of(user)
    forget_expired(now=clock.now())
    assert db.session.scalars(select(SignInStep)).all()
    forget_expired(now=clock.now() + dt.timedelta(days=1))
    assert not db.session.scalars(select(SignInStep)).all()


def test_the_picture_says_whose_codes_they_are():
    said = pyotp.parse_uri(rules.app_address(pyotp.random_base32(), email="ann@example.org"))
    assert (said.issuer, said.name) == ("Bookapp", "ann@example.org")


@pytest.mark.parametrize(
    ("base", "home", "origin"),
    [
        ("https://book.example.org", "book.example.org", "https://book.example.org"),
        ("http://127.0.0.1:8000", "localhost", "http://localhost:8000"),
        ("http://[::1]:8000", "localhost", "http://localhost:8000"),
    ],
)
def test_passkeys_live_at_the_public_address(base, home, origin):
    assert rules.passkey_home(base) == (home, origin)
