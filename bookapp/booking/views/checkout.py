"""Checkout: one page from the held place to the payment. You, details, pay."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from flask import Response, flash, request, url_for
from flask_babel import gettext as _
from flask_limiter import RateLimitExceeded

from bookapp.booking import actions, queries
from bookapp.booking.errors import HoldOver
from bookapp.booking.forms import CheckoutForm
from bookapp.booking.messages.summary import summary_of
from bookapp.booking.models import Booking
from bookapp.booking.policy import may_pay
from bookapp.booking.states import BookingState
from bookapp.booking.views.area import blueprint
from bookapp.booking.views.paying import offer_gateways, wallet_for
from bookapp.catalog.forms import AnswersInput
from bookapp.catalog.queries.managed import questions_of
from bookapp.identity.rules import email_address
from bookapp.infra import clock
from bookapp.infra.limits import CODES, CODES_SCOPE, limiter
from bookapp.payments.actions import open_at_provider
from bookapp.payments.queries import payments_of
from bookapp.pricing.queries import coupon_by_id
from bookapp.values.errors import NotValid, Refusal, TooFast
from bookapp.values.words import N_
from bookapp.web import filters
from bookapp.web.errors import of_refusal
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor

_TOO_MANY_CODES = N_("These were many codes in a short time. Please wait a minute, then try again.")


@blueprint.get("/checkout/<ref>")
def show_checkout(ref: str) -> Response:
    """What is held, for how long, and the form to make it yours."""
    booking = queries.glance(ref, visible_to_actor=current_actor())
    if booking.state in (BookingState.CONFIRMED, BookingState.COMPLETED):
        return redirect_to(url_for("booking.show_confirmed", ref=booking.ref))
    if not may_pay(current_actor(), booking):
        return redirect_to(url_for("booking.show", ref=booking.ref))
    if not _is_live(booking, clock.now()):
        return _over(booking)
    return _page(booking, _form(booking))


@blueprint.post("/checkout/<ref>")
def pay(ref: str) -> Response:
    """Note the details and lead to the payment page, or confirm at once what costs nothing."""
    actor, now = current_actor(), clock.now()
    booking = queries.glance(ref, visible_to_actor=actor)
    form = CheckoutForm()
    offer_gateways(form, booking)
    if form.code.data:
        # Typed and not used yet. Nobody pays before they have seen what it comes to with it.
        return _use(booking, form)
    asked = _asked(booking)
    # Both, so that everything that is missing is said at once.
    if not all([form.validate(), asked.check()]):
        return _page(booking, form, asked=asked, status=422)
    details = replace(form.details, answers=asked.given)
    try:
        payment = actions.check_out(
            actor, ref, details, gateway_name=form.gateway_name, now=now, wallet=form.wallet.data
        )
        url = open_at_provider(payment.id, now=now) if payment else url_for("booking.show_confirmed", ref=ref)
    except HoldOver:
        # Perhaps because it is paid already: the second click, or the way back. The page knows.
        return show_checkout(ref)
    except Refusal as refusal:
        return _refused(ref, form, refusal)
    return redirect_to(url)


@blueprint.post("/checkout/<ref>/code")
def use_code(ref: str) -> Response:
    """Use a coupon or a gift card; what was typed elsewhere on the page stays."""
    booking = queries.glance(ref, visible_to_actor=current_actor())
    form = CheckoutForm()
    offer_gateways(form, booking)
    if not form.code.data:
        form.code.errors = [_("Please type the code first.")]
        return _page(booking, form, status=422)
    return _use(booking, form)


@blueprint.post("/checkout/<ref>/code/removal")
def drop_code(ref: str) -> Response:
    """Take the coupon off again; what was typed elsewhere on the page stays."""
    actor = current_actor()
    booking = queries.glance(ref, visible_to_actor=actor)
    form = CheckoutForm()
    offer_gateways(form, booking)
    try:
        actions.drop_code(actor, ref, now=clock.now())
    except HoldOver:
        return show_checkout(ref)
    except Refusal as refusal:
        return _refused(ref, form, refusal)
    form.code.data = ""
    return _page(queries.glance(ref, visible_to_actor=actor), form, said=_("The coupon is taken off again."))


@blueprint.get("/checkout/<ref>/code")
@blueprint.get("/checkout/<ref>/code/removal")
def back_from_code(ref: str) -> Response:
    """Whoever opens the address of an answer about a code again is led to the checkout."""
    return redirect_to(url_for("booking.show_checkout", ref=ref))


@blueprint.post("/checkout/<ref>/extension")
def extend(ref: str) -> Response:
    """Ten more minutes, once."""
    booking = actions.extend(current_actor(), ref, now=clock.now())
    return redirect_to(url_for("booking.show_checkout", ref=booking.ref))


@blueprint.post("/checkout/<ref>/release")
def let_go(ref: str) -> Response:
    """Give the place back."""
    booking = actions.let_go(current_actor(), ref, now=clock.now())
    flash(_("%(title)s is free again. Nothing was charged.", title=booking.title))
    return redirect_to("/search")


def _use(booking: Booking, form: CheckoutForm) -> Response:
    """Use the typed code, counted against guessing, and show what it comes to."""
    actor, ref = current_actor(), booking.ref
    email = email_address(form.email.data or "") or ""
    try:
        with limiter.shared_limit(CODES, scope=CODES_SCOPE):
            used = actions.use_code(actor, ref, form.code.data or "", email=email, now=clock.now())
    except RateLimitExceeded:
        return _refused(ref, form, TooFast(_TOO_MANY_CODES))
    except HoldOver:
        return show_checkout(ref)
    except Refusal as refusal:
        return _refused(ref, form, refusal)
    amount = filters.money(used.amount)
    if used.is_coupon:
        said = _("The coupon takes %(amount)s off.", amount=amount)
    else:
        form.wallet.data = True
        said = _("%(amount)s from the gift card are in your wallet now, and ready to pay with.", amount=amount)
    form.code.data = ""
    return _page(queries.glance(ref, visible_to_actor=actor), form, said=said)


def _refused(ref: str, form: CheckoutForm, refusal: Refusal) -> Response:
    """The page as it was sent, with the refusal at its field or above everything."""
    booking = queries.glance(ref, visible_to_actor=current_actor())
    if not isinstance(refusal, NotValid):
        return _page(booking, form, refusal=refusal)
    asked = _asked(booking)
    for name, words in of_refusal(refusal).fields.items():
        if name.startswith("question-"):
            asked.errors[name] = words
            continue
        field = form[name if name in form else "name"]
        field.errors = [*field.errors, words]
    return _page(booking, form, asked=asked, status=refusal.status)


def _page(
    booking: Booking, form: CheckoutForm, *, asked: AnswersInput | None = None, refusal: Refusal | None = None,
    said: str = "", status: int = 200,
) -> Response:  # fmt: skip
    now = clock.now()
    problem = of_refusal(refusal) if refusal else None
    payments = payments_of(booking.ref)
    until = max(filter(None, (booking.hold_expires_at, booking.paying_until)), default=now)
    return page(
        "booking/checkout/show.html",
        "main",
        status=problem.status if problem else status,
        booking=booking,
        told=summary_of(booking),
        form=form,
        asked=asked or _asked(booking),
        coupon=coupon_by_id(booking.coupon_id) if booking.coupon_id else None,
        wallet=wallet_for(current_actor(), booking, booking.due_now),
        said=said,
        problem=problem,
        declined=bool(payments) and payments[-1].state == "failed" and request.method == "GET",
        paying=booking.paying_until is not None,
        until=until,
        left=_clock(until - now),
        can_extend=not booking.hold_extended and booking.paying_until is None,
    )


def _asked(booking: Booking) -> AnswersInput:
    """What its service asks, with what was typed, or before that with what was answered the last time."""
    questions = questions_of(booking.service_id)
    if request.method == "POST":
        return AnswersInput.read(questions, request.form)
    return AnswersInput.of(questions, booking.answers)


def _form(booking: Booking) -> CheckoutForm:
    companions = queries.companions_of(booking) if booking.people > 1 else []
    lines = "\n".join(f"{name}, {email}" if email else name for name, email in companions)
    form = CheckoutForm(
        formdata=None,
        name=booking.name,
        email=booking.email,
        phone=booking.phone,
        postal_address=booking.postal_address,
        notes=booking.notes,
        companions=lines,
    )
    offer_gateways(form, booking)
    return form


def _is_live(booking: Booking, now: dt.datetime) -> bool:
    if booking.state != BookingState.PENDING:
        return False
    return booking.paying_until is not None or (booking.hold_expires_at is not None and now < booking.hold_expires_at)


def _over(booking: Booking) -> Response:
    return page("booking/checkout/over.html", status=409, booking=booking, told=summary_of(booking))


def _clock(left: dt.timedelta) -> str:
    minutes, seconds = divmod(max(0, int(left.total_seconds())), 60)
    return f"{minutes}:{seconds:02}"
