"""/desk/rooms/<id>/timeslots: fill a room's grid for a stretch of days, see first how many, and how far it is."""

from __future__ import annotations

import datetime as dt

from flask import Response, flash, request
from flask_babel import gettext as _
from flask_babel import ngettext

from bookapp.catalog.models import Room
from bookapp.infra import clock
from bookapp.scheduling.actions.timeslots import DEFAULT_GRID, check_grid, generate_timeslots, price_of_timeslot
from bookapp.scheduling.desk_views.area import blueprint
from bookapp.scheduling.desk_views.place import place_of
from bookapp.scheduling.forms.timeslots import TimeslotsForm
from bookapp.scheduling.models import TimeslotRun
from bookapp.scheduling.queries.timeslots import (
    SlotPlan,
    own_service_of,
    plan_slots,
    runs_of_room,
    services_with_timeslots,
)
from bookapp.values.errors import NotValid
from bookapp.values.money import Money
from bookapp.values.timespan import wall
from bookapp.web.forms import Query
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor

_FIRST_LOOK = dt.timedelta(days=30)


@blueprint.get("/desk/rooms/<int:room_id>/timeslots")
def show_timeslots(room_id: int) -> Response:
    """The grid of the coming month, what it would come to, and the runs so far; htmx asks for "runs" while one runs."""
    room = _room(room_id)
    first = wall(clock.now(), room.venue.zone).date() + dt.timedelta(days=1)
    grid = DEFAULT_GRID
    form = TimeslotsForm(
        formdata=None, services=services_with_timeslots(room.venue.merchant_id), first=first, last=first + _FIRST_LOOK,
        opens=f"{grid.opens:%H:%M}", closes=f"{grid.closes:%H:%M}", minutes=grid.minutes,
        buffer_minutes=room.buffer_minutes, service=0,
    )  # fmt: skip
    if Query(request.args).text("part") == "runs":
        return _page(room, form, "runs", plan=None)
    return _page(room, form, plan=_plan(room, form))


@blueprint.post("/desk/rooms/<int:room_id>/timeslots")
def make_timeslots(room_id: int) -> Response:
    """Make them, or look at what they would come to. What is there already is not made again."""
    room = _room(room_id)
    form = TimeslotsForm(services=services_with_timeslots(room.venue.merchant_id))
    is_look = Query(request.form).choice("act", ("make", "preview"), "make") == "preview"
    plan = None
    try:
        if form.validate():
            plan = _plan(room, form)
            if not is_look:
                return _made(room, _make(room, form))
    except NotValid as refusal:
        form.refuse(refusal)
    return _page(room, form, "preview", plan=plan, status=200 if is_look else 422)


def _room(room_id: int) -> Room:
    room = place_of(None, room_id).room
    assert room is not None
    return room


def _plan(room: Room, form: TimeslotsForm) -> SlotPlan:
    """What the form would come to. Raises NotValid."""
    first, last = _days(form)
    check_grid(form.grid, first, last, form.capacity.data)
    own = own_service_of(room)
    service_id = form.service.data or (own.id if own else None)
    return plan_slots(room, service_id, form.grid, first, last, now=clock.now())


def _make(room: Room, form: TimeslotsForm) -> TimeslotRun:
    first, last = _days(form)
    grid = form.grid
    return generate_timeslots(
        current_actor(),
        room.id,
        first=first,
        last=last,
        now=clock.now(),
        service_id=form.service.data or None,
        opens=grid.opens,
        closes=grid.closes,
        minutes=grid.minutes,
        buffer_minutes=grid.buffer_minutes,
        capacity=form.capacity.data,
        key=form.idempotency_key.data,
    )


def _days(form: TimeslotsForm) -> tuple[dt.date, dt.date]:
    assert form.first.data is not None
    assert form.last.data is not None
    return form.first.data, form.last.data


def _made(room: Room, run: TimeslotRun) -> Response:
    if run.finished_at is None:
        said = ngettext("%(num)s timeslot is being made.", "%(num)s timeslots are being made.", run.wanted)
    elif run.made:
        said = ngettext("%(num)s timeslot is on the timetable.", "%(num)s timeslots are on the timetable.", run.made)
    else:
        said = _("Nothing new: each of them is there already, closed, or over.")
    flash(said, "good")
    return redirect_to(f"/desk/rooms/{room.id}/timeslots#runs")


def _page(room: Room, form: TimeslotsForm, *blocks: str, plan: SlotPlan | None, status: int = 200) -> Response:
    price = price_of_timeslot(room.rate_minor, form.minutes.data or 0)
    runs = runs_of_room(room.id)
    return page(
        "scheduling/desk/timeslots.html",
        *blocks,
        status=status,
        venue=room.venue,
        room=room,
        form=form,
        plan=plan,
        price=Money(price, room.venue.currency),
        runs=runs,
        is_running=any(run.finished_at is None for run, _name in runs),
    )
