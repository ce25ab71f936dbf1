"""The one field for codes at the checkout: a coupon changes the price, a gift card fills the wallet."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select

from bookapp.audit.actions import record
from bookapp.booking import queries
from bookapp.booking.errors import HoldOver, PaymentUnderWay
from bookapp.booking.events import BookingCancelled
from bookapp.booking.models import Booking, BookingLine
from bookapp.booking.policy import may_pay
from bookapp.booking.queries.plans import due_columns
from bookapp.booking.states import BookingKind, BookingState
from bookapp.identity.actor import Actor
from bookapp.infra import outbox
from bookapp.infra.db import action, db
from bookapp.payments.actions.gifts import redeem_gift_card
from bookapp.payments.queries import gift_card_by_code
from bookapp.pricing import actions as pricing
from bookapp.pricing.errors import CodeRefused
from bookapp.pricing.models import Coupon as CouponRow
from bookapp.pricing.queries import coupon_by_code, coupon_terms
from bookapp.pricing.rules import Line, LineKind, Quote, Unit, finished
from bookapp.pricing.rules.codes import Coupon, why_not
from bookapp.pricing.rules.tax import frozen_tax, rate_of
from bookapp.values.errors import NotAllowed
from bookapp.values.money import Money, total
from bookapp.values.timespan import wall
from bookapp.values.words import N_

# Written after what is sold, and written anew when the coupon changes.
_AFTER_THE_PRICE = (LineKind.DISCOUNT, LineKind.TAX)


@dataclass(frozen=True, slots=True)
class Used:
    """What a code did: a coupon took `amount` off, or a gift card put it into the wallet."""

    is_coupon: bool
    amount: Money


@action
def use_code(actor: Actor, ref: str, typed: str, *, email: str, now: dt.datetime) -> Used:
    """Use what was typed on a held booking: another coupon takes the place of the one before.

    `email` is what a guest has typed so far, "" or normalised. Raises CodeRefused with the sentence for the field,
    PaymentUnderWay, HoldOver or NotAllowed.
    """
    booking = _changeable(actor, ref, now)
    row = coupon_by_code(booking.merchant_id, typed)
    if row is None:
        return _use_gift_card(actor, booking, typed, now)
    if row.id != booking.coupon_id:
        _use_coupon(actor, booking, row, email, now)
    return Used(is_coupon=True, amount=_discount(booking))


@action
def drop_code(actor: Actor, ref: str, *, now: dt.datetime) -> Booking:
    """Take the coupon off again: the price is what it was. Twice is once. Raises as `use_code` does."""
    booking = _changeable(actor, ref, now)
    if booking.coupon_id is None:
        return booking
    pricing.give_back_use(booking.ref)
    booking.coupon_id = None
    _price_anew(booking, None, now)
    record(actor, "booking.code_dropped", f"booking:{booking.ref}", {"total_minor": booking.total_minor})
    return booking


def name_code_customer(actor: Actor, booking: Booking) -> None:
    """Inside an action, with the booking locked: its email says whose use the coupon is.

    Raises CodeRefused when it is one too many for them.
    """
    if booking.coupon_id is not None:
        pricing.name_customer(booking.coupon_id, booking.ref, _customer(actor, booking, booking.email))


@action
def return_code(booking_id: int) -> bool:
    """The use of a coupon goes back to the others when a hold has ended unpaid, or the merchant has cancelled."""
    booking = db.session.get_one(Booking, booking_id, with_for_update={"of": Booking}, populate_existing=True)
    ended = booking.state == BookingState.EXPIRED
    called_off = booking.state == BookingState.CANCELLED and booking.cancelled_by == "merchant"
    return (ended or called_off) and pricing.give_back_use(booking.ref)


@action
def hear_cancelled(event: BookingCancelled) -> None:
    """Coupons are no money: they come back only when the merchant cancels (product.md, "Due back")."""
    if event.by_merchant:
        promise_code_back(db.session.get_one(Booking, event.booking_id))


def promise_code_back(booking: Booking) -> None:
    """Inside an action: a job gives the use back, so that who wants a place never waits for a coupon's row."""
    if booking.coupon_id is not None:
        outbox.later("booking.return_code", booking.id)


def take_code_again(booking: Booking) -> bool:
    """Inside an action: a hold that had lapsed was paid; False when its coupon has no use left."""
    if booking.coupon_id is None:
        return True
    customer = f"user:{booking.customer_id}" if booking.customer_id else booking.email
    return pricing.take_use_again(booking.coupon_id, booking.ref, customer)


