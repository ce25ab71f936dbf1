"""/desk/health: whether everything is there and keeps up, on one page."""

from __future__ import annotations

import datetime as dt

from flask import Response
from flask_babel import gettext as _
from flask_babel import ngettext

from bookapp.infra import clock
from bookapp.infra.settings import current_settings
from bookapp.operations import queries
from bookapp.operations.desk_views.area import blueprint
from bookapp.operations.queries import Part
from bookapp.payments.queries import case_counts, waiting_webhooks
from bookapp.values.words import N_
from bookapp.web import filters
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

_PARTS = {
    "redis": N_("Redis"),
    "worker": N_("Workers"),
    "scheduler": N_("Scheduler"),
    "backup": N_("Last backup"),
    "disk": N_("Disk"),
}
_RATES = {
    "jobs": N_("jobs done"),
    "booking.held": N_("holds"),
    "booking.confirmed": N_("bookings confirmed"),
    "payment.succeeded": N_("payments arrived"),
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
        parts=[
            (part.state, _(_PARTS[part.name]), _told(part)) for part in queries.parts(current_settings().data_dir, now)
        ],
        rates=[(_(_RATES[name]), figure) for name, figure in queries.rates(now).items()],
        webhooks=waiting_webhooks(),
        cases=sum(case_counts(current_actor()).values()),
        now=now,
    )


def _told(part: Part) -> str:
    """How a part is, in words."""
    if part.at is not None:
        return filters.when(part.at, "UTC")
    match part.name:
        case "redis":
            rings = part.figures.get("waiting")
            return (
                _("does not answer") if rings is None else ngettext("%(num)s ring waits", "%(num)s rings wait", rings)
            )
        case "worker":
            count = part.figures.get("workers")
            return (
                _("not known without Redis") if count is None else ngettext("%(num)s listens", "%(num)s listen", count)
            )
        case "scheduler":
            return _("not seen for an hour")
        case "backup":
            return _("none yet")
        case _:
            if not part.figures:
                return _("cannot be read")
            return _("%(gigabytes)s GB free, %(percent)s %%", **part.figures)
