"""/desk/sessions/new: one session or one every week; what each date meets is seen before anything is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import Response, flash, request
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict

from bookapp.booking.desk_views.area import blueprint
from bookapp.catalog.models import Merchant
from bookapp.infra import clock
from bookapp.infra.idempotency import fingerprint
from bookapp.scheduling.actions.sessions import (
    create_series,
    create_session,
    preview_parts,
    preview_series,
    preview_session,
)
from bookapp.scheduling.errors import PlaceOccupied
from bookapp.scheduling.forms import PlanForm, chosen_dates
from bookapp.scheduling.forms.agenda import AgendaInput
from bookapp.scheduling.messages import why
from bookapp.scheduling.queries.desk import Choices, choices_in, houses_of
from bookapp.scheduling.queries.planning import room_with_venue
from bookapp.scheduling.rules import ClockChange, PlannedDay, Standing, typed
from bookapp.values.errors import NotFound, NotValid
from bookapp.values.timespan import Span, wall
from bookapp.web import filters
from bookapp.web.errors import of_refusal
from bookapp.web.forms import Query
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.language import gettext as _
from bookapp.web.security import current_actor

_TEMPLATE = "booking/desk/sessions/new.html"
_WEEK = dt.timedelta(days=7)
# A weekly series is offered for a quarter unless somebody says otherwise.
_WEEKS = 12
# Where the title of a refusal's field has another name on the form.
_FIELDS = {"starts_at": "time", "parts": "minutes"}


@dataclass(frozen=True, slots=True)
class Seen:
    """What a draft meets: its dates, which of them are ticked, and what the preview is about."""

    rows: Sequence[PlannedDay]
    ticked: frozenset[str]
    about: str
    zone: str
    # The nearest times that can be had: in words, and as the button of each sends it.
    nearest: Sequence[tuple[str, str]] = ()
    # Of a retreat: its agenda. All of it can be had, or none.
    parts: Sequence[tuple[str, Span]] = ()

    @property
    def can_all(self) -> bool:
        """Whether every row can be had."""
        return all(row.is_possible for row in self.rows)

    @property
    def chosen(self) -> int:
        """How many are ticked."""
        return len(self.ticked)


@blueprint.get("/desk/sessions/new")
def plan_session() -> Response:
    """The empty form; `date` and `time` in the address are taken over."""
    house, choices = _house(Query(request.args))
    query = Query(request.args)
    day = query.day("date") or wall(clock.now(), house.zone).date() + dt.timedelta(days=1)
    form = PlanForm(
        formdata=None, choices=choices, currency=house.currency, day=day, time=query.text("time") or "09:00",
        minutes=60, weekdays=[day.weekday()], last=day + _WEEKS * _WEEK, skip_closed=True,
        service=query.integer("service", low=1, high=2**53),
    )  # fmt: skip
    return _page(house, form, None)


@blueprint.post("/desk/sessions/new")
def make_session() -> Response:
    """Look at what was typed, or write what was seen and ticked."""
    house, choices = _house(Query(request.form))
    form = PlanForm(formdata=_at_another_time(request.form), choices=choices, currency=house.currency)
    is_save = Query(request.form).choice("act", ("save", "preview")) == "save"
    agenda = AgendaInput.read(request.form)
    parts = agenda.understood(_zone(form, house)) if form.is_agenda else []
    if not form.validate() or (form.is_agenda and not parts):
        return _page(house, form, None, agenda=agenda, status=422 if is_save else 200)
    try:
        seen = _look(form, house, parts)
        if not is_save or form.seen.data != seen.about:
            unseen = _("Please look at the dates first: they have changed.") if is_save else ""
            return _page(house, form, seen, agenda=agenda, refused=unseen, status=409 if is_save else 200)
        made = _write(form, seen)
    except NotValid as refusal:
        form.refuse(_at_fields(refusal))
        return _page(house, form, None, agenda=agenda, status=refusal.status if is_save else 200)
    except PlaceOccupied as refusal:
        seen, said = _look(form, house, parts), of_refusal(refusal).sentence
        return _page(house, form, seen, agenda=agenda, refused=said, status=refusal.status)
    flash(ngettext("%(num)s session is on the timetable.", "%(num)s sessions are on the timetable.", made))
    return redirect_to("/desk/sessions")


def _house(query: Query) -> tuple[Merchant, Choices]:
    """The house named in what was sent, else the first of theirs, and what they may plan with there."""
    slug, houses = query.text("merchant"), houses_of(current_actor())
    found = next((each for each in houses if each.slug == slug), None) if slug else next(iter(houses), None)
    if found is None:
        raise NotFound
    choices = choices_in(current_actor(), found.id)
    return found, replace(choices, weekdays=[filters.weekday(dt.date(2024, 1, 1 + day)) for day in range(7)])


def _at_another_time(fields: MultiDict[str, str]) -> MultiDict[str, str]:
    """The form, at the time of the button that was pressed among the nearest ones ("2027-03-08 09:00")."""
    day, _space, time = Query(fields).text("at").partition(" ")
    if not time:
        return fields
    changed = fields.copy()
    changed["day"], changed["time"] = day, time
    return changed


def _zone(form: PlanForm, house: Merchant) -> str:
    """On whose clocks the times are typed: the room's, else the house's."""
    room = room_with_venue(form.room.data or None)
    return room.venue.zone if room else house.zone


def _look(form: PlanForm, house: Merchant, parts: Sequence[tuple[str, Span]]) -> Seen:
    actor, now, draft = current_actor(), clock.now(), form.draft
    zone = _zone(form, house)
    if parts:
        rows = preview_parts(actor, draft, parts, now=now)
        return Seen(rows, frozenset(), fingerprint(draft=repr(draft), parts=repr(parts)), zone, parts=parts)
    nearest: Sequence[tuple[str, str]] = ()
    if form.is_weekly:
        weekly, skip = form.weekly, bool(form.skip_closed.data)
        rows = preview_series(actor, draft, weekly, now=now, skip_closed=skip)
        about = fingerprint(draft=repr(draft), weekly=repr(replace(weekly, weekdays=frozenset())),
                            days=sorted(weekly.weekdays), skip=skip)  # fmt: skip
    else:
        start = form.starts_at(zone)
        span = Span(start, start + dt.timedelta(minutes=form.minutes.data or 0))
        row, instead = preview_session(actor, draft, span, now=now)
        rows, about = [row], fingerprint(draft=repr(draft), span=repr(span))
        nearest = [(filters.when(at, zone), f"{wall(at, zone).date()} {typed(at, zone)}") for at in instead]
    if form.seen.data == about:
        ticked = {f"{day.isoformat()}:{room_id or 0}" for day, room_id in chosen_dates(request.form)}
    else:
        ticked = {value_of(row) for row in rows if row.is_possible and row.standing is not Standing.CLOSED}
    return Seen(rows, frozenset(ticked & {value_of(row) for row in rows}), about, zone, nearest)


def _write(form: PlanForm, seen: Seen) -> int:
    """Write what is ticked; returns how many sessions that are."""
    actor, now, key = current_actor(), clock.now(), form.idempotency_key.data
    if seen.parts:
        spans = [part for _title, part in seen.parts]
        _create(form, Span(spans[0].start, spans[-1].end), form.draft.room_id, parts=seen.parts)
        return 1
    chosen = [(row.day, row.room_id) for row in seen.rows if value_of(row) in seen.ticked]
    if not chosen:
        raise NotValid({"day": _("Nothing is chosen: tick at least one date that can be had.")})
    if form.is_weekly:
        return len(create_series(actor, form.draft, form.weekly, now=now, key=key, chosen=chosen))
    (row,) = seen.rows
    _create(form, row.span, row.room_id)
    return 1


def _create(form: PlanForm, span: Span, room_id: int | None, *, parts: Sequence[tuple[str, Span]] = ()) -> None:
    draft = form.draft
    create_session(
        current_actor(), draft.service_id, span=span, now=clock.now(), room_id=room_id, parts=parts,
        facilitator_id=draft.facilitator_id, title=draft.title, capacity=draft.capacity,
        price_minor=draft.price_minor, key=form.idempotency_key.data,
    )  # fmt: skip


def _page(
    house: Merchant, form: PlanForm, seen: Seen | None, *, agenda: AgendaInput | None = None, refused: str = "",
    status: int = 200,
) -> Response:  # fmt: skip
    return page(
        _TEMPLATE,
        "preview",
        status=status,
        house=house,
        houses=[(each.slug, each.name) for each in houses_of(current_actor())],
        form=form,
        agenda=agenda or AgendaInput(),
        seen=seen,
        refused=refused,
        value_of=value_of,
        said=said,
        clock_words=clock_words,
    )


def value_of(row: PlannedDay) -> str:
    """How a date is ticked: its day and room."""
    return f"{row.day.isoformat()}:{row.room_id or 0}"


def said(row: PlannedDay) -> str:
    """Why a date is not simply free."""
    return ". ".join(why(reason) for reason in row.reasons)


def clock_words(row: PlannedDay, zone: str) -> str:
    """What the clocks do to the wall time on that day; "" on all others."""
    begins = filters.time(row.span.start, zone)
    match row.clock:
        case ClockChange.MISSING:
            return _("The clocks jump over this time: it begins at %(time)s.", time=begins)
        case ClockChange.TWICE:
            return _("This time comes twice that night: it begins at the first %(time)s.", time=begins)
        case _:
            return ""


def _at_fields(refusal: NotValid) -> NotValid:
    fields = {_FIELDS.get(name, name): words for name, words in refusal.fields.items()}
    return NotValid(fields, refusal.sentence, **refusal.params)
