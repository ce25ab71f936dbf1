"""Hours, closures, sessions, and the occupancy that makes a double booking impossible."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bookapp.catalog.models import Facilitator, Room, Service
from bookapp.infra.db import created_at, db, pk, ref_id

OCCUPANCY_CONSTRAINT = "ex_occupancy_one_place_at_a_time"
# No occupancy is longer, so a search for one that reaches into a span need not look further back than this.
LONGEST_OCCUPANCY = dt.timedelta(days=14)
# No session is longer from its first part to its last, so what still runs began at most so long ago.
LONGEST_SESSION = dt.timedelta(days=92)


class OpeningHours(db.Model):
    """Open from `opens` to `closes` wall time on `weekday` (0 is Monday). Closing at or before opening passes midnight.

    Rows of a room replace its venue's.
    """

    __tablename__ = "opening_hours"

    id: Mapped[pk]
    venue_id: Mapped[ref_id | None] = mapped_column(ForeignKey("venue.id", ondelete="CASCADE"), index=True)
    room_id: Mapped[ref_id | None] = mapped_column(ForeignKey("room.id", ondelete="CASCADE"), index=True)
    weekday: Mapped[int]
    opens: Mapped[dt.time]
    closes: Mapped[dt.time]

    __table_args__ = (
        CheckConstraint("num_nonnulls(venue_id, room_id) = 1", name="one_place"),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
    )


class WorkingHours(db.Model):
    """A facilitator works from `starts` to `ends`, wall time in their own zone, on `weekday` (0 is Monday)."""

    __tablename__ = "working_hours"

    id: Mapped[pk]
    facilitator_id: Mapped[ref_id] = mapped_column(ForeignKey("facilitator.id", ondelete="CASCADE"), index=True)
    weekday: Mapped[int]
    starts: Mapped[dt.time]
    ends: Mapped[dt.time]

    __table_args__ = (CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),)


class Closure(db.Model):
    """A venue, a room or a person is not available during this span, for a reason that is shown."""

    __tablename__ = "closure"

    id: Mapped[pk]
    venue_id: Mapped[ref_id | None] = mapped_column(ForeignKey("venue.id", ondelete="CASCADE"), index=True)
    room_id: Mapped[ref_id | None] = mapped_column(ForeignKey("room.id", ondelete="CASCADE"), index=True)
    facilitator_id: Mapped[ref_id | None] = mapped_column(ForeignKey("facilitator.id", ondelete="CASCADE"), index=True)
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    reason: Mapped[str] = mapped_column(server_default="")

    __table_args__ = (
        CheckConstraint("num_nonnulls(venue_id, room_id, facilitator_id) = 1", name="one_thing"),
        CheckConstraint("starts_at < ends_at", name="order"),
    )


class Occupancy(db.Model):
    """`resource` is taken during `during` (buffers included) by `claim_id`.

    `blocks_until` is when the hold behind it lapses: after it readers treat the place as free, and whoever needs it
    has the hold expired first. Null means it does not lapse by itself.
    """

    __tablename__ = "occupancy"

    id: Mapped[pk]
    resource_id: Mapped[ref_id] = mapped_column(ForeignKey("resource.id"))
    claim_id: Mapped[uuid.UUID]
    kind: Mapped[str]
    during: Mapped[Range[dt.datetime]]
    # The end without the buffer, so that a calendar can tell cleaning from booked.
    used_until: Mapped[dt.datetime]
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    blocks_until: Mapped[dt.datetime | None]
    created_at: Mapped[created_at]

    __table_args__ = (
        CheckConstraint("kind IN ('booking', 'session', 'block')", name="kind"),
        CheckConstraint(
            "NOT isempty(during) AND lower_inc(during) AND NOT upper_inc(during)"
            " AND upper(during) - lower(during) <= interval '14 days'",
            name="bounded",
        ),
        ExcludeConstraint(
            # int8range needs no extension, and costs little more than btree_gist's plain equality.
            (text("int8range(resource_id, resource_id, '[]')"), "="),
            ("during", "&&"),
            where=text("active"),
            using="gist",
            name=OCCUPANCY_CONSTRAINT,
        ),
        Index(
            "ix_occupancy_resource_start",
            "resource_id",
            text("lower(during)"),
            postgresql_where=text("active"),
        ),
        Index("ix_occupancy_claim_id", "claim_id"),
    )


class Session(db.Model):
    """One scheduled occurrence of a service: when, where, with whom, for how much, and how many seats are taken."""

    __tablename__ = "session"

    id: Mapped[pk]
    service_id: Mapped[ref_id] = mapped_column(ForeignKey("service.id"))
    merchant_id: Mapped[ref_id] = mapped_column(ForeignKey("merchant.id"))
    venue_id: Mapped[ref_id | None] = mapped_column(ForeignKey("venue.id"))
    room_id: Mapped[ref_id | None] = mapped_column(ForeignKey("room.id"), index=True)
    facilitator_id: Mapped[ref_id | None] = mapped_column(ForeignKey("facilitator.id"))
    claim_id: Mapped[uuid.UUID] = mapped_column(server_default=text("gen_random_uuid()"), unique=True)
    title: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="scheduled")
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    zone: Mapped[str]
    capacity: Mapped[int]
    seats_taken: Mapped[int] = mapped_column(server_default="0")
    price_minor: Mapped[ref_id]
    currency: Mapped[str]
    online: Mapped[bool] = mapped_column(server_default=text("false"))
    # A timeslot: it takes its room with its first seat and frees it with its last.
    on_grid: Mapped[bool] = mapped_column(server_default=text("false"))
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[created_at]

    service: Mapped[Service] = relationship(lazy="raise_on_sql")
    room: Mapped[Room | None] = relationship(lazy="raise_on_sql")
    facilitator: Mapped[Facilitator | None] = relationship(lazy="raise_on_sql")
    parts: Mapped[list[SessionPart]] = relationship(order_by="SessionPart.starts_at", lazy="raise_on_sql")

    __table_args__ = (
        CheckConstraint("seats_taken BETWEEN 0 AND capacity", name="seats"),
        CheckConstraint("capacity > 0", name="capacity"),
        CheckConstraint("starts_at < ends_at", name="order"),
        CheckConstraint("state IN ('scheduled', 'cancelled', 'completed')", name="state"),
        CheckConstraint("online OR venue_id IS NOT NULL", name="somewhere"),
        Index("ix_session_starts_at", "starts_at"),
        Index("ix_session_service_id_starts_at", "service_id", "starts_at"),
        Index("ix_session_facilitator_id_starts_at", "facilitator_id", "starts_at"),
        Index("ix_session_merchant_id_starts_at", "merchant_id", "starts_at"),
        Index("ix_session_venue_id_starts_at", "venue_id", "starts_at"),
        Index("ix_session_cancelled", "starts_at", postgresql_where=text("state = 'cancelled'")),
        Index(
            "uq_session_timeslot",
            "room_id",
            "service_id",
            "starts_at",
            unique=True,
            postgresql_where=text("on_grid"),
        ),
    )


class SessionPart(db.Model):
    """One piece of a retreat's agenda. The parts, not the nights between, occupy room and facilitator."""

    __tablename__ = "session_part"

    id: Mapped[pk]
    session_id: Mapped[ref_id] = mapped_column(ForeignKey("session.id", ondelete="CASCADE"))
    title: Mapped[str]
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]

    __table_args__ = (
        UniqueConstraint("session_id", "starts_at"),
        CheckConstraint("starts_at < ends_at", name="order"),
    )


class TimeslotRun(db.Model):
    """Timeslots being made on a room's grid: `wanted` in all, of which `made` are new; `next_day` is whose turn it is.

    `facts` are the grid, the title, the price and the seats as JSON. Null `finished_at`: workers are at it.
    """

    __tablename__ = "timeslot_run"

    id: Mapped[pk]
    actor: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    service_id: Mapped[ref_id] = mapped_column(ForeignKey("service.id"))
    room_id: Mapped[ref_id] = mapped_column(ForeignKey("room.id"))
    first_day: Mapped[dt.date]
    last_day: Mapped[dt.date]
    facts: Mapped[dict[str, Any]]
    next_day: Mapped[dt.date | None]
    wanted: Mapped[int]
    made: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[created_at]
    finished_at: Mapped[dt.datetime | None]

    __table_args__ = (
        CheckConstraint("made BETWEEN 0 AND wanted", name="made"),
        Index("ix_timeslot_run_room_id_created_at", "room_id", "created_at"),
    )
