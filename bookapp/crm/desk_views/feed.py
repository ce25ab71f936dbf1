"""/desk/feed: the secret address of a facilitator's calendar."""

from __future__ import annotations

from flask import Response, flash, url_for
from flask_babel import gettext as _

from bookapp.crm.actions.feeds import make_feed, revoke_feed
from bookapp.crm.desk_views.area import blueprint
from bookapp.crm.queries.circles import own_record
from bookapp.crm.queries.feeds import HOSTING, feed_of
from bookapp.infra import clock
from bookapp.infra.settings import public_url
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor


@blueprint.get("/desk/feed")
def show_feed() -> Response:
    """Whether there is one, and since when; its address is told only when it is made."""
    return _page()


@blueprint.post("/desk/feed")
def make_hosts_feed() -> Response:
    """A new address; one that was told before leads nowhere any more."""
    return _page(make_feed(current_actor(), HOSTING, now=clock.now()))


@blueprint.post("/desk/feed/removal")
def revoke_hosts_feed() -> Response:
    """Let the address lead nowhere."""
    own_record(current_actor())
    revoke_feed(current_actor(), HOSTING)
    flash(_("The address leads nowhere any more."), "good")
    return redirect_to(url_for("crm.show_feed"))


def _page(token: str = "") -> Response:
    person = own_record(current_actor())
    response = page(
        "crm/desk/feed/show.html",
        person=person,
        feed=feed_of(current_actor().user_id, HOSTING),
        url=public_url(f"/feeds/{token}.ics") if token else "",
        action="/desk/feed",
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response
