"""/invitations/<token>: what a mailed invitation leads to. Opening it only shows a button: programs read mail too.

The address is the secret: it is not kept by the browser and not told to the next page.
"""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Response, flash
from flask_babel import gettext as _

from bookapp.identity import actions as identity
from bookapp.infra import clock, limits
from bookapp.infra.limits import limiter
from bookapp.members import actions
from bookapp.members.errors import InvitationForSomebodyElse, InvitationGone
from bookapp.members.messages import role_words
from bookapp.members.queries.invitations import Invited, opened
from bookapp.members.rules import Post
from bookapp.web import security
from bookapp.web.areas import PUBLIC, area
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor

views = area("members_invitations", __name__, audience=PUBLIC)


@views.after_request
def _keep_secret(response: Response) -> Response:
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@views.get("/invitations/<token>")
def show(token: str) -> Response:
    """Who invites, as what, and the way in: for who is signed in, who has an account, and who has none yet."""
    about = _opened(token)
    if about.invitation.accepted_at is not None:
        return redirect_to("/desk")
    return _page(about, token)


@views.post("/invitations/<token>")
@limiter.limit(limits.SIGN_IN)
def accept(token: str) -> Response:
    """Become it."""
    about, actor = _opened(token), current_actor()
    if not actor.is_signed_in:
        return redirect_to(f"/login?{urlencode({'next': f'/invitations/{token}'})}")
    try:
        actions.accept(actor, token, now=clock.now())
    except InvitationForSomebodyElse as refusal:
        return _page(about, token, status=refusal.status)
    flash(_("You now work for %(merchant)s. This is its desk.", merchant=about.merchant), "good")
    return redirect_to("/desk")


@views.post("/invitations/<token>/leaving")
def leave(token: str) -> Response:
    """Sign this browser out, so that the one who was invited can sign in."""
    signed_in = security.sign_in_token()
    if signed_in is not None:
        identity.sign_out(signed_in, now=clock.now())
    security.sign_out()
    return redirect_to(f"/invitations/{token}")


def _opened(token: str) -> Invited:
    """What the link stands for, while it is good; one that was accepted only for who accepted it. InvitationGone."""
    about = opened(token)
    if about is None or about.invitation.withdrawn_at is not None:
        raise InvitationGone
    if about.invitation.accepted_at is not None:
        if about.invitation.accepted_by != current_actor().user_id:
            raise InvitationGone
    elif about.invitation.expires_at <= clock.now():
        raise InvitationGone
    return about


def _page(about: Invited, token: str, *, status: int = 200) -> Response:
    actor, one = current_actor(), about.invitation
    return page(
        "members/invitation.html",
        "main",
        status=status,
        about=about,
        role=role_words(Post(one.role, one.venue_id), about.venue),
        link_token=token,
        way_back=urlencode({"next": f"/invitations/{token}"}),
        is_theirs=actor.is_signed_in and actor.email == one.email,
    )
