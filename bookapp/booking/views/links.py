"""Guests without an account: the link in their mail, and how to get it again."""

from __future__ import annotations

from flask import Response, session, url_for

from bookapp.booking import actions
from bookapp.booking.forms import FindForm
from bookapp.booking.views.area import blueprint
from bookapp.infra import clock
from bookapp.infra.limits import SIGN_UP, limiter
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import LINKS

# What a browser may remember; the oldest link gives way.
_MOST_LINKS = 10


@blueprint.get("/manage/<token>")
def manage(token: str) -> Response:
    """Remember in this browser that it holds the link, and show the booking at its own address."""
    return remember(token, "booking.show")


def remember(token: str, endpoint: str) -> Response:
    """Let this browser see the booking of a mailed link from now on, and lead to `endpoint` about it."""
    ref, version = actions.open_link(token)
    known = [link for link in session.get(LINKS, []) if link[0] != ref]
    session[LINKS] = [*known, [ref, version]][-_MOST_LINKS:]
    response = redirect_to(url_for(endpoint, ref=ref))
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@blueprint.get("/bookings/find")
def find() -> Response:
    """Ask for the email a booking was made with."""
    return page("booking/find.html", form=FindForm(formdata=None), sent_to="")


@blueprint.post("/bookings/find")
@limiter.limit(SIGN_UP)
def mail_links() -> Response:
    """Mail the links; the answer is the same whether there are any."""
    form = FindForm()
    if not form.validate():
        return page("booking/find.html", form=form, sent_to="", status=422)
    actions.mail_links(form.email.data, now=clock.now())
    return page("booking/find.html", form=FindForm(formdata=None), sent_to=form.email.data)
