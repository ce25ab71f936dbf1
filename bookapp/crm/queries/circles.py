"""Whose customers somebody may look at (product.md, "People"): a facilitator their own clients, a manager those of
their venues, an owner the merchant's, an admin everybody's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement

from bookapp.booking.models import Booking
from bookapp.catalog.models import Facilitator
from bookapp.catalog.queries.terms import merchants_among
from bookapp.catalog.states import Role
from bookapp.crm.queries.people import own_facilitator
from bookapp.identity.actor import Actor
from bookapp.values.errors import NotFound

# How the address names a facilitator's own clients; no merchant's slug has an underscore.
OWN = "_own"


@dataclass(frozen=True, slots=True)
class Circle:
    """Some people's bookings: of one facilitator, of a merchant, or of some venues of it. `key` stands in addresses.

    `zone` is the one in which days are told. `author_id` is the facilitator's account in a circle of their own: whose
    tags and notes belong to it; None for houses, where nobody's notes are shown.
    """

    key: str
    name: str
    zone: str
    merchant_id: int
    facilitator_id: int | None = None
    venue_ids: tuple[int, ...] | None = None
    author_id: int | None = None

    @property
    def is_own(self) -> bool:
        """Whether these are the clients of the reader, as a facilitator."""
        return self.author_id is not None

    @property
    def bookings(self) -> list[ColumnElement[bool]]:
        """The conditions on bookings that count: made by an account, and confirmed at some time."""
        counts: list[ColumnElement[bool]] = [Booking.customer_id.is_not(None), Booking.confirmed_at.is_not(None)]
        if self.facilitator_id is not None:
            return [Booking.facilitator_id == self.facilitator_id, *counts]
        place = [] if self.venue_ids is None else [Booking.venue_id.in_(self.venue_ids)]
        return [Booking.merchant_id == self.merchant_id, *place, *counts]


def own_record(actor: Actor) -> Facilitator:
    """The facilitator who is this actor. Raises NotFound for everybody else."""
    person = own_facilitator(actor)
    if person is None:
        raise NotFound
    return person


def circles_of(actor: Actor) -> list[Circle]:
    """Every circle somebody may look at, their own clients first. In two queries."""
    person = own_facilitator(actor)
    own = [] if person is None else [_own(person)]
    return [*own, *_houses(actor)]


def circle(actor: Actor, key: str = "") -> Circle:
    """The circle with this key, or the first. Raises NotFound for anybody else's, and for who has none."""
    known = circles_of(actor)
    found = next((one for one in known if one.key == key), None) if key else next(iter(known), None)
    if found is None:
        raise NotFound
    return found


def _own(person: Facilitator) -> Circle:
    return Circle(
        key=OWN,
        name=person.name,
        zone=person.zone,
        merchant_id=person.merchant_id,
        facilitator_id=person.id,
        author_id=person.user_id,
    )


def _houses(actor: Actor) -> Sequence[Circle]:
    venues = _venues(actor)
    if not venues and not actor.is_admin:
        return []
    return [
        Circle(
            key=merchant.slug,
            name=merchant.name,
            zone=merchant.zone,
            merchant_id=merchant.id,
            venue_ids=None if actor.is_admin else venues[merchant.id],
        )
        for merchant in merchants_among(None if actor.is_admin else set(venues))
    ]


def _venues(actor: Actor) -> dict[int, tuple[int, ...] | None]:
    """The houses whose customers somebody may see, each with the venues it is limited to (None: all of them)."""
    found: dict[int, tuple[int, ...] | None] = {}
    for grant in actor.grants:
        known = found.get(grant.merchant_id, ())
        if grant.role == Role.OWNER or (grant.role == Role.MANAGER and grant.venue_id is None):
            found[grant.merchant_id] = None
        elif grant.role == Role.MANAGER and grant.venue_id is not None and known is not None:
            found[grant.merchant_id] = (*known, grant.venue_id)
    return found
