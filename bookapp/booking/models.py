"""Bookings, their lines and the people on them."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    Numeric,
    UniqueConstraint,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bookapp.booking.errors import WrongState
from bookapp.booking.states import BookingState, may_become
from bookapp.infra.db import created_at, db, pk, ref_id
from bookapp.infra.searching import owned_words
from bookapp.pricing.rules.verdicts import Verdict, from_data
from bookapp.values.money import Money
from bookapp.values.timespan import Span

# What the desk searches by: the words of a name, an email, the digits of a phone. "simple" knows no language, and so
# leaves names as they are.
_WORDS = owned_words(
    "to_tsvector('simple'::regconfig, (((name || ' '::text) || email) || ' '::text)"
    " || regexp_replace(phone, '[^0-9]+'::text, ''::text, 'g'::text))",
    owner="merchant_id",
)
WORDS: ColumnElement[Any] = literal_column(_WORDS)


class Booking(db.Model):
    """One customer's claim on one thing. What was agreed (lines, terms, currency) never changes afterwards."""

    __tablename__ = "booking"

    id: Mapped[pk]
    ref: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(server_default=BookingState.PENDING.value)
    kind: Mapped[str]
    merchant_id: Mapped[ref_id] = mapped_column(ForeignKey("merchant.id"))
    venue_id: Mapped[ref_id | None] = mapped_column(ForeignKey("venue.id"))
    room_id: Mapped[ref_id | None] = mapped_column(ForeignKey("room.id"))
    session_id: Mapped[ref_id | None] = mapped_column(ForeignKey("session.id"))
    service_id: Mapped[ref_id | None] = mapped_column(ForeignKey("service.id"))
    facilitator_id: Mapped[ref_id | None] = mapped_column(ForeignKey("facilitator.id"))
    claim_id: Mapped[uuid.UUID] = mapped_column(server_default=text("gen_random_uuid()"), unique=True)
    # Words as they were at the hold, so that a mail or a list needs no join: "Linden", "Kastanienhof Mitte, Berlin"
    # (empty: online), "Jonas Weber".
    title: Mapped[str]
    place: Mapped[str] = mapped_column(server_default="")
    host: Mapped[str] = mapped_column(server_default="")
    customer_id: Mapped[ref_id | None] = mapped_column(ForeignKey("user_account.id"))
    # The hash of the browser session that owns a guest's hold, and of the address it came from (for the limits).
    visitor: Mapped[str | None]
    origin: Mapped[str | None]
    email: Mapped[str] = mapped_column(server_default="")
    name: Mapped[str] = mapped_column(server_default="")
    phone: Mapped[str] = mapped_column(server_default="")
    # Where the buyer wants the invoice addressed to, line by line; empty: by name and email only.
    postal_address: Mapped[str] = mapped_column(server_default="")
    people: Mapped[int] = mapped_column(server_default="1")
    notes: Mapped[str] = mapped_column(server_default="")
    # What the service asked at checkout, in the words of then: [{"question": "Any allergies?", "answer": "Nuts"}].
    answers: Mapped[list[dict[str, Any]]] = mapped_column(server_default=text("'[]'"))
    booking_type: Mapped[str] = mapped_column(server_default="")
    extra: Mapped[dict[str, Any]] = mapped_column("metadata", server_default="{}")
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    zone: Mapped[str]
    currency: Mapped[str]
    total_minor: Mapped[ref_id]
    # Part of the total, with a deposit; the rest has a date. Null: everything is due now.
    due_now_minor: Mapped[ref_id | None]
    rest_due_at: Mapped[dt.datetime | None]
    # Booked by the house for somebody: paid at the counter when they come, and nobody is written to about it before.
    due_at_venue: Mapped[bool] = mapped_column(server_default=text("false"))
    # The tax in the total as it was at the hold: {"name", "percent", "inclusive", "minor", "registration"}.
    tax: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    # What became of each price rule, applied or not and why, as it was at the hold (pricing.rules.verdicts).
    price_reasons: Mapped[list[dict[str, Any]] | None]
    coupon_id: Mapped[ref_id | None] = mapped_column(ForeignKey("coupon.id"))
    terms: Mapped[dict[str, Any]] = mapped_column(JSONB)
    # From when the terms count; null: from the start. Another instant for a retreat (its first part) and after a move
    # by the house to a nearer time (rules.terms_start).
    terms_from: Mapped[dt.datetime | None]
    # After a move the share that comes back is never better than it was at the moment of moving.
    most_percent_back: Mapped[int | None]
    hold_expires_at: Mapped[dt.datetime | None]
    hold_extended: Mapped[bool] = mapped_column(server_default=text("false"))
    # While a payment is open the hold is ended only by a job that has closed the payment at the provider.
    paying_until: Mapped[dt.datetime | None]
    confirmed_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]
    cancelled_by: Mapped[str | None]
    fee_minor: Mapped[ref_id | None]
    # Raised with every change that calendars must hear of (RFC 5545 SEQUENCE).
    sequence: Mapped[int] = mapped_column(server_default="0")
    # Raised to make every mailed manage link void.
    link_version: Mapped[int] = mapped_column(server_default="1")
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[created_at]

    lines: Mapped[list[BookingLine]] = relationship(order_by="BookingLine.position", lazy="raise_on_sql")
    participants: Mapped[list[Participant]] = relationship(order_by="Participant.id", lazy="raise_on_sql")

    __table_args__ = (
        CheckConstraint(
            "state IN ('pending', 'confirmed', 'expired', 'cancelled', 'completed', 'no_show')", name="state"
        ),
        CheckConstraint(
            "(kind = 'room' AND room_id IS NOT NULL AND session_id IS NULL)"
            " OR (kind = 'session' AND session_id IS NOT NULL)"
            " OR (kind = 'appointment' AND service_id IS NOT NULL AND facilitator_id IS NOT NULL"
            " AND session_id IS NULL)",
            name="kind",
        ),
        CheckConstraint("starts_at < ends_at", name="order"),
        CheckConstraint("people > 0 AND total_minor >= 0", name="positive"),
        CheckConstraint("due_now_minor BETWEEN 0 AND total_minor", name="due_now"),
        CheckConstraint("(due_now_minor IS NULL) = (rest_due_at IS NULL)", name="rest_has_date"),
        CheckConstraint("cancelled_by IN ('customer', 'merchant')", name="cancelled_by"),
        Index("ix_booking_customer_id_starts_at", "customer_id", "starts_at"),
        Index("ix_booking_email_starts_at", "email", "starts_at"),
        Index("ix_booking_visitor", "visitor", postgresql_where=text("state = 'pending'")),
        Index("ix_booking_origin", "origin", postgresql_where=text("state = 'pending'")),
        Index("ix_booking_hold_expires_at", "hold_expires_at", postgresql_where=text("state = 'pending'")),
        Index("ix_booking_rest_due_at", "rest_due_at", postgresql_where=text("state = 'confirmed'")),
        Index("ix_booking_ends_at", "ends_at", postgresql_where=text("state = 'confirmed'")),
        Index("ix_booking_session_id", "session_id", postgresql_where=text("session_id IS NOT NULL")),
        # What is on in these weeks, in a house or anywhere, and what it comes to: no row need be read.
        Index(
            "ix_booking_merchant_id_starts_at_ends_at",
            "merchant_id",
            "starts_at",
            "ends_at",
            postgresql_include=["state", "currency", "total_minor"],
        ),
        Index(
            "ix_booking_starts_at_ends_at",
            "starts_at",
            "ends_at",
            postgresql_include=["state", "currency", "total_minor"],
        ),
        Index(
            "ix_booking_facilitator_id_starts_at",
            "facilitator_id",
            "starts_at",
            postgresql_where=text("facilitator_id IS NOT NULL"),
        ),
        Index("ix_booking_house_words", text(_WORDS), postgresql_using="gin"),
        # Who booked with a person or a house, with everything a list of them counts: no row need be read.
        Index(
            "ix_booking_facilitator_id_customer_id",
            "facilitator_id",
            "customer_id",
            "starts_at",
            postgresql_include=["state"],
            postgresql_where=text("customer_id IS NOT NULL AND confirmed_at IS NOT NULL"),
        ),
        Index(
            "ix_booking_merchant_id_customer_id",
            "merchant_id",
            "customer_id",
            "starts_at",
            postgresql_include=["state", "venue_id"],
            postgresql_where=text("customer_id IS NOT NULL AND confirmed_at IS NOT NULL"),
        ),
    )
    __mapper_args__ = {"version_id_col": version}

    @property
    def span(self) -> Span:
        """When it takes place, without buffers."""
        return Span(self.starts_at, self.ends_at)

    @property
    def total(self) -> Money:
        """What was agreed, tax and add-ons included."""
        return Money(self.total_minor, self.currency)

    @property
    def due_now(self) -> Money:
        """What has to be paid for it to be confirmed: all of it, or the deposit."""
        return Money(self.total_minor if self.due_now_minor is None else self.due_now_minor, self.currency)

    @property
    def terms_start(self) -> dt.datetime:
        """The instant the terms count from: what comes back, and until when one may move."""
        return self.terms_from or self.starts_at

    @property
    def verdicts(self) -> list[Verdict]:
        """Why it costs what it costs: each price rule as it was at the hold."""
        return [from_data(one) for one in self.price_reasons or ()]

    @property
    def is_guest(self) -> bool:
        """Whether no account stands behind it."""
        return self.customer_id is None

    def move_to(self, then: BookingState) -> BookingState:
        """Change the state if the table of moves allows it and return the one before; raises WrongState if not."""
        before = BookingState(self.state)
        if not may_become(before, then):
            raise WrongState(ref=self.ref, state=before.label)
        self.state = then.value
        return before


