"""/desk/profile: what a facilitator says of themselves on their public page."""

from __future__ import annotations

from flask import Response, flash, url_for
from flask_babel import gettext as _

from bookapp.catalog.actions import change_profile
from bookapp.catalog.errors import ProfileChanged
from bookapp.catalog.models import Facilitator
from bookapp.catalog.queries.people import version_of_profile
from bookapp.catalog.states import Level
from bookapp.crm.desk_views.area import blueprint
from bookapp.crm.forms.profile import ProfileForm
from bookapp.crm.queries.circles import own_record
from bookapp.values.errors import NotValid
from bookapp.web.errors import of_refusal
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor


@blueprint.get("/desk/profile")
def show_profile() -> Response:
    """The form, and what only the house sets."""
    person = own_record(current_actor())
    return _page(person, ProfileForm(formdata=None, obj=person, version=version_of_profile(person)))


@blueprint.post("/desk/profile")
def save_profile() -> Response:
    """Save it; who is second sees what the first one said."""
    actor, form = current_actor(), ProfileForm()
    person = own_record(actor)
    if not form.validate():
        return _page(person, form, status=422)
    try:
        change_profile(actor, person.id, form.draft, version=form.version.data or "")
    except NotValid as refusal:
        form.refuse(refusal)
        return _page(person, form, status=refusal.status)
    except ProfileChanged as refusal:
        person = own_record(actor)
        form.version.data = version_of_profile(person)
        return _page(person, form, stale=of_refusal(refusal).sentence, status=refusal.status)
    flash(_("Saved. It stands on your page now."), "good")
    return redirect_to(url_for("crm.show_profile"))


def _page(person: Facilitator, form: ProfileForm, *, stale: str = "", status: int = 200) -> Response:
    return page(
        "crm/desk/profile/show.html",
        status=status,
        person=person,
        level=_(Level(person.level).label),
        form=form,
        stale=stale,
    )
