"""/desk/venues/<id>/hours and /desk/rooms/<id>/hours: an ordinary week, and when the place is closed."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from flask import Response, flash, request
from flask_babel import gettext as _
from flask_babel import ngettext

from bookapp.booking.queries.standing import Standing, standing_in_place
from bookapp.infra import clock
from bookapp.infra.idempotency import fingerprint
from bookapp.scheduling.actions.hours import add_closure, remove_closure, set_opening_hours
from bookapp.scheduling.desk_views.area import blueprint
from bookapp.scheduling.desk_views.place import Place, place_of
from bookapp.scheduling.errors import HoursChanged
from bookapp.scheduling.forms.hours import MOST_STRETCHES, ClosureInput, WeekInput
from bookapp.scheduling.queries.opening import closure_of_place, closures_of_place, opening_hours, version_of_week
from bookapp.scheduling.queries.timeslots import count_empty_timeslots
from bookapp.scheduling.rules import Hours
from bookapp.values.errors import NotValid
from bookapp.values.timespan import Span
from bookapp.values.words import Weekdays
from bookapp.web import filters
from bookapp.web.errors import of_refusal
from bookapp.web.forms import Query
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor

_DAYS = tuple("0123456")


@blueprint.get("/desk/venues/<int:venue_id>/hours")
@blueprint.get("/desk/rooms/<int:room_id>/hours")
def show_hours(venue_id: int | None = None, room_id: int | None = None) -> Response:
    """The week, and the closures that lie ahead with what is booked in them."""
    return _page(place_of(venue_id, room_id))


@blueprint.post("/desk/venues/<int:venue_id>/hours")
@blueprint.post("/desk/rooms/<int:room_id>/hours")
def save_hours(venue_id: int | None = None, room_id: int | None = None) -> Response:
    """Save the week. Or, nothing being saved yet: copy a day to others, or give one more stretch to a day."""
    place, given, query = place_of(venue_id, room_id), WeekInput.read(request.form), Query(request.form)
    act = query.text("act")
    if act.startswith("more-") and act[-1] in _DAYS:
        given.lengthen(int(act[-1]))
        return _page(place, week=given)
    if act == "copy":
        given.copy(int(query.choice("copy", _DAYS, "0")), [int(day) for day in query.many("onto") if day in _DAYS])
        return _page(place, week=given, copied=True)
    hours = given.understood()
    if given.errors:
        return _page(place, week=given, status=422)
    try:
        set_opening_hours(current_actor(), hours, **place.key, version=given.version)
    except NotValid as refusal:
        given.refuse(of_refusal(refusal).fields)
        return _page(place, week=given, status=refusal.status)
    except HoursChanged as refusal:
        # Both versions stand on the page now; saving once more is a decision.
        given.version = version_of_week(opening_hours(**place.key))
        return _page(place, week=given, stale=of_refusal(refusal).sentence, status=refusal.status)
    flash(_("Saved. What is booked already stays."), "good")
    return redirect_to(f"{place.base}/hours")


@blueprint.post("/desk/venues/<int:venue_id>/closures")
@blueprint.post("/desk/rooms/<int:room_id>/closures")
def close(venue_id: int | None = None, room_id: int | None = None) -> Response:
    """Close it. Where something is booked in that time, that is shown first; it stays."""
    place, given = place_of(venue_id, room_id), ClosureInput.read(request.form)
    span = given.understood(place.venue.zone, now=clock.now())
    if span is None:
        return _page(place, closing=given, status=422)
    (standing,) = _standing(place, [span])
    about = fingerprint(span=span, standing=[one.href for one in standing])[:16]
    if standing and given.seen != about:
        given.seen = about
        return _page(place, closing=given, meets=standing, span=span)
    add_closure(current_actor(), span, **place.key, reason=given.reason, key=given.key or None)
    said = ngettext(
        "Closed. %(num)s booking or session stands in it, and stays.",
        "Closed. %(num)s bookings and sessions stand in it, and stay.",
        len(standing),
    )
    flash(said if standing else _("Closed. Nothing is booked in that time."), "wait" if standing else "good")
    return redirect_to(f"{place.base}/hours#closures")


@blueprint.post("/desk/closures/<int:closure_id>/removal")
def reopen(closure_id: int) -> Response:
    """Be open after all."""
    closure = closure_of_place(closure_id)
    place = place_of(closure.venue_id, closure.room_id)
    remove_closure(current_actor(), closure.id)
    flash(_("Removed. The time can be booked again."), "good")
    return redirect_to(f"{place.base}/hours#closures")


def _page(
    place: Place, *, week: WeekInput | None = None, closing: ClosureInput | None = None,
    meets: Sequence[Standing] = (), span: Span | None = None, stale: str = "", copied: bool = False, status: int = 200,
) -> Response:  # fmt: skip
    hours, room = opening_hours(**place.key), place.room
    closures = closures_of_place(
        venue_id=place.venue.id, room_id=room.id if room else None, since=clock.now()
    )  # fmt: skip
    spans = [Span(closure.starts_at, closure.ends_at) for closure in closures]
    return page(
        "scheduling/desk/hours.html",
        "week",
        status=status,
        venue=place.venue,
        room=room,
        base=place.base,
        address=f"{place.base}/hours",
        hint=_hint(place),
        days=[(day, filters.weekdays(Weekdays((day,)))) for day in range(7)],
        week=week or WeekInput.of(hours, version_of_week(hours)),
        most=MOST_STRETCHES,
        copied=copied,
        stale=stale,
        stands=_in_words(hours),
        venues_week=_in_words(opening_hours(venue_id=place.venue.id)) if room and not hours else [],
        closing=closing or ClosureInput(key=uuid.uuid4().hex),
        meets=meets,
        empty=count_empty_timeslots(span, venue_id=place.venue.id, room_id=room.id if room else None) if span else 0,
        span=span,
        closures=list(zip(closures, spans, _standing(place, spans), strict=True)),
    )


def _standing(place: Place, spans: Sequence[Span]) -> list[list[Standing]]:
    return standing_in_place(
        spans,
        merchant_id=place.venue.merchant_id,
        venue_id=place.venue.id,
        room_id=place.room.id if place.room else None,
    )


def _hint(place: Place) -> str:
    typing = _(
        "“9”, “930” and “9:30” are all understood. A stretch that ends before it begins lasts into the next day; one"
        " that ends when it begins lasts a whole day."
    )
    if place.room:
        rest = _("Leave the whole week empty to have the room open when its venue is.")
    else:
        rest = _("Leave a day empty when the house is closed. A room can have hours of its own.")
    return f"{typing} {rest}"


def _in_words(hours: Sequence[Hours]) -> list[tuple[str, str]]:
    return [(filters.weekdays(Weekdays((one.weekday,))), _stretch(one.opens, one.closes)) for one in hours]


def _stretch(opens: dt.time, closes: dt.time) -> str:
    return f"{filters.time(opens)}–{filters.time(closes)}"
