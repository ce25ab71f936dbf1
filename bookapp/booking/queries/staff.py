"""Who serves a booking, so that they can be told: the same people `policy.may_serve` lets see it, but for admins."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, or_, select

from bookapp.booking.models import Booking
from bookapp.catalog.models import Facilitator, Membership
from bookapp.catalog.states import Role
from bookapp.identity.models import User
from bookapp.infra.db import db


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody of the house and their address."""

    user_id: int
    name: str
    email: str


def staff_of(booking: Booking, facilitator_ids: Collection[int | None]) -> Sequence[Staff]:
    """The owners of the house, the managers of the booking's venue, and who hosts it (`facilitator_ids`), each once."""
    place = or_(Membership.venue_id.is_(None), Membership.venue_id == booking.venue_id)
    runs = select(Membership.user_id).where(
        Membership.merchant_id == booking.merchant_id,
        or_(Membership.role == Role.OWNER, and_(Membership.role == Role.MANAGER, place)),
    )
    hosts = select(Facilitator.user_id).where(
        Facilitator.id.in_([each for each in facilitator_ids if each is not None]), Facilitator.user_id.is_not(None)
    )
    rows = db.session.execute(
        select(User.id, User.name, User.email)
        .where(User.id.in_(runs.union(hosts)), User.disabled_at.is_(None))
        .order_by(User.id)
    )
    return [Staff(row.id, row.name, row.email) for row in rows]
