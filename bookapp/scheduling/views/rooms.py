"""A room: what it is, when it is free, what it would cost. Everything that was chosen stands in the address."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from flask import Response, request
from flask_babel import gettext as _
from flask_babel import ngettext

from bookapp.booking.queries import mine_by_claims
from bookapp.catalog.models import Room
from bookapp.catalog.queries import addons_for_room, room_by_slug
from bookapp.catalog.rules import average
from bookapp.catalog.states import Amenity, RoomType
from bookapp.favourites.queries import kept_by
from bookapp.infra import clock
from bookapp.pricing.queries import tariff_of
from bookapp.reviews.queries import reviews_of_room
from bookapp.scheduling.forms import RoomChoice
from bookapp.scheduling.views.area import blueprint
from bookapp.scheduling.views.asked import Asked, settle, understand
from bookapp.scheduling.views.boards import day_board, month_board, week_board
from bookapp.scheduling.views.facts import Calendars
from bookapp.scheduling.views.offers import offer_for
from bookapp.scheduling.views.watching import of_places
from bookapp.scheduling.views.words import first_of_next
from bookapp.values.money import Money
from bookapp.values.timespan import Span, day_span, wall
from bookapp.web import filters
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor

_ICONS = {
    Amenity.STEP_FREE: "step-free",
    Amenity.PROJECTOR: "screen",
    Amenity.SCREEN: "screen",
    Amenity.VIDEO: "screen",
    Amenity.COFFEE: "cup",
    Amenity.KITCHEN: "cup",
}


@blueprint.get("/rooms/<slug>")
def show_room(slug: str) -> Response:
    """The room with its calendar, the time asked for, its price and its terms."""
    now = clock.now()
    room = room_by_slug(slug)
    today = wall(now, room.venue.zone).date()
    actor = current_actor()
    mine = mine_by_claims(actor, now)
    asked = understand(room, RoomChoice.read(slug, request.args, today=today), today)
    calendars = Calendars(room, asked, now=now, mine=mine)
    asked = settle(room, asked, calendars)
    calendars = calendars.on(asked)
    return page(
        "scheduling/rooms/show.html",
        "choice",
        status=422 if asked.errors else 200,
        room=room,
        asked=asked,
        offer=offer_for(room, addons_for_room(room), asked, calendars, now=now),
        board=_board(room, asked, calendars),
        facts=_facts(room),
        rate=Money(room.rate_minor, room.venue.currency),
        leaning=tariff_of(room.venue.merchant_id).leaning(on=today, room_id=room.id) if asked.span is None else "",
        stars=average(room.rating_sum, room.rating_count),
        kept=room.id in kept_by(actor.user_id).rooms,
        reviews=reviews_of_room(room.id) if room.rating_count else (),
        today=today,
        last_day=today + dt.timedelta(days=room.horizon_days),
        key=uuid.uuid4().hex,
        live=_watched(room, asked),
        now=now,
    )


@blueprint.post("/rooms/<slug>")
def look_again(slug: str) -> Response:
    """The form without a script: the same choice, with its own address again."""
    room = room_by_slug(slug)
    choice = RoomChoice.read(slug, request.form, today=wall(clock.now(), room.venue.zone).date())
    return redirect_to(choice.href)


def _board(room: Room, asked: Asked, calendars: Calendars) -> Any:
    match asked.choice.view:
        case "week":
            return week_board(room, asked, calendars.own)
        case "month":
            return month_board(room, asked, calendars.own)
        case _:
            return day_board(room, asked, calendars.rooms, calendars.of_day)


def _watched(room: Room, asked: Asked) -> str:
    """The stream for what the calendar shows: every room on a day, or this one for a week or a month."""
    first = last = asked.day
    match asked.choice.view:
        case "day":
            return of_places(day_span(asked.day, room.venue.zone), venue_id=room.venue_id)
        case "week":
            first -= dt.timedelta(days=asked.day.weekday())
            last = first + dt.timedelta(days=6)
        case "month":
            first = first.replace(day=1)
            last = first_of_next(first) - dt.timedelta(days=1)
    zone = room.venue.zone
    return of_places(Span(day_span(first, zone).start, day_span(last, zone).end), resource_id=room.resource_id)


def _facts(room: Room) -> list[tuple[str, str]]:
    """(icon, words): how many, how long, what is in it."""
    shortest, longest = filters.duration(room.min_minutes), filters.duration(room.max_minutes)
    lengths = _("%(shortest)s to %(longest)s", shortest=shortest, longest=longest)
    if room.buffer_minutes:
        lengths = _("%(lengths)s, %(buffer)s between", lengths=lengths, buffer=filters.duration(room.buffer_minutes))
    facts = [
        ("room", _(RoomType(room.type).label)),
        ("people", ngettext("For one person", "Up to %(num)s people", room.capacity)),
        ("clock", lengths),
    ]
    if room.notice_minutes:
        facts.append(("info", _("Needs %(length)s notice", length=filters.duration(room.notice_minutes))))
    for one in map(Amenity, room.amenities):
        word = _(one.label)
        facts.append((_ICONS.get(one, "tick"), word[:1].upper() + word[1:]))
    return facts
