"""The end of acting as somebody: one click, from the banner on every page."""

from __future__ import annotations

from flask import Response, flash
from flask_babel import gettext as _

from bookapp.identity import actions
from bookapp.infra import clock
from bookapp.web import security
from bookapp.web.areas import PUBLIC, area
from bookapp.web.hypermedia import redirect_to

# Public: after half an hour the account is nobody's here any more, and the way back must still be open.
views = area("identity_acting", __name__, audience=PUBLIC, url_prefix="/acting")


@views.post("/ending")
def stop() -> Response:
    """Back to one's own account; who is in it already stays there."""
    if security.acting_as() is None:
        return redirect_to("/")
    own = actions.stop_impersonating(security.browser_token(), now=clock.now())
    security.sign_out()
    if own is None:
        flash(_("You are signed out."))
        return redirect_to("/login")
    security.sign_in(own)
    flash(_("You are yourself again."), "good")
    return redirect_to("/desk/users")
