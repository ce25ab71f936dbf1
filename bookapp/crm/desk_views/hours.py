"""/desk/hours: when a facilitator works in an ordinary week, and when they are away.

One's own; with ?facilitator=slug, for the owner of their house, somebody else's.
"""

from __future__ import annotations

import datetime as dt
import uuid

from flask import Response, flash, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from bookapp.booking.queries.standing import standing_in
from bookapp.catalog.models import Facilitator
from bookapp.crm.desk_views.area import blueprint
from bookapp.crm.policy import is_self
from bookapp.crm.queries.circles import own_record
from bookapp.crm.queries.people import facilitator_named
from bookapp.infra import clock
from bookapp.scheduling.actions.hours import add_closure, remove_closure, set_working_hours
from bookapp.scheduling.errors import HoursChanged
from bookapp.scheduling.forms.hours import MOST_STRETCHES, ClosureInput, WeekInput
from bookapp.scheduling.policy import may_set_hours_of_person
from bookapp.scheduling.queries.opening import closures_of_person, version_of_week, working_hours
from bookapp.values.errors import NotFound, NotValid
from bookapp.values.timespan import Span
from bookapp.values.words import Weekdays
from bookapp.web import filters
from bookapp.web.errors import of_refusal
from bookapp.web.forms import Query
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor

_DAYS = tuple("0123456")


@blueprint.get("/desk/hours")
def show_hours() -> Response:
    """The week, and the time off that lies ahead with what is booked in it."""
    return _page(_person())


@blueprint.post("/desk/hours")
def save_hours() -> Response:
    """Save the week. Or, nothing being saved yet: copy a day to others, or give one more stretch to a day."""
    person, given, query = _person(), WeekInput.read(request.form), Query(request.form)
    act = query.text("act")
    if act.startswith("more-") and act[-1] in _DAYS:
        given.lengthen(int(act[-1]))
        return _page(person, week=given)
    if act == "copy":
        given.copy(int(query.choice("copy", _DAYS, "0")), [int(day) for day in query.many("onto") if day in _DAYS])
        return _page(person, week=given, copied=True)
    hours = given.understood()
    if given.errors:
        return _page(person, week=given, status=422)
    try:
        set_working_hours(current_actor(), person.id, hours, version=given.version)
    except NotValid as refusal:
        given.refuse(of_refusal(refusal).fields)
        return _page(person, week=given, status=refusal.status)
    except HoursChanged as refusal:
        # Both versions stand on the page now; saving once more is a decision.
        given.version = version_of_week(working_hours(person.id))
        return _page(person, week=given, stale=of_refusal(refusal).sentence, status=refusal.status)
    flash(_("Saved. What is booked already stays."), "good")
    return redirect_to(_address(person))


@blueprint.post("/desk/hours/time-off")
def add_time_off() -> Response:
    """Be away. What is booked in that time stays, and is named."""
    person, given = _person(), ClosureInput.read(request.form)
    span = given.understood(person.zone, now=clock.now())
    if span is None:
        return _page(person, off=given, status=422)
    add_closure(current_actor(), span, facilitator_id=person.id, reason=given.reason, key=given.key or None)
    (standing,) = standing_in(person.id, [span])
    if standing:
        said = ngettext(
            "Saved. %(num)s session or appointment stands in it, and stays until you move or cancel it.",
            "Saved. %(num)s sessions and appointments stand in it, and stay until you move or cancel them.",
            len(standing),
        )
        flash(said, "wait")
    else:
        flash(_("Saved. Nothing is booked in that time."), "good")
    return redirect_to(_address(person, "time-off"))


@blueprint.post("/desk/hours/time-off/<int:closure_id>/removal")
def remove_time_off(closure_id: int) -> Response:
    """Be there after all."""
    person = _person()
    remove_closure(current_actor(), closure_id)
    flash(_("Removed. The time can be booked again."), "good")
    return redirect_to(_address(person, "time-off"))


def _person() -> Facilitator:
    """Whose hours they are: one's own, or those of the person in the address. NotFound for who may not set them."""
    actor, name = current_actor(), Query(request.args).text("facilitator")
    if not name:
        return own_record(actor)
    person = facilitator_named(name)
    if not may_set_hours_of_person(actor, person.merchant_id, person.user_id):
        raise NotFound
    return person


def _address(person: Facilitator, anchor: str | None = None) -> str:
    whose = None if is_self(current_actor(), person) else person.slug
    return url_for("crm.show_hours", facilitator=whose, _anchor=anchor)


def _page(
    person: Facilitator, *, week: WeekInput | None = None, off: ClosureInput | None = None, stale: str = "",
    copied: bool = False, status: int = 200,
) -> Response:  # fmt: skip
    now, hours = clock.now(), working_hours(person.id)
    closures = closures_of_person(person.id, since=now)
    spans = [Span(closure.starts_at, closure.ends_at) for closure in closures]
    whose = "" if is_self(current_actor(), person) else f"?facilitator={person.slug}"
    return page(
        "crm/desk/hours/show.html",
        "week",
        status=status,
        person=person,
        is_own=is_self(current_actor(), person),
        whose=whose,
        address=f"/desk/hours{whose}",
        hint=_(
            "“9”, “930” and “9:30” are all understood. Leave a day empty when you are off; empty both times to take a"
            " stretch away. A stretch that ends before it begins lasts into the next day."
        ),
        days=[(day, filters.weekdays(Weekdays((day,)))) for day in range(7)],
        week=week or WeekInput.of(hours, version_of_week(hours)),
        most=MOST_STRETCHES,
        copied=copied,
        stale=stale,
        stands=[(filters.weekdays(Weekdays((one.weekday,))), _hours(one.opens, one.closes)) for one in hours],
        off=off or ClosureInput(key=uuid.uuid4().hex),
        closures=list(zip(closures, spans, standing_in(person.id, spans), strict=True)),
    )


def _hours(opens: dt.time, closes: dt.time) -> str:
    return f"{filters.time(opens)}–{filters.time(closes)}"
