"""/check-in/<ref>: where the code on a booking leads. Who serves it checks in with one tap; everybody else is led on.

Whoever has no business at the door learns nothing here, not even whether there is such a booking: they are sent to the
booking's own page, where the usual rules decide.
"""

from __future__ import annotations

from flask import Response, flash, request
from flask_babel import gettext as _

from bookapp.booking import actions
from bookapp.booking.forms import TakenForm
from bookapp.booking.messages.summary import summary_of
from bookapp.booking.models import Booking
from bookapp.booking.policy import is_override, may_serve
from bookapp.booking.queries.desk import booking_at_desk
from bookapp.booking.queries.resting import rest_of
from bookapp.booking.rules.attendance import Attendance, can_mark
from bookapp.booking.states import BookingState
from bookapp.crm.views.area import blueprint, desk
from bookapp.infra import clock
from bookapp.values.errors import NotFound, NotPossibleNow, NotValid
from bookapp.web import filters
from bookapp.web.forms import Query
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor

_CAME = (Attendance.ARRIVED, Attendance.LATE)
_LONGEST_REF = 20


@blueprint.get("/check-in/<ref>")
def show_check_in(ref: str) -> Response:
    """One tap for those who serve it."""
    booking = _served(ref)
    if booking is None:
        return redirect_to(f"/bookings/{ref}")
    return _page(booking)


@desk.get("/desk/check-in")
def find_ref() -> Response:
    """A code that was typed in (?ref=B7K2QF)."""
    query = Query(request.args)
    ref = query.text("ref", longest=_LONGEST_REF).replace(" ", "").upper()
    if ref and _served(ref) is not None:
        return redirect_to(f"/check-in/{ref}")
    error = _("No booking of yours has this code. Please look at it again.") if ref or query.errors else ""
    return page("crm/desk/check_in/find.html", ref=ref, error=error, status=422 if error else 200)


@desk.post("/desk/check-in/<ref>")
def check_in(ref: str) -> Response:
    """Everybody on it has arrived."""
    booking = _own(ref)
    try:
        actions.check_in(current_actor(), ref, now=clock.now())
    except NotPossibleNow as refusal:
        return _page(booking, refused=_(refusal.sentence, **refusal.params), status=refusal.status)
    flash(_("%(name)s is checked in.", name=booking.name or booking.ref))
    return redirect_to(f"/check-in/{booking.ref}")


@desk.post("/desk/check-in/<ref>/payment")
def take_payment(ref: str) -> Response:
    """What is still open was paid at the counter."""
    booking, form = _own(ref), TakenForm()
    if not form.validate():
        return _page(booking, taken=form, status=422)
    try:
        payment = actions.take_payment_at_venue(
            current_actor(), ref, now=clock.now(), key=form.idempotency_key.data, reason=form.reason.data or ""
        )
    except NotValid as refusal:
        form.refuse(refusal)
        return _page(booking, taken=form, status=refusal.status)
    except NotPossibleNow as refusal:
        return _page(booking, refused=_(refusal.sentence, **refusal.params), status=refusal.status)
    flash(_("%(amount)s is noted as paid here.", amount=filters.money_short(payment.amount)))
    return redirect_to(f"/check-in/{booking.ref}")


def _served(ref: str) -> Booking | None:
    """The booking, for somebody who serves it."""
    actor = current_actor()
    if not actor.is_signed_in or not (actor.grants or actor.is_admin):
        return None
    try:
        booking = booking_at_desk(ref)
    except NotFound:
        return None
    return booking if may_serve(actor, booking) else None


def _own(ref: str) -> Booking:
    booking = _served(ref)
    if booking is None:
        raise NotFound
    return booking


def _page(booking: Booking, *, refused: str = "", taken: TakenForm | None = None, status: int = 200) -> Response:
    now = clock.now()
    rest = rest_of(booking)
    here = [one for one in booking.participants if one.attendance in _CAME]
    return page(
        "crm/desk/check_in/show.html",
        status=status,
        booking=booking,
        told=summary_of(booking),
        state=BookingState(booking.state),
        is_in=bool(booking.participants) and len(here) == len(booking.participants),
        here=len(here),
        can_mark=can_mark(
            state=booking.state, starts_at=booking.starts_at, ends_at=booking.ends_at, zone=booking.zone, now=now
        ),
        rest=filters.money_short(rest) if rest else "",
        taken=taken or TakenForm(formdata=None),
        is_override=is_override(current_actor(), booking),
        refused=refused,
        roster=f"/desk/sessions/{booking.session_id}/roster" if booking.session_id else "/desk/day",
    )
