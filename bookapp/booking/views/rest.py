"""Paying what a deposit left open: the page behind the one link in the mails."""

from __future__ import annotations

from flask import Response, url_for

from bookapp.booking import actions, queries
from bookapp.booking.errors import NothingOpen
from bookapp.booking.forms import PayForm
from bookapp.booking.messages.summary import summary_of
from bookapp.booking.models import Booking
from bookapp.booking.policy import may_pay
from bookapp.booking.queries.resting import rest_of
from bookapp.booking.views.area import blueprint
from bookapp.booking.views.links import remember
from bookapp.booking.views.paying import offer_gateways, wallet_for
from bookapp.infra import clock
from bookapp.payments.actions import open_at_provider
from bookapp.payments.queries import balance, open_payment
from bookapp.values.errors import Refusal
from bookapp.web.errors import of_refusal
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor


@blueprint.get("/manage/<token>/rest")
def manage_rest(token: str) -> Response:
    """The link in a mail: who holds it pays without an account."""
    return remember(token, "booking.show_rest")


@blueprint.get("/bookings/<ref>/rest")
def show_rest(ref: str) -> Response:
    """What is open, until when, and how to pay it. Nothing open: the booking itself."""
    actor = current_actor()
    booking = queries.by_ref(ref, visible_to_actor=actor)
    if not may_pay(actor, booking) or not rest_of(booking):
        return redirect_to(url_for("booking.show", ref=booking.ref))
    return _page(booking, PayForm(formdata=None))


@blueprint.post("/bookings/<ref>/rest")
def pay_rest(ref: str) -> Response:
    """Lead to the payment page; what the wallet pays is paid at once."""
    actor, now = current_actor(), clock.now()
    booking = queries.by_ref(ref, visible_to_actor=actor)
    form = PayForm()
    offer_gateways(form, booking)
    try:
        payment = actions.begin_rest(actor, ref, gateway_name=form.gateway_name, now=now, wallet=form.wallet.data)
        url = open_at_provider(payment.id, now=now) if payment else url_for("booking.show", ref=booking.ref)
    except NothingOpen:
        # Paid meanwhile: the second click, or another tab.
        return redirect_to(url_for("booking.show", ref=booking.ref))
    except Refusal as refusal:
        return _page(queries.by_ref(ref, visible_to_actor=actor), form, refusal)
    return redirect_to(url)


def _page(booking: Booking, form: PayForm, refusal: Refusal | None = None) -> Response:
    offer_gateways(form, booking)
    problem = of_refusal(refusal) if refusal else None
    rest = rest_of(booking)
    assert booking.rest_due_at is not None
    return page(
        "booking/rest/show.html",
        "main",
        status=problem.status if problem else 200,
        booking=booking,
        told=summary_of(booking),
        rest=rest,
        paid=balance(booking.ref, booking.currency).kept,
        overdue=booking.rest_due_at <= clock.now(),
        form=form,
        wallet=wallet_for(current_actor(), booking, rest),
        paying=open_payment(booking.ref, "rest") is not None,
        problem=problem,
    )
