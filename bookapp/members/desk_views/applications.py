"""/desk/merchants/applications: a wish to sell here, and the answer."""

from __future__ import annotations

from flask import Response, flash, request, url_for
from flask_babel import gettext as _

from bookapp.infra import clock
from bookapp.members import actions
from bookapp.members.desk_views.area import merchants as blueprint
from bookapp.members.errors import ApplicationDecided
from bookapp.members.forms import RefusalForm
from bookapp.members.queries.applications import application_by_id
from bookapp.members.states import ApplicationState
from bookapp.web.errors import of_refusal
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor


@blueprint.get("/desk/merchants/applications/<int:application_id>")
def show_application(application_id: int) -> Response:
    """Who, what and where."""
    return _page(application_id, RefusalForm(formdata=None))


@blueprint.post("/desk/merchants/applications/<int:application_id>/decision")
def decide(application_id: int) -> Response:
    """Yes, and there is a merchant; or no, with a reason."""
    form, actor, now = RefusalForm(), current_actor(), clock.now()
    application_by_id(application_id)
    try:
        if request.form.get("act") == "approve":
            application = actions.approve(actor, application_id, now=now)
            flash(_("%(name)s can sell here now, and they are told.", name=application.name), "good")
        elif form.validate():
            actions.refuse(actor, application_id, reason=form.reason.data, now=now)
            flash(_("Refused, and they are told why."))
        else:
            return _page(application_id, form, status=422)
    except ApplicationDecided as refusal:
        return _page(application_id, form, refusal=of_refusal(refusal).sentence, status=refusal.status)
    return redirect_to(url_for("merchants_desk.show_application", application_id=application_id))


def _page(application_id: int, form: RefusalForm, *, refusal: str = "", status: int = 200) -> Response:
    application, user = application_by_id(application_id)
    return page(
        "members/desk/merchants/application.html",
        status=status,
        application=application,
        applicant=user,
        state=ApplicationState(application.state),
        form=form,
        refusal=refusal,
    )
