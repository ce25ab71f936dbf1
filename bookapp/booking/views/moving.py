"""Moving one's own booking: choose a time, see what it comes to, and the one button."""

from __future__ import annotations

import datetime as dt

from flask import Response, flash, request, url_for
from flask_babel import gettext as _

from bookapp.booking import actions, queries
from bookapp.booking.errors import MoveLapsed, NotBookable, SessionFull, SlotTaken
from bookapp.booking.forms import MoveForm, new_time_from
from bookapp.booking.messages.summary import summary_of
from bookapp.booking.models import Booking
from bookapp.booking.policy import is_override, may_choose_wallet, may_move
from bookapp.booking.queries.changes import is_waiting, move_offer, pending_change
from bookapp.booking.queries.destinations import TO_ORIGINAL, both_destinations
from bookapp.booking.queries.steps import steps_after_move
from bookapp.booking.rules import NewTime, can_move
from bookapp.booking.views.area import blueprint
from bookapp.booking.views.paying import offer_gateways, wallet_for
from bookapp.booking.views.times import difference_words, times_for
from bookapp.booking.views.whose import Whose, whose
from bookapp.catalog.queries.places import is_listed
from bookapp.infra import clock
from bookapp.infra.limits import BOOKINGS, limiter
from bookapp.payments.actions import open_at_provider
from bookapp.values.errors import Alternative, NotValid, Refusal
from bookapp.values.timespan import Span
from bookapp.web import filters
from bookapp.web.errors import of_refusal
from bookapp.web.forms import Query
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor

_FEW = 3


@blueprint.get("/bookings/<ref>/move")
def choose_time(ref: str) -> Response:
    """Where it could go instead, with the price difference on each time."""
    now, who = clock.now(), whose(ref)
    booking = who.booking
    waiting = _waits(booking, now)
    possible = not waiting and is_movable(booking, now, by_merchant=who.by_merchant)
    return page(
        "booking/moving/choose.html",
        "main",
        booking=booking,
        home=who.home,
        told=summary_of(booking),
        times=times_for(booking, Query(request.args), now=now, by_merchant=who.by_merchant) if possible else None,
        until=move_until(booking),
        waiting=waiting,
        is_listed=is_listed(booking.merchant_id),
    )


@blueprint.get("/bookings/<ref>/move/to")
def ask_move(ref: str) -> Response:
    """Old and new side by side, what is to be paid or comes back, and the terms from then on."""
    now, who = clock.now(), whose(ref)
    if _waits(who.booking, now) or not is_movable(who.booking, now, by_merchant=who.by_merchant):
        return redirect_to(url_for("booking.choose_time", ref=who.booking.ref))
    return _page(who, new_time_from(request.args), MoveForm(formdata=None))


@blueprint.post("/bookings/<ref>/move/to")
@limiter.limit(BOOKINGS)
def move(ref: str) -> Response:
    """Move it, or hold the dearer time and lead to the payment page."""
    actor, now, who = current_actor(), clock.now(), whose(ref)
    booking = who.booking
    form, to = MoveForm(), new_time_from(request.form)
    offer_gateways(form, booking)
    form.validate()
    try:
        change = actions.move(
            actor,
            ref,
            to,
            now=now,
            key=form.idempotency_key.data,
            version=form.version,
            shown_minor=form.shown_minor,
            refund_to=form.refund_to.data if may_choose_wallet(actor, booking) else TO_ORIGINAL,
            reason=form.reason.data or "",
        )
    except Refusal as refusal:
        return _refused(ref, to, form, refusal)
    if change.state == "done":
        flash(_("It is moved. The confirmation is on its way to %(email)s.", email=booking.email))
        return redirect_to(who.home)
    return _to_payment(ref, form, now)


@blueprint.post("/bookings/<ref>/move/payment")
def pay_move(ref: str) -> Response:
    """Pay for a move that waits: from the booking's page."""
    booking = queries.by_ref(ref, visible_to_actor=current_actor())
    form = MoveForm()
    offer_gateways(form, booking)
    return _to_payment(ref, form, clock.now())


