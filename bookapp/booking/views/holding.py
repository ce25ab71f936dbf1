"""POST /hold: every reserve button leads here, and from here to the checkout."""

from __future__ import annotations

from flask import Response, request, url_for

from bookapp.booking import actions
from bookapp.booking.errors import NotBookable, SessionFull, SlotTaken
from bookapp.booking.forms import HoldForm, chosen, wish_from
from bookapp.booking.queries.private import check_open
from bookapp.booking.views.alternatives import nearest_yes
from bookapp.booking.views.area import blueprint
from bookapp.infra import clock
from bookapp.infra.limits import BOOKINGS, limiter
from bookapp.web.hypermedia import redirect_to
from bookapp.web.keys import known_keys
from bookapp.web.security import current_actor, origin


@blueprint.post("/hold")
@limiter.limit(BOOKINGS)
def hold() -> Response:
    """Hold what was chosen and lead to the checkout; a refusal names the nearest yes."""
    fields = chosen(request.form)
    form = HoldForm(formdata=fields)
    form.validate()
    wish, shown_minor = wish_from(fields)
    check_open(wish, known_keys)
    now = clock.now()
    try:
        ref = actions.reserve(
            current_actor(),
            wish,
            now=now,
            key=form.idempotency_key.data,
            origin=origin(),
            shown_minor=shown_minor,
        )
    except (SlotTaken, SessionFull, NotBookable) as refusal:
        refusal.alternatives = nearest_yes(wish, now=now)
        raise
    return redirect_to(url_for("booking.show_checkout", ref=ref))
