"""Moving a booking from the calendar: dragged, carried by keys or typed, it comes to one page that says what it is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Response, flash, request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from bookapp.booking import actions
from bookapp.booking.desk_views.area import blueprint
from bookapp.booking.desk_views.calendar_booking import SAY_WHY, home_of, served
from bookapp.booking.errors import AlreadyThere, ChangedMeanwhile, PriceChanged, SlotTaken, TooLateToMove
from bookapp.booking.forms.calendar import CUSTOMER, HOUSE, DeskChangeForm, asked_time
from bookapp.booking.messages.summary import summary_of
from bookapp.booking.models import Booking
from bookapp.booking.policy import is_override
from bookapp.booking.queries import calendar as calendars
from bookapp.booking.queries.alternatives import other_wishes
from bookapp.booking.queries.changes import MoveOffer, agreed_lines, is_waiting, move_offer, pending_change, wish_for
from bookapp.booking.rules import AppointmentWish, NewTime, RoomWish, can_move
from bookapp.booking.states import BookingKind
from bookapp.catalog.models import Venue
from bookapp.infra import clock
from bookapp.infra.db import db
from bookapp.scheduling.rules import Reason, typed
from bookapp.values.errors import Alternative, NotFound, NotPossibleNow, NotValid, Refusal
from bookapp.values.money import Money
from bookapp.values.timespan import Span, wall
from bookapp.values.words import N_
from bookapp.web import filters
from bookapp.web.errors import of_refusal
from bookapp.web.forms import Query
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor

_LARGEST_ID = 2**53
_OVERRULE = N_("%(rule)s. To move it there all the same, please say why.")


@dataclass(frozen=True, slots=True)
class Aim:
    """Where it is to go, as far as that can be read; what came in between stands in `refusal`."""

    to: NewTime | None = None
    offer: MoveOffer | None = None
    asked: MoveOffer | None = None
    overruled: Reason | None = None
    refusal: Refusal | None = None


@blueprint.get("/desk/calendar/bookings/<ref>/move")
def aim_at(ref: str) -> Response:
    """A choice of room, day and time; once they are given, what moving there comes to."""
    booking = served(ref)
    aim = _aim(booking, request.args) if request.args.get("from") else Aim()
    return _page(booking, request.args, aim, DeskChangeForm(formdata=None, by=HOUSE))


@blueprint.post("/desk/calendar/bookings/<ref>/move")
def move_at_desk(ref: str) -> Response:
    """Move it."""
    booking, form, actor = served(ref), DeskChangeForm(), current_actor()
    aim = _aim(booking, request.form)
    # What stands against it is for the action to say: perhaps this very form was sent before.
    if not form.validate() or aim.to is None:
        return _page(booking, request.form, aim, form, status=422)
    if not form.reason.data and (aim.overruled or is_override(actor, booking)):
        words = _(_OVERRULE, rule=filters.said(aim.overruled)) if aim.overruled else _(SAY_WHY)
        form.reason.errors = [words]
        return _page(booking, request.form, aim, form, status=422)
    try:
        actions.move(
            actor,
            booking.ref,
            aim.to,
            now=clock.now(),
            key=form.idempotency_key.data,
            version=form.version,
            shown_minor=form.amount_shown,
            reason=form.reason.data or "",
            asked=form.asked,
            overrules=aim.overruled.code.value if aim.overruled else "",
        )
    except Refusal as refusal:
        if isinstance(refusal, NotFound):
            raise
        booking = served(ref)
        if isinstance(refusal, (ChangedMeanwhile, PriceChanged)):
            return _page(booking, request.form, _aim(booking, request.form), form, changed=refusal)
        if isinstance(refusal, NotPossibleNow):
            refusal.alternatives = _nearest(booking, aim.to)
        return _page(booking, request.form, Aim(aim.to, refusal=refusal), form)
    booking = served(ref)
    flash(_("%(name)s is moved to %(when)s.", name=booking.name or booking.ref,
            when=filters.days_and_hours(booking.span, booking.zone)))  # fmt: skip
    return redirect_to(home_of(booking))


def _aim(booking: Booking, fields: MultiDict[str, str]) -> Aim:
    """What is typed as a new time, what it comes to both ways, and what stands against it."""
    now = clock.now()
    if booking.session_id is not None or not _movable(booking, now):
        return Aim(refusal=TooLateToMove())
    try:
        to = _new_time(booking, fields)
    except NotValid as refusal:
        return Aim(refusal=refusal)
    try:
        offer = move_offer(booking, to, now=now, by_merchant=True)
        asked = move_offer(booking, to, now=now, at_venue=True)
    except (NotValid, NotFound) as refusal:
        if isinstance(refusal, AlreadyThere):
            refusal = NotValid({}, N_("It is there already."))
        return Aim(to, refusal=refusal)
    taken, overruled = calendars.why_not(offer.plan, now=now, own=(booking.claim_id,))
    if taken is not None:
        refusal = SlotTaken(taken.sentence, **taken.params)
        refusal.alternatives = _nearest(booking, to)
        return Aim(to, offer, asked, refusal=refusal)
    return Aim(to, offer, asked, overruled)


def _movable(booking: Booking, now: dt.datetime) -> bool:
    change = pending_change(booking)
    return not (change is not None and is_waiting(change, now)) and can_move(
        state=booking.state, starts_at=booking.starts_at, until_hours=0, now=now, by_merchant=True
    )


def _new_time(booking: Booking, fields: MultiDict[str, str]) -> NewTime:
    span = asked_time(fields, booking.zone, length=booking.span.length)
    if booking.kind == BookingKind.APPOINTMENT:
        return NewTime(start=span.start)
    room_id = Query(fields).integer("room", low=1, high=_LARGEST_ID)
    rooms = {one.id for one in calendars.rooms_at_desk(booking.venue_id)} if booking.venue_id else set()
    if room_id is not None and room_id not in rooms:
        raise NotValid({"room": N_("Please choose one of the rooms of this venue.")})
    return NewTime(start=span.start, end=span.end, room_id=room_id)


def _nearest(booking: Booking, to: NewTime) -> tuple[Alternative, ...]:
    """Up to three other times or rooms, each leading to what moving there comes to."""
    wish = wish_for(booking, to, agreed_lines(booking))
    found = []
    for other in other_wishes(wish, now=clock.now()):
        match other:
            case RoomWish():
                span, room_id = other.span, other.room_id
            case AppointmentWish():
                length = dt.timedelta(minutes=other.minutes)
                span, room_id = Span(other.starts_at, other.starts_at + length), None
            case _:  # pragma: no cover - seats are not moved from here
                continue
        words = filters.days_and_hours(span, booking.zone)
        if room_id is not None and isinstance(wish, RoomWish) and room_id != wish.room_id:
            names = {one.id: one.name for one in calendars.rooms_at_desk(booking.venue_id or 0)}
            words = _("%(hours)s in %(room)s", hours=filters.hours(span, booking.zone), room=names[room_id])
        found.append(Alternative(f"/desk/calendar/bookings/{booking.ref}/move?{_query(booking, span, room_id)}", words))
    return tuple(found)


def _query(booking: Booking, span: Span, room_id: int | None) -> str:
    day = wall(span.start, booking.zone).date().isoformat()
    asked: dict[str, object] = {
        "date": day, "from": typed(span.start, booking.zone), "to": typed(span.end, booking.zone)
    }  # fmt: skip
    return urlencode(asked | ({"room": room_id} if room_id is not None else {}))


def _difference(amount: Money) -> str:
    """+€5, −€5, or that it is the same."""
    if not amount:
        return _("same price")
    return f"+{filters.money_short(amount)}" if amount.minor > 0 else f"−{filters.money_short(-amount)}"


def _page(
    booking: Booking,
    fields: MultiDict[str, str],
    aim: Aim,
    form: DeskChangeForm,
    *,
    changed: Refusal | None = None,
    status: int = 200,
) -> Response:
    """The page; `changed` says that something is not as it was when the form was read, and the form is shown anew."""
    refusal = aim.refusal or changed
    problem = of_refusal(refusal) if refusal else None
    offer, asked = (aim.offer, aim.asked) if aim.refusal is None else (None, None)
    start = booking.starts_at
    rooms = calendars.rooms_at_desk(booking.venue_id) if booking.venue_id else ()
    typed_in = {
        "date": wall(start, booking.zone).date().isoformat(),
        "from": typed(start, booking.zone),
        "to": typed(booking.ends_at, booking.zone),
        "room": str(booking.room_id or ""),
    } | {name: fields[name][:40] for name in ("date", "from", "to", "room") if name in fields}
    context: dict[str, Any] = {}
    if offer is not None and asked is not None:
        context = {
            "columns": offer.plan.columns,
            "span": offer.plan.span,
            "house": offer.settlement,
            "asked": asked.settlement,
            "percent": asked.percent,
            "difference": _difference(offer.settlement.difference),
            "seen": f"{booking.version}:{offer.settlement.difference.minor}",
            "seen_asked": asked.settlement.difference.minor,
        }
    return page(
        "booking/desk/calendar/move.html",
        status=problem.status if problem else status,
        booking=booking,
        told=summary_of(booking),
        typed=typed_in,
        has_length="to" in fields or "from" not in fields,
        fields=[(name, fields[name]) for name in ("room", "date", "from", "to") if fields.get(name)],
        rooms=[(one.id, one.name) for one in rooms] if booking.kind == BookingKind.ROOM else [],
        problem=problem,
        offer=offer,
        overruled=filters.said(aim.overruled) if aim.overruled else "",
        by=form.by.data if form.by.data in (HOUSE, CUSTOMER) else HOUSE,
        form=form,
        must_say_why=is_override(current_actor(), booking),
        venue=db.session.get(Venue, booking.venue_id) if booking.venue_id else None,
        home=home_of(booking),
        **context,
    )