@blueprint.post("/bookings/<ref>/move/release")
def let_go_of_move(ref: str) -> Response:
    """Stay where it is; whoever serves the booking may say so for its customer."""
    home = whose(ref).home
    actions.let_go_of_move(current_actor(), ref, now=clock.now())
    flash(_("The new time is let go. The booking stays where it was."))
    return redirect_to(home)


def is_movable(booking: Booking, now: dt.datetime, *, by_merchant: bool = False) -> bool:
    """Whether whoever looks at it may move it now, unless a move waits for its payment.

    A house that is not listed serves what is booked, and has no other times to give.
    """
    return (
        (by_merchant or may_move(current_actor(), booking))
        and can_move(
            state=booking.state,
            starts_at=booking.starts_at,
            terms_start=booking.terms_start,
            until_hours=booking.terms["move_until_hours"],
            now=now,
            by_merchant=by_merchant,
        )
        and is_listed(booking.merchant_id)
    )


def move_until(booking: Booking) -> dt.datetime:
    """The last instant at which its customer may move it."""
    return min(booking.starts_at, booking.terms_start - dt.timedelta(hours=booking.terms["move_until_hours"]))


def _waits(booking: Booking, now: dt.datetime) -> bool:
    change = pending_change(booking)
    return change is not None and is_waiting(change, now)


def _to_payment(ref: str, form: MoveForm, now: dt.datetime) -> Response:
    home = url_for("booking.show", ref=ref)
    try:
        payment = actions.begin_move_payment(
            current_actor(), ref, gateway_name=form.gateway_name, now=now, wallet=form.wallet.data
        )
    except MoveLapsed:
        # Paid meanwhile, or over: the second click, or the way back. The booking's page knows.
        return redirect_to(home)
    return redirect_to(open_at_provider(payment.id, now=now) if payment else home)


def _refused(ref: str, to: NewTime, form: MoveForm, refusal: Refusal) -> Response:
    who = whose(ref)
    booking = who.booking
    if isinstance(refusal, NotValid) and refusal.fields.keys() <= {"reason"}:
        form.refuse(refusal)
    if isinstance(refusal, (SlotTaken, SessionFull, NotBookable)):
        refusal.alternatives = _nearest(who, to)
    if not is_movable(booking, clock.now(), by_merchant=who.by_merchant):
        raise refusal
    return _page(who, to, form, refusal)


def _nearest(who: Whose, to: NewTime) -> tuple[Alternative, ...]:
    """Up to three other times to move to, of the week that was asked for."""
    times = times_for(who.booking, Query(request.form), now=clock.now(), by_merchant=who.by_merchant)
    if times.sessions:
        return tuple(Alternative(other.href, other.when) for other in times.sessions[:_FEW])
    slots = [(slot["href"], f"{day.title}, {slot['words']}") for day in times.days for slot in day.slots]
    wanted = filters.time(to.start, times.zone) if to.start else ""
    slots.sort(key=lambda slot: not slot[1].endswith(wanted))
    return tuple(Alternative(href, words) for href, words in slots[:_FEW])


def _page(who: Whose, to: NewTime, form: MoveForm, refusal: Refusal | None = None) -> Response:
    actor, now, booking = current_actor(), clock.now(), who.booking
    offer_gateways(form, booking)
    problem = of_refusal(refusal) if refusal else None
    offer = move_offer(booking, to, now=now, by_merchant=who.by_merchant)
    settled, columns = offer.settlement, offer.plan.columns
    as_paid, to_wallet = both_destinations(booking, settled.back)
    return page(
        "booking/moving/confirm.html",
        "main",
        status=problem.status if problem else 200,
        **who.facts,
        is_override=is_override(actor, booking),
        form=form,
        problem=problem,
        offer=offer,
        settled=settled,
        columns=columns,
        span=Span(columns["starts_at"], columns["ends_at"]),
        difference=difference_words(settled.difference),
        fields=[
            (name, request.values[name])
            for name in ("room", "person", "session", "start", "end")
            if request.values.get(name)
        ],
        seen=f"{booking.version}:{settled.difference.minor}",
        wallet=wallet_for(actor, booking, offer.pay_now),
        as_paid=as_paid,
        to_wallet=to_wallet,
        can_choose=bool(as_paid.original) and may_choose_wallet(actor, booking),
        steps=steps_after_move(booking, offer, now, by_merchant=who.by_merchant),
    )
