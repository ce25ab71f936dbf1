"""/sell: a customer would like to become a merchant."""

from __future__ import annotations

from flask import Response, flash
from flask_babel import gettext as _

from bookapp.infra import clock, limits
from bookapp.infra.limits import limiter
from bookapp.members import actions
from bookapp.members.errors import EmailNotProved
from bookapp.members.forms import ApplicationForm
from bookapp.members.queries.applications import latest_application
from bookapp.values.errors import NotValid
from bookapp.web.areas import SIGNED_IN, area
from bookapp.web.errors import of_refusal
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor

views = area("members_sell", __name__, audience=SIGNED_IN)


@views.get("/sell")
def show() -> Response:
    """What it takes, and the form; or how the application stands."""
    return _page(ApplicationForm(formdata=None).offer())


@views.post("/sell")
@limiter.limit(limits.SIGN_UP)
def apply() -> Response:
    """Ask for it."""
    form = ApplicationForm().offer()
    try:
        if not form.validate_on_submit():
            raise NotValid({})
        actions.apply(current_actor(), form.wish, now=clock.now())
    except NotValid as refusal:
        form.refuse(refusal)
        return _page(form, status=422)
    except EmailNotProved as refusal:
        return _page(form, refusal=of_refusal(refusal).sentence, status=refusal.status)
    flash(_("Thank you. We look at it and write to you."), "good")
    return redirect_to("/sell")


def _page(form: ApplicationForm, *, refusal: str = "", status: int = 200) -> Response:
    actor = current_actor()
    application, slug = latest_application(actor.user_id) or (None, "")
    return page(
        "members/sell.html", "main", status=status, form=form, refusal=refusal, application=application, slug=slug,
        is_proved=actor.email_verified,
    )  # fmt: skip
