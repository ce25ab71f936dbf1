"""Second factors of an account: adding one, taking one away, and the recovery codes that come with the first."""

from __future__ import annotations

import datetime as dt

import pyotp
from sqlalchemy import delete

from bookapp.audit.actions import record
from bookapp.identity import messages, passwords, rules
from bookapp.identity.actions import links, passkeys, steps
from bookapp.identity.actions.passwords import prove
from bookapp.identity.actions.proving import prove_factor
from bookapp.identity.actions.sign_ins import end_all
from bookapp.identity.actor import Actor
from bookapp.identity.errors import FactorObligatory, FactorThere, NotYourself, StepGone, WrongCode
from bookapp.identity.models import AuthenticatorApp, Passkey, RecoveryCode, User
from bookapp.identity.policy import may_administer_users, must_have_factor
from bookapp.identity.queries import APP_SECRET, app_secret, factors_of, user_by_id
from bookapp.identity.rules import Proof
from bookapp.infra.db import action, db
from bookapp.infra.sealing import seal
from bookapp.notifications.actions import send
from bookapp.values.errors import NotAllowed, NotFound, NotValid
from bookapp.values.words import N_

_NOT_YOURS = N_("This is not your password.")


@action
def begin_app(actor: Actor, *, password: str, now: dt.datetime) -> None:
    """A new secret, to be shown as a QR code; nothing is asked for before its first code is typed.

    Raises NotValid at `password`, FactorThere.
    """
    user = _own(actor)
    prove(user, password, field="password")
    app = factors_of(user.id).app
    if app is not None and app.confirmed_at is not None:
        raise FactorThere()
    if app is not None:
        db.session.delete(app)
        db.session.flush()
    sealed = seal(pyotp.random_base32(), APP_SECRET)
    db.session.add(AuthenticatorApp(user_id=user.id, secret=sealed, created_at=now))


@action
def confirm_app(actor: Actor, *, code: str, now: dt.datetime) -> tuple[str, ...]:
    """Switch the app on with its first code. Returns recovery codes if this is the first factor, else none.

    Raises WrongCode, and StepGone when its secret was shown too long ago.
    """
    user = _own(actor)
    factors = factors_of(user.id)
    secret = app_secret(factors.app, now=now)
    if factors.app is None or secret is None:
        raise StepGone()
    step = rules.app_step(secret, rules.canonical_code(code), now=now, last=None)
    if step is None:
        raise WrongCode()
    had_one = factors.is_any
    factors.app.confirmed_at, factors.app.last_step = now, step
    return _added(actor, user, "app_added", had_one=had_one, now=now)


@action
def add_passkey(actor: Actor, *, name: str, credential: str, step: str, now: dt.datetime) -> tuple[str, ...]:
    """Keep the passkey the browser has made; returns as `confirm_app`. Raises StepGone, PasskeyRefused."""
    user = _own(actor)
    had_one = factors_of(user.id).is_any
    passkeys.made(user, credential, name=name, step=step, now=now)
    return _added(actor, user, "passkey_added", had_one=had_one, now=now)


def remove_app(actor: Actor, *, password: str, proof: Proof, now: dt.datetime) -> None:
    """Take the app away. Raises NotFound, NotValid, WrongCode, CodesPaused, FactorObligatory."""
    assert actor.user_id is not None
    if not factors_of(actor.user_id).has_app:
        raise NotFound()
    _prove(actor, password, proof, removes=True, now=now)
    _remove(actor, None, now=now)


def remove_passkey(actor: Actor, passkey_id: int, *, password: str, proof: Proof, now: dt.datetime) -> None:
    """Take one passkey away. Raises as `remove_app`."""
    assert actor.user_id is not None
    if passkey_id not in {one.id for one in factors_of(actor.user_id).passkeys}:
        raise NotFound()
    _prove(actor, password, proof, removes=True, now=now)
    _remove(actor, passkey_id, now=now)


