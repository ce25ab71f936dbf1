"""Reads around changes of a booking: what is agreed after them, what another time or a part would come to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from bookapp.booking import rules
from bookapp.booking.errors import AlreadyThere
from bookapp.booking.models import Booking, BookingChange, BookingLine
from bookapp.booking.queries.plans import Plan, plan
from bookapp.booking.queries.resting import rest_of
from bookapp.booking.states import BookingKind
from bookapp.catalog.rules import share_back
from bookapp.infra.db import db
from bookapp.payments.queries import balance
from bookapp.pricing.queries import coupon_by_id, coupon_terms
from bookapp.values.errors import NotFound, NotValid
from bookapp.values.money import Money, total
from bookapp.values.timespan import Span
from bookapp.values.words import N_


@dataclass(frozen=True, slots=True)
class MoveOffer:
    """What moving to a new time comes to. `percent` is the share of the terms at this moment; from then on they count
    from `terms_start`. `kept` is what earlier changes left with the merchant."""

    plan: Plan
    lines: tuple[rules.AgreedLine, ...]
    settlement: rules.Settlement
    percent: int
    joins_rest: bool
    terms_start: dt.datetime
    kept: Money

    @property
    def price(self) -> Money:
        """What is charged for the new time, without what earlier changes or this one have kept."""
        return self.plan.quote.total - self.settlement.given - self.settlement.waived

    @property
    def total(self) -> Money:
        """What the booking comes to when it is moved."""
        return self.price + self.kept + self.settlement.kept

    @property
    def pay_now(self) -> Money:
        """What has to be paid before it is moved; with a deposit whose rest is open the difference joins the rest."""
        return Money.zero(self.settlement.pay.currency) if self.joins_rest else self.settlement.pay


@dataclass(frozen=True, slots=True)
class PartOffer:
    """What giving a part back comes to: the reversing lines and what of their sum comes back."""

    lines: tuple[rules.AgreedLine, ...]
    settlement: rules.Settlement
    percent: int
    seats: int


def lines_of(booking_id: int) -> Sequence[BookingLine]:
    """Every line that was ever written, in order."""
    return db.session.scalars(
        select(BookingLine).where(BookingLine.booking_id == booking_id).order_by(BookingLine.position)
    ).all()


def agreed_lines(booking: Booking) -> list[rules.AgreedLine]:
    """What holds now: the lines with their reversals summed up."""
    return rules.agreed_now(lines_of(booking.id))


def kept_of(booking: Booking) -> Money:
    """What of the total earlier changes left with the merchant: nothing of it ever comes back."""
    if not booking.sequence:
        return Money.zero(booking.currency)  # every change raises it
    minor = db.session.scalar(
        select(func.coalesce(func.sum(BookingLine.subtotal_minor), 0)).where(
            BookingLine.booking_id == booking.id, BookingLine.unit == rules.KEPT
        )
    )
    return Money(int(minor or 0), booking.currency)


def change_by_id(change_id: int) -> BookingChange:
    """A change as the database has it now, locked until the transaction ends. Lock its booking first."""
    return db.session.scalars(
        select(BookingChange)
        .where(BookingChange.id == change_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def pending_change(booking: Booking) -> BookingChange | None:
    """The change that waits for money, if one does."""
    return db.session.scalar(
        select(BookingChange)
        .where(BookingChange.booking_id == booking.id, BookingChange.state == "pending")
        .execution_options(populate_existing=True)
    )


def is_waiting(change: BookingChange, now: dt.datetime) -> bool:
    """Whether a pending change still holds its new time."""
    return change.paying_until is not None or (change.hold_expires_at is not None and now < change.hold_expires_at)


def history(booking: Booking) -> Sequence[BookingChange]:
    """The changes that were made, oldest first."""
    if not booking.sequence:
        return ()
    return db.session.scalars(
        select(BookingChange)
        .where(BookingChange.booking_id == booking.id, BookingChange.state == "done")
        .order_by(BookingChange.done_at, BookingChange.id)
    ).all()


def share_today(booking: Booking, now: dt.datetime) -> int:
    """Percent of the price that comes back at `now` by the frozen terms, never better than at an earlier move."""
    return rules.share_after(share_back(booking.terms["tiers"], booking.terms_start, now), booking.most_percent_back)


def rest_is_open(booking: Booking, now: dt.datetime) -> bool:
    """Whether a deposit left something to pay that is not overdue."""
    return _is_open(booking, rest_of(booking), now)


def wish_for(booking: Booking, to: rules.NewTime, lines: Sequence[rules.AgreedLine]) -> rules.Wish:
    """The new time as a wish: the same thing, people and add-ons. Raises NotValid when part of it is missing."""
    match BookingKind(booking.kind):
        case BookingKind.ROOM if to.start and to.end and to.start < to.end and booking.room_id:
            addons = tuple(sorted(rules.extras_in(lines).items()))
            return rules.RoomWish(to.room_id or booking.room_id, Span(to.start, to.end), booking.people, addons)
        case BookingKind.SESSION if to.session_id:
            return rules.SeatWish(to.session_id, booking.people)
        case BookingKind.APPOINTMENT if to.start and booking.service_id and booking.facilitator_id:
            person = to.facilitator_id or booking.facilitator_id
            return rules.AppointmentWish(booking.service_id, person, to.start, booking.span.minutes)
    raise NotValid({}, N_("Please choose the new time again."))


def move_offer(
    booking: Booking, to: rules.NewTime, *, now: dt.datetime, by_merchant: bool = False, at_venue: bool = False
) -> MoveOffer:
    """What moving `booking` there comes to, whether or not it can be had: today's rules, the same add-ons and coupon.

    `at_venue`: what is dearer is not paid first, but at the counter, with whatever else is open.
    Raises NotFound for what is another thing, NotValid for where it is already.
    """
    lines = agreed_lines(booking)
    coupon = coupon_by_id(booking.coupon_id) if booking.coupon_id else None
    planned = plan(wish_for(booking, to, lines), now=now, coupon=coupon_terms(coupon) if coupon else None)
    _check_same_thing(booking, planned)
    kept = rules.kept_so_far(lines, booking.currency)
    percent, paid = share_today(booking, now), balance(booking.ref, booking.currency).kept
    rest = rest_of(booking)
    joins_rest = at_venue or _is_open(booking, rest, now)
    return MoveOffer(
        plan=planned,
        lines=tuple(
            rules.AgreedLine(
                line.kind.value,
                line.label,
                line.unit.value,
                line.quantity,
                line.unit_price.minor,
                line.subtotal.minor,
                line.addon_id,
            )
            for line in planned.quote.lines
        ),
        settlement=rules.settlement(
            old=booking.total - kept,
            new=planned.quote.total,
            paid=paid,
            kept=kept,
            percent=percent,
            by_merchant=by_merchant,
            gift=rules.given_so_far(lines, booking.currency),
            rest=rest,
            joins_rest=joins_rest,
        ),
        percent=percent,
        joins_rest=joins_rest,
        terms_start=rules.terms_start(
            before=booking.terms_start,
            begins=planned.columns.get("terms_from") or planned.span.start,
            by_merchant=by_merchant,
        ),
        kept=kept,
    )


def part_offer(booking: Booking, part: rules.Part, *, now: dt.datetime, by_merchant: bool = False) -> PartOffer:
    """What giving `part` back comes to, by the same terms. Raises NotValid: not that much is there, or it is all."""
    lines = agreed_lines(booking)
    _check_part(booking, part, rules.extras_in(lines))
    gone = rules.part_reversal(lines, seats=part.seats, of_seats=booking.people, addons=dict(part.addons))
    kept = rules.kept_so_far(lines, booking.currency)
    price = booking.total - kept
    less = total((Money(line.subtotal_minor, booking.currency) for line in gone), booking.currency)
    percent = share_today(booking, now)
    settled = rules.settlement(
        old=price,
        new=price + less,
        paid=balance(booking.ref, booking.currency).kept,
        kept=kept,
        percent=percent,
        by_merchant=by_merchant,
        rest=rest_of(booking),
    )
    return PartOffer(tuple(gone), settled, percent, part.seats)


def _is_open(booking: Booking, rest: Money, now: dt.datetime) -> bool:
    return bool(rest) and booking.rest_due_at is not None and now < booking.rest_due_at


def _check_same_thing(booking: Booking, planned: Plan) -> None:
    columns = planned.columns
    if columns["merchant_id"] != booking.merchant_id or columns.get("service_id") != booking.service_id:
        raise NotFound
    if planned.quote.total.currency != booking.currency:
        raise NotValid({}, N_("This is sold in another currency: please book it anew."))
    place = ("session_id",) if booking.session_id else ("starts_at", "ends_at", "facilitator_id")
    if booking.kind == BookingKind.ROOM:
        place = (*place, "room_id")
    if all(columns.get(name) == getattr(booking, name) for name in place):
        raise AlreadyThere


def _check_part(booking: Booking, part: rules.Part, extras: dict[int, int]) -> None:
    if not part.seats and not any(pieces for _, pieces in part.addons):
        raise NotValid({"seats": N_("Please say what you want to give back.")})
    if part.seats and booking.kind != BookingKind.SESSION:
        raise NotValid({"seats": N_("Only seats can be given back one by one.")})
    if not 0 <= part.seats < booking.people and part.seats:
        raise NotValid({"seats": N_("One seat at least stays. To give all of them back, cancel the booking.")})
    for addon_id, pieces in part.addons:
        if not 0 <= pieces <= extras.get(addon_id, 0):
            raise NotValid({f"addon-{addon_id}": N_("You have fewer of them.")})
