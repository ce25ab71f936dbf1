"""/desk/bookings/<ref>: a booking's whole story on one page, and what those who serve it may do about it now."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Any

from flask import Response, flash, url_for
from flask_babel import gettext as _

from bookapp.booking import actions
from bookapp.booking.desk_views import telling
from bookapp.booking.desk_views.area import blueprint
from bookapp.booking.forms import GoodwillForm, RefundAgainForm, TakenForm
from bookapp.booking.messages.summary import summary_of
from bookapp.booking.models import Booking
from bookapp.booking.policy import goodwill_left, is_override, may_serve
from bookapp.booking.queries.desk import booking_at_desk
from bookapp.booking.queries.destinations import TO_ORIGINAL
from bookapp.booking.queries.resting import rest_of
from bookapp.booking.queries.story import BookingStory, refund_of_booking, story
from bookapp.booking.rules import can_move
from bookapp.booking.rules.attendance import Attendance, can_mark
from bookapp.booking.states import BookingState
from bookapp.crm.queries.inbox import calls_about
from bookapp.identity.actor import Actor
from bookapp.infra import clock
from bookapp.payments import actions as payments
from bookapp.payments.models import MoneyCase, Refund
from bookapp.payments.policy import Decision, decisions
from bookapp.payments.queries import balance, cases_about, papers_of
from bookapp.payments.states import GATEWAY_NAMES, told_state
from bookapp.values.errors import NotAllowed, NotFound, NotPossibleNow, NotValid
from bookapp.values.money import Money
from bookapp.web import filters
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor

_OVER = (BookingState.COMPLETED, BookingState.NO_SHOW)


@dataclass(frozen=True, slots=True)
class Forms:
    """The forms of the page; the one that was refused is the one that was sent."""

    goodwill: GoodwillForm
    taken: TakenForm
    again: RefundAgainForm


@blueprint.get("/desk/bookings/<ref>")
def show_booking(ref: str) -> Response:
    """What it is, who for, what was paid and given back, what was said to whom, and everything that happened."""
    return _page(_served(ref))


@blueprint.post("/desk/bookings/<ref>/goodwill")
def give_goodwill(ref: str) -> Response:
    """Give part of what was paid back, with a reason."""
    booking = _served(ref)
    form = GoodwillForm(booking.currency)
    if not form.validate():
        return _page(booking, goodwill=form, status=422)
    try:
        goes = actions.give_goodwill(
            current_actor(),
            booking.ref,
            form.money,
            reason=form.reason.data,
            key=form.idempotency_key.data,
            now=clock.now(),
            to=form.to.data,
        )
    except NotValid as refusal:
        form.refuse(refusal)
        return _page(_served(ref), goodwill=form, status=refusal.status)
    flash(_("%(amount)s is on its way to %(name)s.", amount=filters.money(goes.whole), name=booking.name))
    return _back(booking)


@blueprint.post("/desk/bookings/<ref>/payment")
def take_payment(ref: str) -> Response:
    """What is still open was paid at the counter."""
    booking, form = _served(ref), TakenForm()
    if not form.validate():
        return _page(booking, taken=form, status=422)
    try:
        payment = actions.take_payment_at_venue(
            current_actor(), ref, now=clock.now(), key=form.idempotency_key.data, reason=form.reason.data or ""
        )
    except NotValid as refusal:
        form.refuse(refusal)
        return _page(_served(ref), taken=form, status=refusal.status)
    except NotPossibleNow as refusal:
        return _page(_served(ref), refused=_(refusal.sentence, **refusal.params), status=refusal.status)
    flash(_("%(amount)s is noted as paid here.", amount=filters.money_short(payment.amount)))
    return _back(booking)


@blueprint.post("/desk/bookings/<ref>/refunds/<int:refund_id>/retry")
def send_refund_again(ref: str, refund_id: int) -> Response:
    """A refund that failed goes on its way once more; its case closes with that."""
    booking, form = _served(ref), RefundAgainForm()
    refund = refund_of_booking(booking.ref, refund_id)
    if refund is None:
        raise NotFound
    case = next((one for one in cases_about(booking.ref) if one.subject == f"refund:{refund_id}"), None)
    if case is None or not _may_send_again(current_actor(), case, refund):
        raise NotAllowed
    if not form.validate():
        return _page(booking, again=form, status=422)
    try:
        payments.decide(
            current_actor(), case.id, Decision.RETRY, note=form.note.data or "", key=form.idempotency_key.data,
            now=clock.now(),
        )  # fmt: skip
    except NotPossibleNow as refusal:
        return _page(_served(ref), refused=_(refusal.sentence, **refusal.params), status=refusal.status)
    flash(_("The refund of %(amount)s is sent again.", amount=filters.money(refund.amount)))
    return _back(booking)


def _may_send_again(actor: Actor, case: MoneyCase, refund: Refund) -> bool:
    """Whose case it is; one that was decided meanwhile is for the action to refuse."""
    return Decision.RETRY in decisions(actor, case, refund) or case.closed_at is not None


def _served(ref: str) -> Booking:
    booking = booking_at_desk(ref)
    if not may_serve(current_actor(), booking):
        raise NotFound
    return booking


def _back(booking: Booking) -> Response:
    return redirect_to(url_for("booking_desk.show_booking", ref=booking.ref))


def _page(booking: Booking, *, refused: str = "", status: int = 200, **sent: Any) -> Response:
    actor, now, told = current_actor(), clock.now(), story(booking)
    to = (told.customer.refund_to if told.customer else None) or TO_ORIGINAL
    forms = Forms(
        GoodwillForm(booking.currency, formdata=None, to=to), TakenForm(formdata=None), RefundAgainForm(formdata=None)
    )
    return page(
        "booking/desk/bookings/show.html",
        status=status,
        booking=booking,
        told=summary_of(booking),
        state=BookingState(booking.state),
        money=balance(booking.ref, booking.currency),
        story=told,
        told_state=told_state,
        gateway_names=GATEWAY_NAMES,
        papers=papers_of(booking.ref),
        payments=told.payments,
        again=_sent_again(actor, told),
        disputes=[(one, Money(one.amount_minor, one.currency)) for one in told.disputes],
        changes=telling.changes(told),
        sent=telling.sent(told, calls_about(booking.id)),
        acts=telling.acts(told),
        may=_may(actor, booking, now),
        attendance=Attendance,
        forms=replace(forms, **sent),
        is_override=is_override(actor, booking),
        most=goodwill_left(actor, booking),
        refused=refused,
    )


def _sent_again(actor: Actor, told: BookingStory) -> dict[int, MoneyCase]:
    """The refunds that failed and may be sent again here, by id, each with its case."""
    return {
        refund.id: case
        for payment in told.payments
        for refund in payment.refunds
        if (case := told.open_case(refund)) is not None and Decision.RETRY in decisions(actor, case, refund)
    }


def _may(actor: Actor, booking: Booking, now: dt.datetime) -> dict[str, Any]:
    """What is possible now for whoever serves it."""
    stands = booking.state == BookingState.CONFIRMED
    return {
        "move": can_move(state=booking.state, starts_at=booking.starts_at, until_hours=0, now=now, by_merchant=True),
        "part": stands and now < booking.starts_at,
        "cancel": booking.state == BookingState.PENDING or (stands and now < booking.ends_at),
        "mark": can_mark(
            state=booking.state, starts_at=booking.starts_at, ends_at=booking.ends_at, zone=booking.zone, now=now
        ),
        "write": stands and now < booking.ends_at and bool(booking.email),
        "correct": booking.state in _OVER,
        "rest": rest_of(booking),
    }