def renew_codes(actor: Actor, *, password: str, proof: Proof, now: dt.datetime) -> tuple[str, ...]:
    """Ten new recovery codes; the old ones are void. Raises as `remove_app`."""
    assert actor.user_id is not None
    if not factors_of(actor.user_id).is_any:
        raise NotFound()
    _prove(actor, password, proof, removes=False, now=now)
    return _renew(actor, now=now)


@action
def reset_factors(user_id: int, *, by: Actor, reason: str, now: dt.datetime) -> None:
    """Take every second factor of somebody away, who has lost them, and sign them out everywhere; they are told.

    Raises NotAllowed, NotFound, and NotYourself.
    """
    if not may_administer_users(by):
        raise NotAllowed()
    if user_by_id(user_id) is None:
        raise NotFound()
    user = links.locked(user_id)
    if user.id == by.user_id:
        raise NotYourself()
    had = user.second_factor_at is not None
    for table in (AuthenticatorApp, Passkey):
        db.session.execute(delete(table).where(table.user_id == user.id))
    _switch_off(user, now=now)
    end_all(user, now=now)
    record(by, "user.factors_reset", f"user:{user.id}", {"had_one": had}, reason=reason)
    send(messages.factors_changed(user, "reset", now=now))


def _own(actor: Actor) -> User:
    assert actor.user_id is not None
    return links.locked(actor.user_id)


def _added(actor: Actor, user: User, what: str, *, had_one: bool, now: dt.datetime) -> tuple[str, ...]:
    record(actor, f"user.{what}", f"user:{user.id}")
    send(messages.factors_changed(user, what, now=now))
    if had_one:
        return ()
    user.second_factor_at = now
    return _fresh_codes(user)


def _fresh_codes(user: User) -> tuple[str, ...]:
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    codes = rules.new_recovery_codes()
    hashes = (rules.token_hash(rules.canonical_code(code)) for code in codes)
    db.session.add_all(RecoveryCode(user_id=user.id, code_hash=one) for one in hashes)
    return codes


def _prove(actor: Actor, password: str, proof: Proof, *, removes: bool, now: dt.datetime) -> None:
    assert actor.user_id is not None
    user = user_by_id(actor.user_id)
    assert user is not None
    _check_one_stays(user, removes=removes)
    if not passwords.fits(password, user.password_hash):
        raise NotValid({"password": _NOT_YOURS})
    prove_factor(user.id, proof, now=now)


def _check_one_stays(user: User, *, removes: bool) -> None:
    factors = factors_of(user.id)
    if removes and must_have_factor(user) and factors.has_app + len(factors.passkeys) <= 1:
        raise FactorObligatory()


@action
def _remove(actor: Actor, passkey_id: int | None, *, now: dt.datetime) -> None:
    user = _own(actor)
    _check_one_stays(user, removes=True)
    if passkey_id is None:
        what = "app_removed"
        db.session.execute(delete(AuthenticatorApp).where(AuthenticatorApp.user_id == user.id))
    else:
        what = "passkey_removed"
        db.session.execute(delete(Passkey).where(Passkey.user_id == user.id, Passkey.id == passkey_id))
    if not factors_of(user.id).is_any:
        _switch_off(user, now=now)
    record(actor, f"user.{what}", f"user:{user.id}")
    send(messages.factors_changed(user, what, now=now))


@action
def _renew(actor: Actor, *, now: dt.datetime) -> tuple[str, ...]:
    user = _own(actor)
    record(actor, "user.recovery_codes_renewed", f"user:{user.id}")
    send(messages.factors_changed(user, "codes_renewed", now=now))
    return _fresh_codes(user)


def _switch_off(user: User, *, now: dt.datetime) -> None:
    """Recovery codes belong to a factor: without one they would be a second password."""
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    steps.void(user, now=now)
    user.second_factor_at, user.factor_failures, user.factor_paused_until = None, 0, None
