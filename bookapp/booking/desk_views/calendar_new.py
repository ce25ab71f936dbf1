"""A room by the hour for somebody who calls or stands at the counter."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from flask import Response, flash, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from bookapp.booking import actions, queries
from bookapp.booking.desk_views.area import blueprint
from bookapp.booking.desk_views.calendar import calendar_address
from bookapp.booking.desk_views.calendar_booking import SAY_WHY
from bookapp.booking.errors import SlotTaken
from bookapp.booking.forms.calendar import CallerForm, asked_time, people_from, pieces_from
from bookapp.booking.policy import must_say_why
from bookapp.booking.queries import Plan
from bookapp.booking.queries import calendar as calendars
from bookapp.booking.queries.alternatives import other_wishes
from bookapp.booking.rules import RoomWish
from bookapp.catalog.models import Room, Venue
from bookapp.infra import clock
from bookapp.infra.db import db
from bookapp.scheduling.rules import Reason, typed
from bookapp.values.errors import Alternative, NotFound, NotPossibleNow, NotValid, Refusal
from bookapp.values.timespan import wall
from bookapp.values.words import N_
from bookapp.web import filters
from bookapp.web.errors import of_refusal
from bookapp.web.forms import Query
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor

_LARGEST_ID = 2**53
_HOUR = dt.timedelta(hours=1)
_OVERRULE = N_("%(rule)s. To book it all the same, please say why.")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is typed, understood as far as it goes: a plan with its price, the rule it breaks, or why there is none."""

    wish: RoomWish | None = None
    plan: Plan | None = None
    overruled: Reason | None = None
    refusal: Refusal | None = None


@blueprint.get("/desk/calendar/new")
def new_booking() -> Response:
    """An empty form, or with room and time as they were clicked."""
    venue = _venue(request.args)
    fields = MultiDict(request.args)
    wanted = _wanted(venue, fields) if fields.get("room") and fields.get("from") else Wanted()
    return _page(venue, fields, wanted, CallerForm(formdata=None))


@blueprint.post("/desk/calendar/new")
def book_caller() -> Response:
    """Book it, or say what it would cost."""
    venue, form, actor, now = _venue(request.form), CallerForm(), current_actor(), clock.now()
    wanted = _wanted(venue, request.form)
    if request.form.get("act") == "price":
        return _page(venue, request.form, wanted, form)
    usable = form.validate()
    if usable and wanted.overruled and not form.reason.data:
        form.reason.errors = [_(_OVERRULE, rule=filters.said(wanted.overruled))]
        usable = False
    elif usable and must_say_why(actor, venue.merchant_id, venue.id) and not form.reason.data:
        form.reason.errors = [_(SAY_WHY)]
        usable = False
    # What is taken is for the action to say: perhaps by this very form, sent twice.
    if not usable or wanted.wish is None:
        return _page(venue, request.form, wanted, form, status=422)
    try:
        made = actions.book_for_client(
            actor,
            wanted.wish,
            name=form.name.data,
            email=form.email.data or "",
            customer_id=None,
            now=now,
            key=form.idempotency_key.data,
            reason=form.reason.data or "",
            phone=form.phone.data or "",
            overrules=wanted.overruled.code.value if wanted.overruled else "",
        )
    except NotPossibleNow as refusal:
        refusal.alternatives = _nearest(venue, wanted.wish)
        return _page(venue, request.form, Wanted(wanted.wish, refusal=refusal), form)
    words = _("Booked for %(name)s: %(when)s.", name=made.name, when=filters.span(made.span, made.zone))
    if made.total:
        words += " " + _("%(amount)s is due when they come.", amount=filters.money_short(made.total))
    flash(words)
    return redirect_to(calendar_address(venue, made.starts_at))


def _venue(fields: MultiDict[str, str]) -> Venue:
    """The venue of the room, else the one that is named. Raises NotFound for what is not theirs to run."""
    query = Query(fields)
    room_id = query.integer("room", low=1, high=_LARGEST_ID)
    slug = query.text("venue")
    if not slug and room_id is not None:
        room = db.session.get(Room, room_id)
        found = db.session.get(Venue, room.venue_id) if room else None
        slug = found.slug if found else ""
    if not slug:
        raise NotFound
    return calendars.venue_at_desk(current_actor(), slug)


