"""A booking as an iCalendar file (RFC 5545): what people import, and what calendar feeds are made of.

METHOD is PUBLISH, also when it was cancelled. REQUEST would make an invitation of it: mail programs would ask the
customer to accept, and send that answer to the merchant, whom nobody asked. CANCEL answers a REQUEST (RFC 5546, 3.2.5);
what was published is taken back by publishing it again with STATUS:CANCELLED, the same UID and a higher SEQUENCE.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask_babel import gettext as _
from icalendar import Calendar, Event, vCalAddress, vText
from sqlalchemy import select

from bookapp.booking.messages.summary import Summary, public_host, summary_of
from bookapp.booking.models import Booking
from bookapp.booking.queries.changes import history
from bookapp.booking.states import BookingState
from bookapp.infra.db import action, db
from bookapp.infra.settings import current_settings
from bookapp.scheduling.models import SessionPart
from bookapp.values.timespan import Span, wall

CONTENT_TYPE = "text/calendar; charset=utf-8; method=PUBLISH"
# What a calendar needs to know of a zone: the rules around the event, not those since 1970.
_AROUND = dt.timedelta(days=366)


@dataclass(frozen=True, slots=True)
class _Piece:
    """One entry in a calendar. A retreat has one for each part of its agenda: its nights stay free."""

    uid: str
    title: str
    span: Span
    # The booking has moved away from it.
    is_gone: bool = False


def calendar_maker(ref: str) -> tuple[bytes, str]:
    """For `notifications.attachments`: the calendar of the booking `ref` as it is now, and its MIME type."""
    return _read(ref), CONTENT_TYPE


@action
def _read(ref: str) -> bytes:
    booking = db.session.scalars(select(Booking).where(Booking.ref == ref)).one()
    return calendar_file(booking)


def calendar_file(booking: Booking) -> bytes:
    """The booking as UTF-8 text with its zone's rules inside. The UID stays; SEQUENCE grows with each change."""
    summary = summary_of(booking)
    pieces = _pieces(booking)
    calendar = Calendar()
    calendar.add("prodid", "-//Bookapp//Bookings//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    changed = _last_change(booking)
    for piece in pieces:
        calendar.add_component(_event(booking, summary, piece, changed))
    calendar.add_missing_timezones(
        first_date=(pieces[0].span.start - _AROUND).date(), last_date=(pieces[-1].span.end + _AROUND).date()
    )
    return calendar.to_ical()


def _pieces(booking: Booking) -> Sequence[_Piece]:
    whole = _Piece(f"{booking.ref}@{public_host()}", booking.title, booking.span)
    left = [
        facts for change in history(booking) if (facts := change.before)["session_id"] not in (None, booking.session_id)
    ]
    parts = _parts(booking.ref, booking.session_id, booking.title)
    # What an earlier file put into calendars under other names is taken out of them.
    gone = [
        replace(piece, is_gone=True)
        for facts in left
        for piece in _parts(booking.ref, facts["session_id"], facts["title"])
    ]
    if parts and any(not _parts(booking.ref, facts["session_id"], "") for facts in left):
        gone.append(replace(whole, is_gone=True))
    return sorted([*(parts or [whole]), *gone], key=lambda piece: piece.span)


def _parts(ref: str, session_id: int | None, title: str) -> list[_Piece]:
    """The parts of a retreat; none for what has none."""
    if session_id is None:
        return []
    return [
        _Piece(
            f"{ref}-{part.id}@{public_host()}",
            _("%(what)s: %(part)s", what=title, part=part.title),
            Span(part.starts_at, part.ends_at),
        )
        for part in db.session.scalars(
            select(SessionPart).where(SessionPart.session_id == session_id).order_by(SessionPart.starts_at)
        )
    ]


def _event(booking: Booking, summary: Summary, piece: _Piece, changed: dt.datetime) -> Event:
    event = Event()
    event.add("uid", piece.uid)
    event.add("dtstamp", changed)
    event.add("sequence", booking.sequence)
    event.add("status", "CANCELLED" if piece.is_gone else _status(summary.state))
    event.add("dtstart", wall_time(piece.span.start, booking.zone))
    event.add("dtend", wall_time(piece.span.end, booking.zone))
    event.add("summary", piece.title)
    event.add("location", ", ".join(summary.where))
    event.add("url", summary.page_url)
    event.add("description", _description(summary))
    event.add("organizer", _organizer(summary))
    event.add("transp", "OPAQUE")
    return event


def _last_change(booking: Booking) -> dt.datetime:
    # Not the clock's time: the same booking gives the same file, byte for byte.
    changes = [change.done_at for change in history(booking) if change.done_at]
    return max(filter(None, (booking.ended_at, booking.confirmed_at, *changes)), default=booking.created_at)


def wall_time(instant: dt.datetime, zone: str) -> dt.datetime:
    """Wall time, so that it reads right everywhere. A file's wall time means the first of two: the second is UTC."""
    shown = wall(instant, zone)
    return instant if shown.fold else shown


def _status(state: BookingState) -> str:
    if state in (BookingState.CANCELLED, BookingState.EXPIRED):
        return "CANCELLED"
    return "TENTATIVE" if state is BookingState.PENDING else "CONFIRMED"


def _description(summary: Summary) -> str:
    host = _("With %(name)s", name=summary.host) if summary.host else ""
    facts = (
        _("Booking %(ref)s", ref=summary.ref),
        summary.people,
        host,
        summary.how_to_find,
        # No manage link: calendars are shared, and whoever has that link can cancel.
        summary.page_url,
    )
    return "\n".join(fact for fact in facts if fact)


def _organizer(summary: Summary) -> vCalAddress:
    organizer = vCalAddress(f"mailto:{summary.merchant_email or current_settings().mail_from}")
    organizer.params["cn"] = vText(summary.merchant)
    return organizer
