"""POST /favourites: the heart on rooms and venues."""

from __future__ import annotations

from flask import Response, render_template, request
from flask_babel import gettext as _

from bookapp.catalog.queries import room_by_slug, venue_by_slug
from bookapp.favourites import actions
from bookapp.favourites.forms import HeartForm
from bookapp.values.errors import NotFound
from bookapp.web.areas import SIGNED_IN, area
from bookapp.web.hypermedia import is_partial, redirect_to
from bookapp.web.security import current_actor, local_path

blueprint = area("favourites", __name__, SIGNED_IN)


@blueprint.post("/favourites")
def change() -> Response:
    """Keep a room or a venue, or let it go; the answer is the heart, or the page it stands on."""
    form = HeartForm()
    if not form.validate():
        raise NotFound()
    find = room_by_slug if form.kind.data == "room" else venue_by_slug
    thing = find(form.slug.data)
    kept = form.keep.data == "yes"
    verb = actions.keep if kept else actions.unkeep
    verb(current_actor(), thing)
    if is_partial():
        said = _("%(name)s is kept.", name=thing.name) if kept else _("%(name)s is no longer kept.", name=thing.name)
        return Response(
            render_template("favourites/_answer.html", kind=form.kind.data, thing=thing, kept=kept, said=said)
        )
    return redirect_to(local_path(form.back.data or request.referrer))