def _changeable(actor: Actor, ref: str, now: dt.datetime) -> Booking:
    """The held booking, locked; its price may change only while nobody is paying it."""
    booking = queries.lock_by_ref(ref, visible_to_actor=actor)
    if not may_pay(actor, booking):
        raise NotAllowed
    if booking.state == BookingState.PENDING and booking.paying_until is not None:
        raise PaymentUnderWay
    if booking.state != BookingState.PENDING or booking.hold_expires_at is None or booking.hold_expires_at <= now:
        raise HoldOver
    return booking


def _use_coupon(actor: Actor, booking: Booking, row: CouponRow, email: str, now: dt.datetime) -> None:
    coupon = coupon_terms(row)
    refused = why_not(
        coupon,
        day=wall(now, booking.zone).date(),
        currency=booking.currency,
        # A room's coupon is for its hire, not for a class in it.
        room_id=booking.room_id if booking.kind == BookingKind.ROOM else None,
        service_id=booking.service_id,
    )
    if refused:
        raise CodeRefused(refused.sentence, **refused.params)
    if not booking.total_minor and booking.coupon_id is None:
        raise CodeRefused(N_("There is nothing to pay here: keep %(code)s for another time."), code=row.code)
    if booking.coupon_id is not None:
        pricing.give_back_use(booking.ref)
    pricing.take_use(row.id, booking.ref, _customer(actor, booking, email))
    booking.coupon_id = row.id
    before = booking.total_minor
    _price_anew(booking, coupon, now)
    facts = {"coupon": row.id, "before_minor": before, "total_minor": booking.total_minor}
    record(actor, "booking.code_used", f"booking:{booking.ref}", facts)


def _use_gift_card(actor: Actor, booking: Booking, typed: str, now: dt.datetime) -> Used:
    card = gift_card_by_code(typed)
    if card is None:
        raise CodeRefused(N_("We do not know this code. Please check it letter by letter."))
    if not actor.is_signed_in:
        raise CodeRefused(N_("This is a gift card. Please sign in first: its money goes into your wallet."))
    if card.currency != booking.currency:
        raise CodeRefused(
            N_("This gift card is in %(theirs)s, and this booking is in %(ours)s. It fills your wallet at /wallet."),
            theirs=card.currency,
            ours=booking.currency,
        )
    return Used(is_coupon=False, amount=redeem_gift_card(actor, typed, now=now).amount)


def _customer(actor: Actor, booking: Booking, email: str) -> str:
    user_id = booking.customer_id or actor.user_id
    return f"user:{user_id}" if user_id else email


def _discount(booking: Booking) -> Money:
    off = [line for line in _lines(booking) if line.kind == LineKind.DISCOUNT and line.unit != Unit.WAIVED]
    return -total((Money(line.subtotal_minor, booking.currency) for line in off), booking.currency)


def _price_anew(booking: Booking, coupon: Coupon | None, now: dt.datetime) -> None:
    """The same lines with another coupon, or none; the tax and the deposit are those that were agreed at the hold."""
    lines = _lines(booking)
    sold = [_line(line, booking.currency) for line in lines if line.kind not in _AFTER_THE_PRICE]
    quote = Quote(tuple(sold), total((line.subtotal for line in sold), booking.currency))
    priced = finished(quote, coupon, rate_of(booking.tax))
    position = max(line.position for line in lines) + 1
    for gone in lines:
        if gone.kind in _AFTER_THE_PRICE:
            db.session.delete(gone)
    for offset, line in enumerate(priced.lines[len(sold) :]):
        db.session.add(
            BookingLine(
                booking_id=booking.id,
                position=position + offset,
                kind=line.kind.value,
                label=line.label,
                unit=line.unit.value,
                quantity=line.quantity,
                unit_price_minor=line.unit_price.minor,
                subtotal_minor=line.subtotal.minor,
            )
        )
    booking.total_minor = priced.total.minor
    booking.tax = frozen_tax(priced.tax)
    for name, value in due_columns(priced.total, booking.terms, booking.starts_at, now).items():
        setattr(booking, name, value)
    db.session.flush()


def _lines(booking: Booking) -> list[BookingLine]:
    wanted = select(BookingLine).where(BookingLine.booking_id == booking.id).order_by(BookingLine.position)
    return list(db.session.scalars(wanted))


def _line(row: BookingLine, currency: str) -> Line:
    return Line(
        LineKind(row.kind),
        row.label,
        Unit(row.unit),
        row.quantity,
        Money(row.unit_price_minor, currency),
        Money(row.subtotal_minor, currency),
        row.addon_id,
    )
