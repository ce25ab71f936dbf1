"""Cancelling a session: who would be paid back how much, the button, and how far it is."""

from __future__ import annotations

from flask import Response, url_for

from bookapp.booking import actions
from bookapp.booking.desk_views.area import blueprint
from bookapp.booking.forms import CallOffForm
from bookapp.booking.models import SessionCancellation
from bookapp.booking.policy import may_call_off
from bookapp.booking.queries import calloff
from bookapp.infra import clock
from bookapp.scheduling.models import Session
from bookapp.values.errors import NotFound
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor


@blueprint.get("/desk/sessions/<int:session_id>/cancellation")
def show_cancellation(session_id: int) -> Response:
    """Before: what it would do. After: how far it is; htmx asks for the block "progress" again and again."""
    session = _session(session_id)
    cancellation = calloff.cancellation_of(session.id)
    if cancellation is not None:
        return _progress(session, cancellation)
    return _preview(session, CallOffForm(formdata=None))


@blueprint.post("/desk/sessions/<int:session_id>/cancellation")
def call_off(session_id: int) -> Response:
    """Cancel it. The session is off the timetable at once; the rest is done by workers."""
    session = _session(session_id)
    form = CallOffForm()
    if not form.validate():
        return _preview(session, form, status=422)
    actions.call_off_session(
        current_actor(), session.id, now=clock.now(), key=form.idempotency_key.data, reason=form.reason.data or ""
    )
    return redirect_to(url_for("booking_desk.show_cancellation", session_id=session.id))


def _session(session_id: int) -> Session:
    session = calloff.session_at_desk(session_id)
    if not may_call_off(current_actor(), session):
        raise NotFound
    return session


def _preview(session: Session, form: CallOffForm, *, status: int = 200) -> Response:
    return page(
        "booking/desk/calling_off/new.html",
        status=status,
        session=session,
        form=form,
        preview=calloff.preview(session),
        can_call_off=session.state == "scheduled" and clock.now() < session.ends_at,
    )


def _progress(session: Session, cancellation: SessionCancellation) -> Response:
    return page(
        "booking/desk/calling_off/show.html",
        "progress",
        session=session,
        cancellation=cancellation,
        progress=calloff.progress(cancellation, session.currency),
    )
