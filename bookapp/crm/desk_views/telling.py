"""Writing to everybody who comes to one thing."""

from __future__ import annotations

from flask import Response, flash, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from bookapp.booking.queries.desk import host_of
from bookapp.crm.actions import telling as actions
from bookapp.crm.desk_views.area import blueprint
from bookapp.crm.forms.day import LateForm, MessageForm
from bookapp.crm.queries.roster import Gathering, addresses, gathering
from bookapp.infra import clock
from bookapp.scheduling.policy import may_plan_session
from bookapp.values.errors import NotFound, NotPossibleNow
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor


@blueprint.get("/desk/day/<key>/message")
def write_to_all(key: str) -> Response:
    """What would you like to say, and who will hear it; and the buttons for being late."""
    return _page(_own(key), MessageForm(formdata=None))


@blueprint.post("/desk/day/<key>/message")
def tell_all(key: str) -> Response:
    """Write to everybody."""
    found, form = _own(key), MessageForm()
    if not form.validate():
        return _page(found, form, status=422)
    try:
        told = actions.tell_everyone(
            current_actor(), key, form.words.data, now=clock.now(), click=form.idempotency_key.data
        )
    except NotPossibleNow as refusal:
        return _page(found, form, refused=_(refusal.sentence, **refusal.params), status=refusal.status)
    flash(
        ngettext(
            "Your words are on their way to %(num)s person.", "Your words are on their way to %(num)s people.", told
        )
    )
    return redirect_to(url_for("crm.show_day"))


@blueprint.post("/desk/day/<key>/late")
def tell_late(key: str) -> Response:
    """Running late, by so many minutes."""
    found, form = _own(key), LateForm()
    if not form.validate():
        return _page(
            found, MessageForm(formdata=None), refused=_("Please choose one of the times on offer."), status=422
        )
    minutes = int(form.minutes.data)
    try:
        told = actions.say_late(current_actor(), key, minutes, now=clock.now(), click=form.idempotency_key.data)
    except NotPossibleNow as refusal:
        words = _(refusal.sentence, **refusal.params)
        return _page(found, MessageForm(formdata=None), refused=words, status=refusal.status)
    flash(
        ngettext(
            "%(num)s person is told that you are %(minutes)s minutes late.",
            "%(num)s people are told that you are %(minutes)s minutes late.",
            told,
            minutes=minutes,
        )
    )
    return redirect_to(url_for("crm.show_day"))


def _own(key: str) -> Gathering:
    found = gathering(key)
    if not may_plan_session(current_actor(), found.merchant_id, found.venue_id, host_of(found.facilitator_id)):
        raise NotFound
    return found


def _page(found: Gathering, form: MessageForm, *, refused: str = "", status: int = 200) -> Response:
    people = addresses([one for one in found.bookings if one.state == "confirmed"])
    return page(
        "crm/desk/day/message.html",
        status=status,
        found=found,
        form=form,
        refused=refused,
        names=[one.name or one.email for one in people],
        late=LateForm(formdata=None),
        over=found.span.end <= clock.now(),
    )
