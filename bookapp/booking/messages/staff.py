"""What those who serve a booking are told about it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from flask import current_app
from flask_babel import gettext as _

from bookapp.booking.messages.summary import money, summary_of, when_words
from bookapp.booking.models import Booking, BookingChange
from bookapp.booking.queries.resting import rest_of
from bookapp.booking.queries.staff import Staff
from bookapp.infra.settings import public_url
from bookapp.notifications.rules import Message, one_line

_MAIL = "booking/staff"


@dataclass(frozen=True, slots=True)
class StaffNews:
    """What happened ("booked", "moved", "cancelled", "session_moved", "session_cancelled"), what makes it once."""

    what: str
    cause: str
    change: BookingChange | None = None


def staff_told(booking: Booking, news: StaffNews, to: Staff) -> Message:
    """One of the house hears what happened to a booking of theirs."""
    told, rest = summary_of(booking), rest_of(booking)
    facts = {
        "what": news.what,
        "name": one_line(to.name),
        "booking": told,
        "who": one_line(booking.name) or booking.email,
        "email": booking.email,
        "phone": booking.phone,
        "notes": booking.notes,
        "by_merchant": booking.cancelled_by == "merchant",
        "was": _was(booking, news.change),
        "reason": news.change.reason if news.change else "",
        "rest": money(rest) if rest else "",
        "desk_url": public_url(f"/desk/bookings/{booking.ref}"),
        "choice_url": public_url("/notifications"),
    }
    subject = one_line(_render("subject.txt", facts))
    return Message(
        kind=f"staff.{news.what}",
        cause=news.cause,
        reference=booking.ref,
        recipient_email=to.email,
        recipient_name=to.name,
        reply_to=booking.email if news.what == "booked" else "",
        user_id=to.user_id,
        notice=subject,
        subject=subject,
        text=_render("body.txt", facts).strip() + "\n",
        html=_render("body.html", facts),
    )


def _was(booking: Booking, change: BookingChange | None) -> str:
    """Where it was before, in words."""
    if change is None:
        return ""
    instant = dt.datetime.fromisoformat
    before = change.before
    when = when_words(instant(before["starts_at"]), instant(before["ends_at"]), before.get("zone", booking.zone))
    return _("%(what)s, %(when)s", what=before["title"], when=when.line)


def _render(file: str, facts: dict[str, object]) -> str:
    # Straight from the environment: what pages need in their context (who is signed in) does not exist in a worker.
    return current_app.jinja_env.get_template(f"emails/{_MAIL}/{file}").render(facts)
