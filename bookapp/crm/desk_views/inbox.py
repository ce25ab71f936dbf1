"""/desk/inbox: what programs told a facilitator about their bookings; each sees their own."""

from __future__ import annotations

from flask import Response, render_template, request, url_for

from bookapp.crm.actions import inbox as actions
from bookapp.crm.desk_views.area import blueprint
from bookapp.crm.queries import inbox as queries
from bookapp.crm.states import NotificationKind
from bookapp.infra import clock
from bookapp.values.errors import NotFound
from bookapp.web.forms import Query
from bookapp.web.hypermedia import is_partial, page, redirect_to
from bookapp.web.language import gettext as _
from bookapp.web.security import current_actor

_MOST_PAGES = 100_000


@blueprint.app_template_global("inbox_unread")
def unread_in_inbox() -> str | None:
    """How many lines of the reader's inbox are new, as the menu writes it ("", "3", "99+"); None without an inbox."""
    count = queries.unread_count(current_actor().user_id)
    if count is None:
        return None
    return f"{queries.MOST_COUNTED - 1}+" if count >= queries.MOST_COUNTED else str(count or "")


@blueprint.get("/desk/inbox")
def show_inbox() -> Response:
    """One page of it; htmx asks for the list alone when something came."""
    return _page(Query(request.args).integer("page", low=1, high=_MOST_PAGES) or 1)


@blueprint.get("/desk/inbox/unread")
def show_unread() -> Response:
    """The count in the menu."""
    return Response(render_template("crm/desk/inbox/_unread.html", unread=unread_in_inbox() or ""))


@blueprint.post("/desk/inbox/<int:notification_id>/reading")
def read_one(notification_id: int) -> Response:
    """This one was seen."""
    actions.mark_read(current_actor(), notification_id, now=clock.now())
    return _back()


@blueprint.post("/desk/inbox/reading")
def read_all() -> Response:
    """Everything that was on the page, and before it, was seen."""
    up_to = Query(request.form).integer("up_to", low=0, high=10**12 - 1) or 0
    actions.mark_all_read(current_actor(), up_to=up_to, now=clock.now())
    return _back()


def _back() -> Response:
    number = Query(request.form).integer("page", low=1, high=_MOST_PAGES) or 1
    if is_partial():
        return _page(number)
    return redirect_to(url_for("crm.show_inbox", page=number if number > 1 else None))


def _page(number: int) -> Response:
    facilitator_id = queries.facilitator_id_of(current_actor().user_id)
    if facilitator_id is None:
        raise NotFound
    found = queries.inbox_of(facilitator_id, page=number)
    if not found.lines and number > 1:
        raise NotFound
    return page(
        "crm/desk/inbox/index.html",
        "list",
        found=found,
        number=number,
        kinds={kind.value: (kind.tone, kind.mark, _(kind.label)) for kind in NotificationKind},
    )
