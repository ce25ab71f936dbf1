"""/desk/audit: who did what, when, to which record, and why."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlencode

from flask import Response, request

from bookapp.audit.queries import ONLY, TrailFilter, trail
from bookapp.identity.queries import names_of, user_by_login
from bookapp.infra import clock
from bookapp.operations.desk_views.area import blueprint
from bookapp.values.timespan import UTC
from bookapp.web.forms import Query
from bookapp.web.hypermedia import page

# How far back one looks when no days are given: the trail of years is not read by chance.
_DAYS_BACK = 7
_FIELDS = ("subject", "who", "action", "from", "to", "only")


@blueprint.get("/desk/audit")
def show_trail() -> Response:
    """The trail, newest first; filters are in the address, and "older" leads on from the last row."""
    query = Query(request.args)
    subject, who, action = query.text("subject"), query.text("who"), query.text("action")
    first, last = query.day("from"), query.day("to")
    if not subject and not query.choice("only", ONLY) and first is None and "from" not in query.errors:
        first = (last or clock.now().date()) - dt.timedelta(days=_DAYS_BACK)
    user = user_by_login(who) if who else None
    wanted = TrailFilter(
        subject=subject,
        user_id=user.id if user else None,
        action=action,
        start=_midnight(first) if first else None,
        end=_midnight(last + dt.timedelta(days=1)) if last else None,
        only=query.choice("only", ONLY),
        before_id=query.integer("before", low=1, high=2**53),
    )
    entries, older = ([], None) if who and user is None else trail(wanted)
    ids = {user_id for one in entries for user_id in (one.user_id, one.impersonator_id) if user_id is not None}
    return page(
        "operations/desk/trail.html",
        "entries",
        entries=entries,
        names=names_of(ids),
        wanted=wanted,
        who=who,
        days=(first, last),
        errors=query.errors,
        older=f"/desk/audit?{_address(older)}" if older else "",
    )


def _address(older: int) -> str:
    kept = {name: request.args[name] for name in _FIELDS if request.args.get(name)}
    return urlencode(kept | {"before": str(older)})


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), UTC)
