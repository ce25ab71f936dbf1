"""Who comes to a session, who came, and who comes in from the street."""

from __future__ import annotations

from flask import Response, flash, request, url_for

from bookapp.booking import actions
from bookapp.booking.models import Booking
from bookapp.booking.policy import may_call_off
from bookapp.crm.desk_views.area import blueprint
from bookapp.crm.desk_views.day import place_words
from bookapp.crm.desk_views.people import Roster, roster
from bookapp.crm.forms.day import CorrectionForm, WalkInForm
from bookapp.crm.queries.roster import Gathering, booking_gathering, session_gathering
from bookapp.infra import clock
from bookapp.scheduling.models import Session
from bookapp.values.errors import NotFound, NotPossibleNow, NotValid
from bookapp.web import filters
from bookapp.web.forms import Query
from bookapp.web.hypermedia import is_partial, page, redirect_to
from bookapp.web.language import gettext as _
from bookapp.web.security import current_actor, local_path


@blueprint.get("/desk/sessions/<int:session_id>/roster")
def show_roster(session_id: int) -> Response:
    """Everybody who has a place, to mark and to print."""
    return _page(_hosted(session_id), WalkInForm(formdata=None))


@blueprint.post("/desk/sessions/<int:session_id>/walk-in")
def let_in(session_id: int) -> Response:
    """A seat for somebody who stands in the door."""
    found = _hosted(session_id)
    form = WalkInForm()
    if not form.validate():
        return _page(found, form, status=422)
    try:
        booking = actions.walk_in(
            current_actor(),
            session_id,
            name=form.name.data,
            email=form.email.data or "",
            now=clock.now(),
            key=form.idempotency_key.data,
            reason=form.reason.data or "",
        )
    except NotValid as refusal:
        form.refuse(refusal)
        return _page(_hosted(session_id), form, status=refusal.status)
    except NotPossibleNow as refusal:
        return _page(_hosted(session_id), form, refused=_(refusal.sentence, **refusal.params), status=refusal.status)
    words = _("%(name)s has a seat and is checked in.", name=booking.name)
    if booking.total:
        words += " " + _("%(amount)s to be paid here.", amount=filters.money_short(booking.total))
    flash(words)
    return redirect_to(_back(url_for("crm.show_roster", session_id=session_id)))


@blueprint.post("/desk/attendance/<int:participant_id>")
def note_attendance(participant_id: int) -> Response:
    """Arrived, late, no-show, or not marked after all."""
    mark = Query(request.form).text("attendance")
    booking = actions.mark(current_actor(), participant_id, mark, now=clock.now())
    return _after_marking(booking)


@blueprint.post("/desk/bookings/<ref>/attendance")
def correct(ref: str) -> Response:
    """Afterwards, with a reason: they came, or nobody did."""
    form = CorrectionForm()
    back = _back(url_for("booking_desk.show_booking", ref=ref))
    if not form.validate():
        flash(" ".join(words for _where, words in form.problems), "bad")
        return redirect_to(back)
    booking = actions.correct_attendance(
        current_actor(), ref, came=form.came.data == "yes", reason=form.reason.data, now=clock.now()
    )
    flash(_("Noted for %(ref)s, with your reason.", ref=booking.ref))
    return redirect_to(back)


def people_of(found: Gathering) -> Roster:
    """The roster of one gathering, as it is now."""
    return roster(found.key, found.bookings, found.span, person_id=found.facilitator_id, now=clock.now())


def _after_marking(booking: Booking) -> Response:
    """For htmx the roster alone; else back to where the button stood."""
    if not is_partial():
        return redirect_to(_back(url_for("crm.show_day")))
    if booking.session_id is not None:
        return _page(session_gathering(booking.session_id), WalkInForm(formdata=None))
    found = booking_gathering(booking.ref)
    return page(
        "crm/desk/roster/show.html",
        "roster",
        found=found,
        session=None,
        roster=people_of(found),
        walk_in=None,
        here=_back(url_for("crm.show_day")),
    )


def _hosted(session_id: int) -> Gathering:
    found = session_gathering(session_id)
    if not may_call_off(current_actor(), _session(found)):
        raise NotFound
    return found


def _session(found: Gathering) -> Session:
    assert found.session is not None
    return found.session


def _page(found: Gathering, form: WalkInForm, *, refused: str = "", status: int = 200) -> Response:
    session, now = _session(found), clock.now()
    return page(
        "crm/desk/roster/show.html",
        "roster",
        status=status,
        found=found,
        session=session,
        where=place_words(session),
        roster=people_of(found),
        walk_in=form if session.state == "scheduled" and now < session.ends_at else None,
        left=session.capacity - session.seats_taken,
        refused=refused,
        over=now >= session.ends_at,
        here=_back(url_for("crm.show_roster", session_id=session.id)),
    )


def _back(otherwise: str) -> str:
    """The page of ours that the form stood on."""
    return local_path(Query(request.form).text("back", longest=300) or otherwise, otherwise)
