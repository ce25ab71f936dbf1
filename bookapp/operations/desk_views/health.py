"""/desk/health: whether everything is there and keeps up, on one page."""

from __future__ import annotations

import datetime as dt

from flask import Response
from flask_babel import gettext as _

from bookapp.infra import clock
from bookapp.operations import queries
from bookapp.operations.desk_views.area import blueprint
from bookapp.payments.queries import case_counts
from bookapp.values.words import N_
from bookapp.web.hypermedia import page
from bookapp.web.security import current_actor

_A_DAY = dt.timedelta(days=1)
_COUNTED = {
    "booking.held": N_("Holds"),
    "booking.confirmed": N_("Bookings confirmed"),
    "booking.moved": N_("Bookings moved"),
    "booking.cancelled": N_("Bookings cancelled"),
    "payment.succeeded": N_("Payments arrived"),
    "payment.failed": N_("Payments declined"),
    "refund.processed": N_("Refunds sent"),
    "refund.failed": N_("Refunds failed"),
}


@blueprint.get("/desk/health")
def show_health() -> Response:
    """What is missing, what waits and for how long, what failed, and how much came in during the last day."""
    now = clock.now()
    return page(
        "operations/desk/health.html",
        "figures",
        missing=queries.what_is_missing(),
        outbox=queries.outbox_figures(now),
        jobs=queries.job_figures(now),
        happened=[(_(_COUNTED[action]), count) for action, count in queries.happened_since(now - _A_DAY).items()],
        cases=sum(case_counts(current_actor()).values()),
        now=now,
    )
