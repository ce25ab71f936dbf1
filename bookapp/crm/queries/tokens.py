"""The tokens of the notify door: whose one is, and the list of them."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, exists, select

from bookapp.catalog.models import Facilitator, Membership, Merchant
from bookapp.catalog.states import Role
from bookapp.crm.models import NotifyToken
from bookapp.crm.rules.notify import LONGEST_TOKEN, Sender, platform_token, token_hash
from bookapp.identity.models import User
from bookapp.infra.db import db
from bookapp.infra.settings import current_settings


def own_token() -> str:
    """What this application shows when it calls the notify door."""
    settings = current_settings()
    return platform_token(settings.crm_notify_token, settings.secret_key)


def sender_of(token: str) -> Sender | None:
    """Who holds this token; None when it was never made or is revoked.

    A token that was made counts as what it was made for, also when an operator has set it as the application's own.
    """
    if not 0 < len(token) <= LONGEST_TOKEN:
        return None
    made = db.session.execute(
        select(NotifyToken.id, NotifyToken.merchant_id, NotifyToken.revoked_at).where(
            NotifyToken.token_hash == token_hash(token)
        )
    ).one_or_none()
    if made is not None:
        return Sender(made.id, made.merchant_id) if made.revoked_at is None else None
    return Sender() if hmac.compare_digest(token_hash(token), token_hash(own_token())) else None


def may_write_to(sender: Sender, facilitator_id: int) -> bool:
    """Whether there is such a facilitator, and (for a merchant's token) whether they work there."""
    wanted = select(Facilitator.id).where(Facilitator.id == facilitator_id)
    if sender.merchant_id is not None:
        works_there = exists().where(
            Membership.user_id == Facilitator.user_id,
            Membership.merchant_id == sender.merchant_id,
            Membership.role == Role.FACILITATOR.value,
        )
        wanted = wanted.where((Facilitator.merchant_id == sender.merchant_id) | works_there)
    return db.session.scalar(wanted) is not None


def all_tokens() -> Sequence[Row[Any]]:
    """Every token with the house it is for and who made it, those in use first, then the newest."""
    return db.session.execute(
        select(NotifyToken, Merchant.name.label("merchant"), User.name.label("maker"))
        .outerjoin(Merchant, Merchant.id == NotifyToken.merchant_id)
        .outerjoin(User, User.id == NotifyToken.made_by)
        .order_by(NotifyToken.revoked_at.is_not(None), NotifyToken.id.desc())
        .limit(200)
    ).all()
