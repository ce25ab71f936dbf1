"""/desk/webhooks: what providers told us and how the work on it went; never what is in it."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Response, flash, request
from flask_babel import gettext as _

from bookapp.operations.desk_views.area import blueprint
from bookapp.payments.actions import work_off_again
from bookapp.payments.queries import WEBHOOK_STATES, webhooks
from bookapp.payments.states import GATEWAY_NAMES
from bookapp.web.forms import Query
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor

_MOST_PAGES = 100_000
_PROVIDERS = ("stripe", "razorpay", "sandbox")


@blueprint.get("/desk/webhooks")
def list_webhooks() -> Response:
    """What was received, the newest first, filtered by what the address says."""
    query = Query(request.args)
    gateway, state = query.choice("gateway", _PROVIDERS), query.choice("state", WEBHOOK_STATES)
    kind, number = query.text("kind"), query.integer("page", low=1, high=_MOST_PAGES) or 1
    given = (("gateway", gateway), ("state", state), ("kind", kind))
    here = urlencode({name: value for name, value in given if value})
    found = webhooks(gateway=gateway, state=state, kind=kind, page=number)
    return page(
        "operations/desk/webhooks.html",
        "rows",
        found=found,
        gateway=gateway,
        state=state,
        kind=kind,
        providers=[(name, _(GATEWAY_NAMES[name])) for name in _PROVIDERS],
        provider_names=GATEWAY_NAMES,
        page_number=number,
        pages_url=f"/desk/webhooks?{here}{'&' if here else ''}page={{page}}",
    )


@blueprint.post("/desk/webhooks/<int:event_id>/retry")
def retry_webhook(event_id: int) -> Response:
    """Have it worked off once more."""
    if work_off_again(current_actor(), event_id):
        flash(_("It is worked off again. What comes of it is here in a moment."))
    else:
        flash(_("It waits for its turn anyway."))
    return redirect_to("/desk/webhooks")
