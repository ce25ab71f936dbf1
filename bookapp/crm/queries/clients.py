"""The people who booked: a list of them, and one with everything about them.

Visits, the last and the next one are counted from bookings by an index that holds all of it; money is summed for the
people shown. The number of queries does not depend on how many they are.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, Subquery, and_, distinct, func, or_, select

from bookapp.booking.models import Booking
from bookapp.booking.states import BookingKind, BookingState
from bookapp.crm.models import ClientMessage, ClientNote, ClientTag
from bookapp.crm.queries.circles import Circle
from bookapp.identity.models import User
from bookapp.infra.db import db
from bookapp.payments.models import Payment
from bookapp.payments.queries import IS_MONEY_HERE, KEPT_MINOR
from bookapp.values.errors import NotFound
from bookapp.values.money import Money

PER_PAGE = 25
MOST_IN_A_FILE = 20_000
MOST_BOOKINGS = 20
MOST_REMARKS = 100
SORTS = ("name", "last", "next", "visits")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of a list somebody asked for: words in name or email, one tag, an order (one of SORTS), a page from 1."""

    text: str = ""
    tag: str = ""
    sort: str = "name"
    page: int = 1


@dataclass(frozen=True, slots=True)
class Client:
    """Somebody with an account, and what they have to do with a circle. `paid` is net of refunds, one per currency."""

    id: int
    name: str
    email: str
    visits: int
    last_at: dt.datetime | None
    next_at: dt.datetime | None
    paid: tuple[Money, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ClientPage:
    """Some clients, and how many fit in all."""

    rows: Sequence[Client]
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // PER_PAGE))


@dataclass(frozen=True, slots=True)
class Visit:
    """One booking of a client."""

    ref: str
    title: str
    place: str
    state: BookingState
    starts_at: dt.datetime
    zone: str


@dataclass(frozen=True, slots=True)
class Card:
    """Everything about one client. Notes and messages are those of the circle's author."""

    client: Client
    can_be_written: bool
    since: dt.datetime
    visits: Sequence[Visit]
    notes: Sequence[ClientNote] = field(default=())
    messages: Sequence[ClientMessage] = field(default=())


def clients(circle: Circle, wanted: Wanted, *, now: dt.datetime) -> ClientPage:
    """One page of the list, in three queries; a page beyond the last is empty."""
    query = _narrowed(circle, wanted, now)
    # Everybody who fits is looked at for the order, and counted in the same breath.
    page = query.add_columns(func.count().over().label("total"))
    rows = db.session.execute(page.limit(PER_PAGE).offset((wanted.page - 1) * PER_PAGE)).all()
    if rows or wanted.page == 1:
        return ClientPage(_whole(circle, rows), rows[0].total if rows else 0)
    return ClientPage((), db.session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0)


def every_client(circle: Circle, wanted: Wanted, *, now: dt.datetime) -> Iterator[Client]:
    """The whole list for a file, at most MOST_IN_A_FILE of it, in three queries."""
    yield from _whole(circle, db.session.execute(_narrowed(circle, wanted, now).limit(MOST_IN_A_FILE)).all())


def client_card(circle: Circle, client_id: int, *, now: dt.datetime) -> Card:
    """One client of the circle. Raises NotFound for anybody else."""
    counted = _counted(circle, now, client_id)
    row = db.session.execute(
        select(User.id, User.name, User.email, User.disabled_at, counted).join(counted, counted.c.client_id == User.id)
    ).one_or_none()
    if row is None:
        raise NotFound
    (client,) = _whole(circle, [row])
    return Card(
        client=client,
        can_be_written=row.disabled_at is None,
        since=row.since,
        visits=_visits(circle, client_id),
        notes=_remarks(ClientNote, ClientNote.created_at, circle, client_id),
        messages=_remarks(ClientMessage, ClientMessage.sent_at, circle, client_id),
    )


def is_client(circle: Circle, client_id: int) -> bool:
    """Whether this account booked with the circle."""
    return (
        db.session.scalar(select(Booking.id).where(*circle.bookings, Booking.customer_id == client_id).limit(1))
        is not None
    )


def named_client(circle: Circle, client_id: int) -> tuple[str, str]:
    """Name and email of a client. Raises NotFound for anybody else."""
    row = db.session.execute(select(User.name, User.email).where(User.id == client_id)).one_or_none()
    if row is None or not is_client(circle, client_id):
        raise NotFound
    return row.name, row.email


def usual_appointment(circle: Circle, client_id: int) -> tuple[int, int] | None:
    """The service and the minutes of the last appointment a client had here; None when they had none."""
    row = db.session.execute(
        select(Booking.service_id, Booking.starts_at, Booking.ends_at)
        .where(*circle.bookings, Booking.customer_id == client_id, Booking.kind == BookingKind.APPOINTMENT.value)
        .order_by(Booking.starts_at.desc())
        .limit(1)
    ).one_or_none()
    if row is None or row.service_id is None:
        return None
    return row.service_id, int((row.ends_at - row.starts_at).total_seconds() // 60)


def tags_in(circle: Circle) -> Sequence[tuple[str, int]]:
    """The author's tags, each with how many clients have it."""
    if not circle.is_own:
        return ()
    rows = db.session.execute(
        select(ClientTag.tag, func.count(distinct(ClientTag.client_id)))
        .where(ClientTag.author_id == circle.author_id)
        .group_by(ClientTag.tag)
        .order_by(ClientTag.tag)
    )
    return [(tag, count) for tag, count in rows]


def _counted(circle: Circle, now: dt.datetime, client_id: int | None = None) -> Subquery:
    """Per client: visits, the last one that took place (or should have), the next one, the first booked time."""
    one = [] if client_id is None else [Booking.customer_id == client_id]
    took_place = Booking.state == BookingState.COMPLETED.value
    standing = Booking.state == BookingState.CONFIRMED.value
    return (
        select(
            Booking.customer_id.label("client_id"),
            func.count().filter(took_place).label("visits"),
            func.max(Booking.starts_at)
            .filter(or_(took_place, and_(standing, Booking.starts_at <= now)))
            .label("last_at"),
            func.min(Booking.starts_at).filter(standing, Booking.starts_at > now).label("next_at"),
            func.min(Booking.starts_at).label("since"),
        )
        .where(*circle.bookings, *one)
        .group_by(Booking.customer_id)
        .subquery("counted")
    )


def _narrowed(circle: Circle, wanted: Wanted, now: dt.datetime) -> Select[Any]:
    counted = _counted(circle, now)
    query = select(User.id, User.name, User.email, counted).join(counted, counted.c.client_id == User.id)
    if wanted.text:
        query = query.where(
            or_(User.name.icontains(wanted.text, autoescape=True), User.email.icontains(wanted.text, autoescape=True))
        )
    if wanted.tag and circle.is_own:
        tagged = select(ClientTag.client_id).where(ClientTag.author_id == circle.author_id, ClientTag.tag == wanted.tag)
        query = query.where(User.id.in_(tagged))
    by_name = (func.lower(User.name), User.id)
    order = {
        "last": (counted.c.last_at.desc().nulls_last(), *by_name),
        "next": (counted.c.next_at.nulls_last(), *by_name),
        "visits": (counted.c.visits.desc(), *by_name),
    }
    return query.order_by(*order.get(wanted.sort, by_name))


def _whole(circle: Circle, rows: Sequence[Any]) -> list[Client]:
    ids = [row.id for row in rows]
    paid, tags = _paid(circle, ids), _tags(circle, ids)
    return [
        Client(
            id=row.id,
            name=row.name,
            email=row.email,
            visits=row.visits,
            last_at=row.last_at,
            next_at=row.next_at,
            paid=tuple(paid[row.id]),
            tags=tuple(tags[row.id]),
        )
        for row in rows
    ]


def _paid(circle: Circle, ids: Collection[int]) -> dict[int, list[Money]]:
    """What of their payments for the circle's bookings was kept."""
    rows = db.session.execute(
        select(Booking.customer_id, Payment.currency, KEPT_MINOR)
        .join(Payment, Payment.reference == Booking.ref)
        .where(*circle.bookings, Booking.customer_id.in_(ids), IS_MONEY_HERE)
        .group_by(Booking.customer_id, Payment.currency)
        .order_by(Payment.currency)
    )
    found = defaultdict(list)
    for client_id, currency, minor in rows:
        found[client_id].append(Money(int(minor), currency))
    return found


def _tags(circle: Circle, ids: Collection[int]) -> dict[int, list[str]]:
    found = defaultdict(list)
    if circle.is_own:
        for client_id, tag in db.session.execute(
            select(ClientTag.client_id, ClientTag.tag)
            .where(ClientTag.author_id == circle.author_id, ClientTag.client_id.in_(ids))
            .order_by(ClientTag.tag)
        ):
            found[client_id].append(tag)
    return found


def _visits(circle: Circle, client_id: int) -> list[Visit]:
    rows = db.session.execute(
        select(Booking.ref, Booking.title, Booking.place, Booking.state, Booking.starts_at, Booking.zone)
        .where(*circle.bookings, Booking.customer_id == client_id)
        .order_by(Booking.starts_at.desc(), Booking.id.desc())
        .limit(MOST_BOOKINGS)
    )
    return [Visit(row.ref, row.title, row.place, BookingState(row.state), row.starts_at, row.zone) for row in rows]


def _remarks(model: Any, at: Any, circle: Circle, client_id: int) -> Sequence[Any]:
    if not circle.is_own:
        return ()
    return db.session.scalars(
        select(model)
        .where(model.author_id == circle.author_id, model.client_id == client_id)
        .order_by(at.desc(), model.id.desc())
        .limit(MOST_REMARKS)
    ).all()
