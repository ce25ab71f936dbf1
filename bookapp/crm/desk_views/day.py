"""/desk/day: what is on now, who comes, and the line of the day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from flask import Response, request, url_for

from bookapp.catalog.models import Facilitator
from bookapp.crm.desk_views.area import blueprint
from bookapp.crm.desk_views.lines import booking_words, head, lines, sees
from bookapp.crm.desk_views.people import Roster, roster
from bookapp.crm.desk_views.whose import address, asked_day, asked_person, carried, choose, today_of
from bookapp.crm.forms.day import WalkInForm
from bookapp.crm.policy import is_self
from bookapp.crm.queries.day import Known, known
from bookapp.crm.rules.day import Piece, Progress, current, following, now_before, progress, timeline
from bookapp.infra import clock
from bookapp.scheduling.models import Session
from bookapp.scheduling.policy import may_set_hours_of_person
from bookapp.values.timespan import Span, day_span
from bookapp.web import filters
from bookapp.web.forms import Query
from bookapp.web.hypermedia import page
from bookapp.web.language import gettext as _
from bookapp.web.security import current_actor

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Card:
    """What people are at now, or come to next. `to_start` is minutes; `progress` is None before it begins."""

    key: str
    title: str
    where: str
    hours: str
    span: Span
    progress: Progress | None
    to_start: int
    session_id: int | None
    ref: str
    roster: Roster
    href: str


@blueprint.get("/desk/day")
def show_day() -> Response:
    """One's own day, or ?facilitator= somebody's of the house; ?date= another one."""
    person = asked_person()
    if person is None:
        return choose("crm.show_day")
    return day_page(person, asked_day(person))


def day_page(person: Facilitator, day: dt.date, *, walk_in: WalkInForm | None = None, status: int = 200) -> Response:
    """The whole day, or for htmx its one region."""
    now = clock.now()
    window = day_span(day, person.zone)
    found = known(person, window, now=now)
    pieces = found.pieces()
    rows = timeline(window, found.calendar.open, pieces, now=now)
    just_blocked = _just_blocked(found)
    # What may be undone stays in sight when the page looks again by itself.
    again = {"blocked": just_blocked[0]} if just_blocked else {}
    return page(
        "crm/desk/day/show.html",
        "day",
        status=status,
        person=person,
        is_own=is_self(current_actor(), person),
        day=day,
        is_today=day == today_of(person),
        head=head(found, rows, now, is_today=day == today_of(person)),
        lines=lines(found, rows, day, now),
        now_at=now_before(rows, now) if window.start <= now < window.end else -1,
        now=now,
        card=_card(found, pieces, now) if window.start <= now < window.end else None,
        walk_in=walk_in or WalkInForm(formdata=None),
        carried=carried(person),
        here=address("crm.show_day", person, day),
        earlier=(address("crm.show_day", person, day - _DAY), filters.day_long(day - _DAY)),
        later=(address("crm.show_day", person, day + _DAY), filters.day_long(day + _DAY)),
        today=address("crm.show_day", person),
        week=address("crm.show_week", person, day),
        block=address("crm.show_gap", person, day),
        may_block=may_set_hours_of_person(current_actor(), person.merchant_id, person.user_id),
        just_blocked=just_blocked,
        again=address("crm.show_day", person, day, **again),
        reopen={one: address("crm.open_again", person, day, closure_id=one) for one in found.closures},
    )


def _just_blocked(found: Known) -> tuple[int, str] | None:
    """The closure that was just made, to be undone with one tap: its id and hours."""
    closure = found.closures.get(Query(request.args).integer("blocked", low=1, high=2**53) or 0)
    if closure is None:
        return None
    return closure.id, filters.hours(Span(closure.starts_at, closure.ends_at), found.person.zone)


def _card(found: Known, pieces: list[Piece], now: dt.datetime) -> Card | None:
    """Now, else next; nothing that the actor sees as "busy" only."""
    shown = [piece for piece in pieces if piece.sort.is_hosting and _is_seen(found, piece)]
    piece = current(shown, now) or following(shown, now)
    if piece is None:
        return None
    kind, _colon, name = piece.key.partition(":")
    session = found.sessions[int(name)] if kind == "session" else None
    booking = None if session else found.bookings[name]
    thing = session or booking
    assert thing is not None
    bookings = found.of_session(session.id) if session else [found.bookings[name]]
    who = roster(piece.key, bookings, piece.span, person_id=found.person.id, now=now)
    is_on = piece.span.start <= now
    return Card(
        key=piece.key,
        title=session.title if session else booking_words(found.bookings[name], now),
        where=place_words(session) if session else (found.bookings[name].place or _("Online")),
        hours=filters.hours(piece.span, found.person.zone),
        span=piece.span,
        progress=progress(piece.span, now) if is_on else None,
        to_start=max(0, int((piece.span.start - now).total_seconds() // 60)),
        session_id=session.id if session else None,
        ref="" if session else name,
        roster=who,
        href=url_for("crm.show_roster", session_id=session.id)
        if session
        else url_for("booking_desk.show_booking", ref=name),
    )


def place_words(session: Session) -> str:
    """Where it is: "Studio One, Stillwater House"."""
    if session.online:
        return _("Online")
    return f"{session.room.name}, {session.room.venue.name}" if session.room else ""


def _is_seen(found: Known, piece: Piece) -> bool:
    kind, _colon, name = piece.key.partition(":")
    return sees(found, found.sessions[int(name)] if kind == "session" else found.bookings[name])
