"""Passkeys: what the browser is asked, and whether its answer fits. The words of the protocol stay in this file.

The challenge is random, kept with the step that was begun, and good for one answer.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    base64url_to_bytes,
    parse_authentication_credential_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from bookapp.identity import rules
from bookapp.identity.actions import links, steps
from bookapp.identity.actions.passwords import prove
from bookapp.identity.actor import Actor
from bookapp.identity.errors import PasskeyRefused, StepGone
from bookapp.identity.models import Passkey, User
from bookapp.identity.rules import StepFor
from bookapp.infra.db import action, db
from bookapp.infra.settings import current_settings
from bookapp.values.errors import NotValid
from bookapp.values.words import N_

_CHALLENGE_BYTES = 32
# What a browser sends is somebody else's text until it is verified; the parsers meet all of it.
_UNREADABLE = (WebAuthnException, ValueError, TypeError, KeyError, IndexError, AttributeError, EOFError)
_TOO_MANY = N_("Your account has twenty passkeys. Remove one you do not use any more first.")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the browser is asked for, as JSON, and the token of the step its answer belongs to."""

    options: str
    step: str


@action
def ask_for_new(actor: Actor, *, password: str, now: dt.datetime) -> Asked:
    """What a browser needs to make a passkey for this account; the password shows it is not just an open browser."""
    assert actor.user_id is not None
    user = links.locked(actor.user_id)
    prove(user, password, field="password")
    known = _passkeys(user.id)
    if len(known) >= rules.MOST_PASSKEYS:
        raise NotValid({"name": _TOO_MANY})
    challenge = secrets.token_bytes(_CHALLENGE_BYTES)
    home, _origin = _home()
    options = generate_registration_options(
        rp_id=home,
        rp_name="Bookapp",
        user_id=f"bookapp:{user.id}".encode(),
        user_name=user.email,
        user_display_name=user.name,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            # Preferred, so that a key that keeps nothing itself still works as the second factor.
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
        exclude_credentials=_described(known),
    )
    return Asked(options_to_json(options), steps.begin(user, StepFor.CREATE, challenge=challenge, now=now))


@action
def ask_for_known(user_id: int | None, *, now: dt.datetime) -> Asked:
    """What a browser needs to answer with a passkey: of this account, or of whoever it turns out to be."""
    user = links.locked(user_id) if user_id is not None else None
    challenge = secrets.token_bytes(_CHALLENGE_BYTES)
    home, _origin = _home()
    options = generate_authentication_options(
        rp_id=home,
        challenge=challenge,
        allow_credentials=_described(_passkeys(user.id)) if user else None,
        # Alone it must be two factors itself: the device, and the finger, face or PIN that unlocks it.
        user_verification=UserVerificationRequirement.PREFERRED if user else UserVerificationRequirement.REQUIRED,
    )
    return Asked(options_to_json(options), steps.begin(user, StepFor.GET, challenge=challenge, now=now))


def made(user: User, credential: str, *, name: str, step: str, now: dt.datetime) -> Passkey:
    """Inside an action: the passkey a browser made for this user. Raises StepGone, PasskeyRefused."""
    begun = steps.take(step, StepFor.CREATE, user_id=user.id, now=now)
    if begun is None or begun.challenge is None or begun.user_version != user.version:
        raise StepGone()
    home, origin = _home()
    try:
        parsed = parse_registration_credential_json(credential)
        verified = verify_registration_response(
            credential=parsed, expected_challenge=begun.challenge, expected_rp_id=home, expected_origin=origin
        )
    except _UNREADABLE:
        raise PasskeyRefused() from None
    if db.session.scalar(select(Passkey.id).where(Passkey.credential_id == verified.credential_id)):
        raise PasskeyRefused()
    passkey = Passkey(
        user_id=user.id,
        name=name,
        credential_id=verified.credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        transports=[AuthenticatorTransport(one).value for one in parsed.response.transports or ()],
        created_at=now,
    )
    db.session.add(passkey)
    db.session.flush()
    return passkey


def answered(user_id: int | None, credential: str, *, step: str, now: dt.datetime) -> Passkey | None:
    """Inside an action: the passkey that signed the challenge of this step; None when none did.

    Of `user_id`, or without one of anybody, and then only if the device knows its owner. The challenge is used up
    either way. A counter that does not go up is a copy of the key: refused.
    """
    begun = steps.take(step, StepFor.GET, user_id=user_id, now=now)
    if begun is None or begun.challenge is None:
        return None
    home, origin = _home()
    try:
        parsed = parse_authentication_credential_json(credential)
        passkey: Passkey | None = db.session.scalar(
            select(Passkey)
            .where(Passkey.credential_id == base64url_to_bytes(parsed.id))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        if passkey is None or user_id not in (None, passkey.user_id):
            return None
        verified = verify_authentication_response(
            credential=parsed,
            expected_challenge=begun.challenge,
            expected_rp_id=home,
            expected_origin=origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=user_id is None,
        )
    except _UNREADABLE:
        return None
    passkey.sign_count, passkey.used_at = verified.new_sign_count, now
    return passkey


def _passkeys(user_id: int) -> list[Passkey]:
    return list(db.session.scalars(select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.id)))


def _described(passkeys: Iterable[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=one.credential_id, transports=[AuthenticatorTransport(name) for name in one.transports]
        )
        for one in passkeys
    ]


def _home() -> tuple[str, str]:
    return rules.passkey_home(current_settings().public_base_url)
