"""Facilitators, and what a user may do where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, true
from sqlalchemy.orm import contains_eager, selectinload

from bookapp.catalog.models import Facilitator, Membership, Merchant, Venue
from bookapp.catalog.states import Role
from bookapp.identity.actor import Actor, Grant
from bookapp.infra.db import db
from bookapp.infra.idempotency import fingerprint
from bookapp.infra.remembering import remembered
from bookapp.infra.stills import all_stills, one_still


@remembered(most=1024)
def facilitator_by_slug(slug: str) -> Facilitator:
    """A listed person with merchant (and terms) and photos. Raises NotFound."""
    return one_still(all_people().where(Facilitator.slug == slug))


@remembered(most=1024)
def facilitator_by_id(facilitator_id: int) -> Facilitator:
    """Like `facilitator_by_slug`."""
    return one_still(all_people().where(Facilitator.id == facilitator_id))


@remembered()
def people_of_merchant(merchant_id: int) -> Sequence[Facilitator]:
    """The listed people of a house, by name, with portraits."""
    return all_stills(
        all_people().where(Facilitator.merchant_id == merchant_id).order_by(Facilitator.name, Facilitator.id)
    )


class Host(NamedTuple):
    """Which facilitator an account is, and of which house."""

    id: int
    merchant_id: int


@remembered(most=4096)
def host_of_account(user_id: int) -> Host | None:
    """The facilitator with this account; None for who hosts nothing."""
    row = db.session.execute(
        select(Facilitator.id, Facilitator.merchant_id).where(Facilitator.user_id == user_id)
    ).one_or_none()
    return None if row is None else Host(*row)


def version_of_profile(person: Facilitator) -> str:
    """Changes with what somebody says of themselves: an edit form carries the one it was made of (guarantees.md 13)."""
    return fingerprint(profile=[person.headline, person.about, person.years, person.city])[:16]


def grants_of(user_id: int) -> tuple[Grant, ...]:
    """The roles of a user, for their Actor."""
    rows = db.session.execute(
        select(Membership.role, Membership.merchant_id, Membership.venue_id)
        .where(Membership.user_id == user_id)
        .order_by(Membership.id)
    )
    return tuple(Grant(role, merchant_id, venue_id) for role, merchant_id, venue_id in rows)


def roles_of(user_id: int) -> list[tuple[str, str, str]]:
    """What a user is where: (role, merchant, venue or "")."""
    rows = db.session.execute(
        select(Membership.role, Merchant.name, func.coalesce(Venue.name, ""))
        .join(Merchant, Merchant.id == Membership.merchant_id)
        .outerjoin(Venue, Venue.id == Membership.venue_id)
        .where(Membership.user_id == user_id)
        .order_by(Merchant.name, Membership.id)
    )
    return [(role, merchant, venue) for role, merchant, venue in rows]


def in_reach(actor: Actor, *, merchant_id: Any, venue_id: Any, facilitator_id: Any) -> ColumnElement[bool]:
    """Whether a row with these three columns is the actor's to serve (product.md, "People").

    All for an admin; the merchant's for its owner, those of their venues for a manager, one's own for who hosts.
    """
    if actor.is_admin:
        return true()
    ways: list[ColumnElement[bool]] = []
    for grant in actor.grants:
        if grant.role == Role.OWNER or (grant.role == Role.MANAGER and grant.venue_id is None):
            ways.append(merchant_id == grant.merchant_id)
        elif grant.role == Role.MANAGER:
            ways.append(and_(merchant_id == grant.merchant_id, venue_id == grant.venue_id))
    host = None if actor.user_id is None else host_of_account(actor.user_id)
    if host is not None:
        ways.append(facilitator_id == host.id)
    return or_(*ways) if ways else false()


def all_people() -> Select[Any]:
    """Listed people with merchant (and terms) and photos, for whoever narrows and orders them."""
    return (
        select(Facilitator)
        .join(Facilitator.merchant)
        .where(Facilitator.listed, Merchant.listed)
        .options(contains_eager(Facilitator.merchant).joinedload(Merchant.terms), selectinload(Facilitator.photos))
    )
