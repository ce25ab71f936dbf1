"""Invitations: those under way at a house, and the one a mailed link stands for."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import func, select

from bookapp.catalog.models import Facilitator, Membership, Merchant, Venue
from bookapp.identity.models import User
from bookapp.identity.rules import token_hash
from bookapp.infra.db import db
from bookapp.members.models import Invitation
from bookapp.members.rules import LETTER_WINDOW


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation with the names of what it is about ("" where it names none)."""

    invitation: Invitation
    merchant: str
    venue: str
    host: str


def invitations_under_way(merchant_id: int) -> list[Invited]:
    """What was neither accepted nor withdrawn, the newest first, expired ones as well."""
    rows = db.session.execute(
        _INVITED.where(
            Invitation.merchant_id == merchant_id,
            Invitation.accepted_at.is_(None),
            Invitation.withdrawn_at.is_(None),
        ).order_by(Invitation.sent_at.desc(), Invitation.id.desc())
    )
    return [Invited(*row) for row in rows]


def invited(invitation_id: int) -> Invited:
    """One invitation that is there."""
    return Invited(*db.session.execute(_INVITED.where(Invitation.id == invitation_id)).one())


def opened(token: str) -> Invited | None:
    """The invitation of a mailed link, whatever has become of it; None for a token nobody has."""
    row = db.session.execute(_INVITED.where(Invitation.token_hash == token_hash(token))).one_or_none()
    return Invited(*row) if row else None


def letters_lately(merchant_id: int, now: dt.datetime) -> int:
    """How many letters the invitations of a house have had within the window, renewals counted."""
    sent = select(func.coalesce(func.sum(Invitation.sent_count), 0)).where(
        Invitation.merchant_id == merchant_id, Invitation.sent_at > now - LETTER_WINDOW
    )
    return int(db.session.scalars(sent).one())


def has_post(merchant_id: int, email: str, role: str, venue_id: int | None) -> bool:
    """Whether the account with this email has just this role already."""
    found = (
        select(Membership.id)
        .join(User, User.id == Membership.user_id)
        .where(
            User.email == email,
            Membership.merchant_id == merchant_id,
            Membership.role == role,
            Membership.venue_id.is_not_distinct_from(venue_id),
        )
    )
    return db.session.scalar(found) is not None


_INVITED = (
    select(Invitation, Merchant.name, func.coalesce(Venue.name, ""), func.coalesce(Facilitator.name, ""))
    .join(Merchant, Merchant.id == Invitation.merchant_id)
    .outerjoin(Venue, Venue.id == Invitation.venue_id)
    .outerjoin(Facilitator, Facilitator.id == Invitation.facilitator_id)
    .execution_options(populate_existing=True)
)