def _wanted(venue: Venue, fields: MultiDict[str, str]) -> Wanted:
    now = clock.now()
    try:
        wish = _wish(venue, fields)
        plan = queries.plan(wish, now=now)
    except NotFound:
        return Wanted(refusal=NotValid({"room": N_("Please choose one of the rooms of this venue.")}))
    except NotValid as refusal:
        return Wanted(refusal=refusal)
    taken, overruled = calendars.why_not(plan, now=now)
    if taken is not None:
        refusal = SlotTaken(taken.sentence, **taken.params)
        refusal.alternatives = _nearest(venue, wish)
        return Wanted(wish, plan, refusal=refusal)
    return Wanted(wish, plan, overruled)


def _wish(venue: Venue, fields: MultiDict[str, str]) -> RoomWish:
    room_id = Query(fields).integer("room", low=1, high=_LARGEST_ID)
    if room_id is None or room_id not in {one.id for one in calendars.rooms_at_desk(venue.id)}:
        raise NotValid({"room": N_("Please choose one of the rooms of this venue.")})
    span = asked_time(fields, venue.zone, length=_HOUR if "to" not in fields else None)
    return RoomWish(room_id, span, people_from(fields), pieces_from(fields))


def _nearest(venue: Venue, wish: RoomWish) -> tuple[Alternative, ...]:
    names = {one.id: one.name for one in calendars.rooms_at_desk(venue.id)}
    found = []
    for other in other_wishes(wish, now=clock.now()):
        assert isinstance(other, RoomWish)
        words = filters.days_and_hours(other.span, venue.zone)
        if other.room_id != wish.room_id:
            words = _("%(hours)s in %(room)s", hours=filters.hours(other.span, venue.zone), room=names[other.room_id])
        href = url_for(
            "booking_desk.new_booking",
            venue=venue.slug,
            **{
                "room": other.room_id,
                "date": wall(other.span.start, venue.zone).date().isoformat(),
                "from": typed(other.span.start, venue.zone),
                "to": typed(other.span.end, venue.zone),
                "people": other.people,
            },
        )
        found.append(Alternative(href, words))
    return tuple(found)


def _page(
    venue: Venue, fields: MultiDict[str, str], wanted: Wanted, form: CallerForm, *, status: int = 200
) -> Response:
    problem = of_refusal(wanted.refusal) if wanted.refusal else None
    fields_wrong = dict(problem.fields) if problem else {}
    today = wall(clock.now(), venue.zone).date().isoformat()
    names = ("room", "date", "from", "to", "people")
    typed_in: dict[str, Any] = {"room": "", "date": today, "from": "", "to": "", "people": "1"}
    typed_in |= {name: fields[name][:40] for name in names if fields.get(name)}
    if wanted.wish is not None and not fields.get("to"):
        typed_in["to"] = typed(wanted.wish.span.end, venue.zone)
    addons = calendars.addons_at_desk(venue.id)
    return page(
        "booking/desk/calendar/new.html",
        "panel",
        status=problem.status if problem and status == 200 and request.method == "POST" else status,
        venue=venue,
        rooms=[(one.id, f"{one.name}, {one.capacity}") for one in calendars.rooms_at_desk(venue.id) if one.listed],
        addons=[(one, fields.get(f"addon-{one.id}", "0")[:6]) for one in addons],
        typed=typed_in,
        wrong=fields_wrong,
        problem=problem if problem and not fields_wrong else None,
        quote=wanted.plan.quote if wanted.plan else None,
        overruled=filters.said(wanted.overruled) if wanted.overruled else "",
        form=form,
        must_say_why=must_say_why(current_actor(), venue.merchant_id, venue.id),
        home=f"/desk/calendar?venue={venue.slug}&date={typed_in['date']}",
    )