class BookingLine(db.Model):
    """One priced part, as it was at the hold. `unit` says what `quantity` counts: hour, seat, piece or nothing."""

    __tablename__ = "booking_line"

    id: Mapped[pk]
    booking_id: Mapped[ref_id] = mapped_column(ForeignKey("booking.id", ondelete="CASCADE"))
    position: Mapped[int]
    kind: Mapped[str]
    label: Mapped[str]
    unit: Mapped[str] = mapped_column(server_default="")
    quantity: Mapped[Decimal] = mapped_column(Numeric(10, 4))
    unit_price_minor: Mapped[ref_id]
    subtotal_minor: Mapped[ref_id]
    addon_id: Mapped[ref_id | None] = mapped_column(ForeignKey("addon.id"))
    # The change that wrote it ("change:17"); empty for what was agreed at the hold. Lines are added, never altered.
    cause: Mapped[str] = mapped_column(server_default="")

    __table_args__ = (
        UniqueConstraint("booking_id", "position"),
        CheckConstraint("kind IN ('base', 'rule', 'addon', 'discount', 'tax')", name="kind"),
        Index("ix_booking_line_addon_id", "addon_id", postgresql_where=text("addon_id IS NOT NULL")),
    )


class BookingChange(db.Model):
    """A move, or a part given back: the history of a booking, and while it waits for money, what holds the new time.

    `before` and `after` hold what changed (times, place, people, total, lines); `claim_id` is the new place's while
    `pending`. `difference_minor` is what the change costs (positive) or frees (negative) by its prices, and
    `refunded_minor` what of that came back.
    """

    __tablename__ = "booking_change"

    id: Mapped[pk]
    booking_id: Mapped[ref_id] = mapped_column(ForeignKey("booking.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="pending")
    claim_id: Mapped[uuid.UUID] = mapped_column(server_default=text("gen_random_uuid()"), unique=True)
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    difference_minor: Mapped[ref_id]
    refunded_minor: Mapped[ref_id] = mapped_column(server_default="0")
    by_merchant: Mapped[bool] = mapped_column(server_default=text("false"))
    hold_expires_at: Mapped[dt.datetime | None]
    paying_until: Mapped[dt.datetime | None]
    actor: Mapped[str] = mapped_column(server_default="")
    reason: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[created_at]
    done_at: Mapped[dt.datetime | None]

    __table_args__ = (
        CheckConstraint("kind IN ('move', 'part')", name="kind"),
        CheckConstraint("state IN ('pending', 'done', 'expired')", name="state"),
        # One at a time: a second move waits for the first to be paid or to lapse.
        Index("uq_booking_change_pending", "booking_id", unique=True, postgresql_where=text("state = 'pending'")),
        Index("ix_booking_change_hold_expires_at", "hold_expires_at", postgresql_where=text("state = 'pending'")),
    )


class SessionCancellation(db.Model):
    """A session is being cancelled with everything booked in it; how far that is, is counted, not stored."""

    __tablename__ = "session_cancellation"

    session_id: Mapped[ref_id] = mapped_column(ForeignKey("session.id"), primary_key=True)
    actor: Mapped[str]
    reason: Mapped[str] = mapped_column(server_default="")
    # How many live bookings there were when it began.
    bookings: Mapped[int]
    started_at: Mapped[dt.datetime]
    finished_at: Mapped[dt.datetime | None]


class BulkAct(db.Model):
    """Something that somebody of the house does to many bookings at once; how far it is, is counted from its items."""

    __tablename__ = "bulk_act"

    id: Mapped[pk]
    user_id: Mapped[ref_id] = mapped_column(ForeignKey("user_account.id"))
    act: Mapped[str]
    # Why, or what is said to everybody.
    reason: Mapped[str] = mapped_column(server_default="")
    bookings: Mapped[int]
    started_at: Mapped[dt.datetime]

    __table_args__ = (CheckConstraint("act IN ('message', 'cancel', 'check_in', 'complete')", name="act"),)


class BulkItem(db.Model):
    """One booking of it: `due` until a worker came to it. `refusal` is the sentence of why not, `facts` go into it."""

    __tablename__ = "bulk_item"

    id: Mapped[pk]
    bulk_id: Mapped[ref_id] = mapped_column(ForeignKey("bulk_act.id", ondelete="CASCADE"))
    booking_id: Mapped[ref_id] = mapped_column(ForeignKey("booking.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(server_default="due")
    refusal: Mapped[str] = mapped_column(server_default="")
    facts: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    done_at: Mapped[dt.datetime | None]

    __table_args__ = (
        UniqueConstraint("bulk_id", "booking_id"),
        CheckConstraint("state IN ('due', 'done', 'refused')", name="state"),
    )


class Participant(db.Model):
    """A person on a booking: its organiser or somebody who comes along."""

    __tablename__ = "participant"

    id: Mapped[pk]
    booking_id: Mapped[ref_id] = mapped_column(ForeignKey("booking.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[ref_id | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    role: Mapped[str] = mapped_column(server_default="participant")
    name: Mapped[str]
    email: Mapped[str] = mapped_column(server_default="")
    attendance: Mapped[str] = mapped_column(server_default="unknown")

    __table_args__ = (
        CheckConstraint("role IN ('organiser', 'participant')", name="role"),
        CheckConstraint("attendance IN ('unknown', 'arrived', 'late', 'absent')", name="attendance"),
    )
