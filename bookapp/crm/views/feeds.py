"""/feeds/<token>.ics, which calendar programs read, and the page on which a customer gets theirs."""

from __future__ import annotations

from flask import Response, flash, make_response, request, url_for
from flask_babel import gettext as _

from bookapp.crm.actions.feeds import make_feed, revoke_feed
from bookapp.crm.calendar import CONTENT_TYPE, feed_file
from bookapp.crm.queries.feeds import (
    BOOKINGS,
    HOSTING,
    around,
    feed_by_token,
    feed_of,
    host_behind,
    hosting,
    own_bookings,
)
from bookapp.crm.views.area import blueprint, own
from bookapp.infra import clock
from bookapp.infra.settings import public_url
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor


@blueprint.get("/feeds/<token>.ics")
def read_feed(token: str) -> Response:
    """What stands in it now; the same as last time is answered with 304."""
    feed, within = feed_by_token(token), around(clock.now())
    if feed.kind == HOSTING:
        person = host_behind(feed.user_id)
        body = feed_file(_("%(name)s hosts", name=person.name), hosting(person, within), within)
    else:
        body = feed_file(_("My bookings"), own_bookings(feed.user_id, within), within)
    response = make_response(body)
    response.headers["Content-Type"] = CONTENT_TYPE
    response.headers["Cache-Control"] = "private, no-store"
    response.add_etag()
    response.make_conditional(request)
    return response


@own.get("/bookings/feed")
def show_own_feed() -> Response:
    """Whether there is one, and since when; its address is told only when it is made."""
    return _page()


@own.post("/bookings/feed")
def make_own_feed() -> Response:
    """A new address; one that was told before leads nowhere any more."""
    return _page(make_feed(current_actor(), BOOKINGS, now=clock.now()))


@own.post("/bookings/feed/removal")
def revoke_own_feed() -> Response:
    """Let the address lead nowhere."""
    revoke_feed(current_actor(), BOOKINGS)
    flash(_("The address leads nowhere any more."), "good")
    return redirect_to(url_for("crm_own.show_own_feed"))


def _page(token: str = "") -> Response:
    response = page(
        "crm/feeds/own.html",
        feed=feed_of(current_actor().user_id, BOOKINGS),
        url=public_url(f"/feeds/{token}.ics") if token else "",
        action="/bookings/feed",
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response
