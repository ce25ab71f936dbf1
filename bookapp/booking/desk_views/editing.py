"""/desk/sessions/<id>/edit: a session at another time or place, with who will be told and what stands in the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import Response, flash, request
from flask_babel import gettext as _
from flask_babel import ngettext

from bookapp.booking import actions
from bookapp.booking.desk_views.area import blueprint
from bookapp.booking.desk_views.planning import said
from bookapp.booking.queries.calloff import told_of_changes
from bookapp.infra import clock
from bookapp.scheduling.actions.sessions import preview_change
from bookapp.scheduling.errors import PlaceOccupied, SessionBegun, SessionBehindUs, StaleSession
from bookapp.scheduling.forms import EditForm
from bookapp.scheduling.models import Session
from bookapp.scheduling.queries.desk import Choices, choices_in, desk_session
from bookapp.scheduling.rules import PlannedDay
from bookapp.values.errors import NotValid
from bookapp.web import filters
from bookapp.web.errors import of_refusal
from bookapp.web.forms import Query
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor

_FIELDS = {"starts_at": "time"}


@blueprint.get("/desk/sessions/<int:session_id>/edit")
def edit_session(session_id: int) -> Response:
    """The form with what it is now."""
    session = desk_session(current_actor(), session_id)
    return _page(session, EditForm(session, formdata=None, choices=_choices(session)))


@blueprint.post("/desk/sessions/<int:session_id>/edit")
def change_session(session_id: int) -> Response:
    """Look at what a change would meet, or make it and tell everybody."""
    session = desk_session(current_actor(), session_id)
    form = EditForm(session, choices=_choices(session))
    is_save = Query(request.form).choice("act", ("save", "preview")) == "save"
    if not form.validate():
        return _page(session, form, status=422 if is_save else 200)
    try:
        changes = form.changes
        if not is_save:
            return _page(session, form, rows=preview_change(session, changes, now=clock.now()))
        changed = actions.change_session(
            current_actor(), session.id, changes, version=form.seen_version, now=clock.now(),
            reason=form.reason.data or "",
        )  # fmt: skip
    except NotValid as refusal:
        fields = {_FIELDS.get(name, name): words for name, words in refusal.fields.items()}
        form.refuse(NotValid(fields, refusal.sentence, **refusal.params))
        return _page(session, form, status=refusal.status if is_save else 200)
    except StaleSession as stale:
        return _stale(session_id, form, stale)
    except (PlaceOccupied, SessionBegun, SessionBehindUs) as refusal:
        session = desk_session(current_actor(), session_id)
        rows = preview_change(session, form.changes, now=clock.now())
        return _page(session, form, rows=rows, refused=of_refusal(refusal).sentence, status=refusal.status)
    _tell(session_id, is_news=changed.version != form.seen_version)
    return redirect_to("/desk/sessions")


def _stale(session_id: int, form: EditForm, stale: StaleSession) -> Response:
    """Somebody was faster: what is now beside what was typed, all of it kept, to be sent once more on purpose."""
    session = desk_session(current_actor(), session_id)
    form.version.data = str(session.version)
    now = EditForm(session, formdata=None, choices=_choices(session))
    both = [
        (field.label.text, _shown(now[field.name]), _shown(field))
        for field in form
        if field.name in ("title", "day", "time", "minutes", "room", "facilitator", "capacity", "price")
    ]
    return _page(
        session, form, both=[row for row in both if row[1] != row[2]], refused=of_refusal(stale).sentence,
        status=stale.status,
    )  # fmt: skip


def _shown(field: Any) -> str:
    """What stands in a field, as people read it."""
    if hasattr(field, "choices"):
        return next((option.label for option in field.choices if option.value == str(field.data)), "")
    value = field.data
    return filters.day(value) if field.name == "day" and value else str(value if value is not None else "")


def _choices(session: Session) -> Choices:
    """What it may become, what it is now among it."""
    found = choices_in(current_actor(), session.merchant_id)
    rooms, people = list(found.rooms), list(found.people)
    if session.room is not None and session.room.id not in {room_id for room_id, _name in rooms}:
        rooms.insert(0, (session.room.id, session.room.name))
    if session.facilitator is not None and session.facilitator.id not in {each for each, _name in people}:
        people.insert(0, (session.facilitator.id, session.facilitator.name))
    return replace(found, rooms=rooms, people=people)


def _tell(session_id: int, *, is_news: bool) -> None:
    told = told_of_changes(session_id)
    if is_news and told:
        flash(
            _("Saved. ")
            + ngettext("%(num)s person is told if time, place or host is new.",
                       "%(num)s people are told if time, place or host is new.", told)
        )  # fmt: skip
    else:
        flash(_("Saved."))


def _page(
    session: Session,
    form: EditForm,
    *,
    rows: Sequence[PlannedDay] | None = None,
    both: Sequence[tuple[str, str, str]] = (),
    refused: str = "",
    status: int = 200,
) -> Response:
    return page(
        "booking/desk/sessions/edit.html",
        "preview",
        status=status,
        session=session,
        form=form,
        rows=rows,
        both=both,
        refused=refused,
        told=told_of_changes(session.id),
        can_change=session.state == "scheduled" and clock.now() < session.ends_at,
        said=said,
    )
