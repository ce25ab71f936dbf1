"""Checkout: one page from the held place to the payment. You, details, pay."""

from __future__ import annotations

import datetime as dt

from flask import Response, flash, request, url_for
from flask_babel import gettext as _

from bookapp.booking import actions, queries
from bookapp.booking.errors import HoldOver
from bookapp.booking.forms import DetailsForm
from bookapp.booking.messages.summary import summary_of
from bookapp.booking.models import Booking
from bookapp.booking.policy import may_pay
from bookapp.booking.states import BookingState
from bookapp.booking.views.area import blueprint
from bookapp.infra import clock
from bookapp.payments.actions import open_at_provider
from bookapp.payments.queries import payments_of
from bookapp.values.errors import NotValid, Refusal
from bookapp.web.errors import of_refusal
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor

# The one gateway of this slice; merchants choose theirs with the money issue.
_GATEWAY = "sandbox"


@blueprint.get("/checkout/<ref>")
def show_checkout(ref: str) -> Response:
    """What is held, for how long, and the form to make it yours."""
    booking = queries.by_ref(ref, visible_to_actor=current_actor())
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
    booking = queries.by_ref(ref, visible_to_actor=actor)
    form = DetailsForm()
    if not form.validate():
        return _page(booking, form, status=422)
    try:
        payment = actions.check_out(actor, ref, form.details, gateway_name=_GATEWAY, now=now)
        url = open_at_provider(payment.id, now=now) if payment else url_for("booking.show_confirmed", ref=ref)
    except HoldOver:
        # Perhaps because it is paid already: the second click, or the way back. The page knows.
        return show_checkout(ref)
    except NotValid as refusal:
        form.refuse(refusal)
        return _page(queries.by_ref(ref, visible_to_actor=actor), form, status=refusal.status)
    except Refusal as refusal:
        return _page(queries.by_ref(ref, visible_to_actor=actor), form, refusal=refusal)
    return redirect_to(url)


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


def _page(booking: Booking, form: DetailsForm, *, refusal: Refusal | None = None, status: int = 200) -> Response:
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
        problem=problem,
        declined=bool(payments) and payments[-1].state == "failed" and request.method == "GET",
        paying=booking.paying_until is not None,
        until=until,
        left=_clock(until - now),
        can_extend=not booking.hold_extended and booking.paying_until is None,
    )


def _form(booking: Booking) -> DetailsForm:
    companions = [person for person in booking.participants if person.role == "participant"]
    lines = "\n".join(f"{one.name}, {one.email}" if one.email else one.name for one in companions)
    return DetailsForm(
        formdata=None,
        name=booking.name,
        email=booking.email,
        phone=booking.phone,
        notes=booking.notes,
        companions=lines,
    )


def _is_live(booking: Booking, now: dt.datetime) -> bool:
    if booking.state != BookingState.PENDING:
        return False
    return booking.paying_until is not None or (booking.hold_expires_at is not None and now < booking.hold_expires_at)


def _over(booking: Booking) -> Response:
    return page("booking/checkout/over.html", status=409, booking=booking, told=summary_of(booking))


def _clock(left: dt.timedelta) -> str:
    minutes, seconds = divmod(max(0, int(left.total_seconds())), 60)
    return f"{minutes}:{seconds:02}"
