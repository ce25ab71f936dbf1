"""Somebody with a second factor, and what they show of it."""

from __future__ import annotations

import datetime as dt

import pyotp

from bookapp.identity import actions
from bookapp.identity.models import AuthenticatorApp, User
from bookapp.identity.queries import APP_SECRET, actor_of
from bookapp.infra import clock
from bookapp.infra.db import db
from bookapp.infra.sealing import unseal
from tests.identity.people import PASSWORD

STEP = dt.timedelta(seconds=30)


def secret_of(user: User) -> str:
    """What the app of this account was given."""
    app = db.session.get_one(AuthenticatorApp, user.id, populate_existing=True)
    secret = unseal(app.secret, APP_SECRET)
    assert secret is not None
    return secret


def code(user: User, at: dt.datetime | None = None) -> str:
    """What the app shows at that moment."""
    return pyotp.TOTP(secret_of(user)).at(at or clock.now())


def with_app(user: User) -> tuple[str, ...]:
    """Set the app up, two minutes ago, so that the code of now is still good; returns the recovery codes."""
    then = clock.now() - 4 * STEP
    actions.begin_app(actor_of(user), password=PASSWORD, now=then)
    return actions.confirm_app(actor_of(user), code=code(user, then), now=then)
