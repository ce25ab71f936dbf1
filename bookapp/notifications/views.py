"""/notifications: the bell of everybody with an account."""

from __future__ import annotations

from flask import Response, flash, render_template, request
from flask_babel import gettext as _

from bookapp.infra import clock
from bookapp.notifications import actions, queries
from bookapp.values.errors import NotFound
from bookapp.web.areas import SIGNED_IN, area
from bookapp.web.forms import Query
from bookapp.web.hypermedia import is_partial, page, redirect_to
from bookapp.web.security import current_actor

_MOST_PAGES = 100_000

views = area("notifications", __name__, SIGNED_IN)


@views.app_template_global("bell_count")
def unread_in_bell() -> str:
    """How much is new, as the menu writes it: "", "3", "99+". Only for pages that know their reader."""
    count = queries.unread_count(current_actor().user_id)
    return f"{queries.MOST_COUNTED - 1}+" if count >= queries.MOST_COUNTED else str(count or "")


@views.get("/notifications")
def show() -> Response:
    """One page of it; htmx asks for the list alone when something came."""
    return _page(Query(request.args).integer("page", low=1, high=_MOST_PAGES) or 1)


@views.post("/notifications/reading")
def read() -> Response:
    """Everything that was on the page, and before it, was seen."""
    up_to = Query(request.form).integer("up_to", low=0, high=10**12 - 1) or 0
    actions.mark_read(current_actor().user_id, up_to=up_to, now=clock.now())
    return _page(1) if is_partial() else redirect_to("/notifications")


@views.post("/notifications/mail")
def choose_mail() -> Response:
    """Those who serve bookings are written to about them, or not."""
    user_id = current_actor().user_id
    wanted = Query(request.form).choice("bookings", ("on", "off"), "on") == "on"
    actions.choose_mail(user_id, bookings=wanted)
    flash(
        _("You are written to about bookings.") if wanted else _("No more mails about bookings. Your bell still rings.")
    )
    return redirect_to("/notifications")


@views.get("/notifications/count")
def count() -> str:
    """How much is new, as it stands in the menu of an open page."""
    return render_template("notifications/_bell.html")


def _page(number: int) -> Response:
    actor = current_actor()
    notices, is_more = queries.notices_of(actor.user_id, page=number)
    if not notices and number > 1:
        raise NotFound
    return page(
        "notifications/index.html",
        "list",
        notices=notices,
        is_more=is_more,
        number=number,
        is_staff=bool(actor.grants),
        is_written_to=not queries.mail_unwanted([actor.user_id]),
        newest=max((notice.id for notice in notices), default=0),
    )
