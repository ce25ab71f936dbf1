"""What the links in letters lead to. Opening one only shows a button: programs that read mail open links too.

The address is the secret: it is not kept by the browser and not told to the next page.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, flash, request
from flask_babel import gettext as _

from bookapp.identity import actions
from bookapp.identity.actor import Actor
from bookapp.identity.errors import LinkGone, SecondFactorNeeded, WrongSignIn
from bookapp.identity.forms import ConfirmForm, NewPasswordForm
from bookapp.identity.models import User
from bookapp.identity.queries import actor_of, owner_of_link
from bookapp.identity.rules import Purpose
from bookapp.identity.views.door import HOME, come_in, go_on
from bookapp.infra import clock, limits
from bookapp.infra.limits import limiter
from bookapp.values.errors import Alternative, NotValid
from bookapp.web.areas import PUBLIC, area
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import address, current_actor

views = area("identity_letters", __name__, audience=PUBLIC)


@views.after_request
def _keep_secret(response: Response) -> Response:
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@views.get("/password/reset/<token>")
def new_password(token: str) -> Response:
    """The page to choose a new password."""
    user, _email = _opened(token, Purpose.RESET)
    return page("identity/reset.html", "main", form=NewPasswordForm(), link_token=token, owner=user)


@views.post("/password/reset/<token>")
@limiter.limit(limits.SIGN_IN)
def reset_password(token: str) -> Response:
    """Set it, and sign in."""
    form = NewPasswordForm()
    user, _email = _opened(token, Purpose.RESET)
    try:
        if not form.validate_on_submit():
            raise NotValid({})
        signed_in = actions.reset_password(
            token, form.password.data, agent=request.user_agent.string, address=address(), now=clock.now()
        )
    except SecondFactorNeeded as more:
        return go_on(more)
    except NotValid as refusal:
        form.refuse(refusal)
        return page("identity/reset.html", "main", form=form, link_token=token, owner=user, status=422)
    flash(_("Your new password is set. Every other browser was signed out."), "good")
    return come_in(signed_in)


@views.get("/email/verify/<token>")
def verification(token: str) -> Response:
    """The page to confirm the email of a new account; after a second click on the letter, the way on."""
    if current_actor().email_verified and owner_of_link(token, Purpose.VERIFY, now=clock.now()) is None:
        return redirect_to(HOME)
    return _confirm_page(token, Purpose.VERIFY, ConfirmForm())


@views.post("/email/verify/<token>")
@limiter.limit(limits.SIGN_IN)
def verify_email(token: str) -> Response:
    """Confirm that the email is one's own."""
    return _confirm(token, Purpose.VERIFY, actions.verify_email, _("Your email is confirmed. Welcome to Bookapp."))


@views.get("/email/change/<token>")
def new_email(token: str) -> Response:
    """The page to make a new address the account's."""
    return _confirm_page(token, Purpose.CHANGE, ConfirmForm())


@views.post("/email/change/<token>")
@limiter.limit(limits.SIGN_IN)
def change_email(token: str) -> Response:
    """Make it so."""
    return _confirm(token, Purpose.CHANGE, actions.confirm_email_change, _("Your email was changed."))


def _confirm_page(token: str, purpose: Purpose, form: ConfirmForm, status: int = 200) -> Response:
    user, email = _opened(token, purpose)
    return page(
        "identity/confirm.html",
        "main",
        purpose=purpose,
        link_token=token,
        form=form,
        email=email,
        owner=user,
        status=status,
    )


def _confirm(token: str, purpose: Purpose, act: Callable[..., None], done: str) -> Response:
    """By whoever is signed in to the account, or signs in to it right here."""
    user, _email = _opened(token, purpose)
    actor, form, signed_in = current_actor(), ConfirmForm(), ""
    if actor.user_id != user.id:
        try:
            actor, signed_in = _signed_in(user, form)
        except SecondFactorNeeded as more:
            return go_on(more, f"/email/{purpose}/{token}")  # and back to the letter, signed in
        except NotValid as refusal:
            form.refuse(refusal)
            return _confirm_page(token, purpose, form, status=422)
    act(token, by=actor, now=clock.now())
    flash(done, "good")
    return come_in(signed_in) if signed_in else redirect_to("/account")


def _signed_in(user: User, form: ConfirmForm) -> tuple[Actor, str]:
    if not form.validate_on_submit():
        raise NotValid({})
    try:
        token = actions.sign_in(
            user.email, form.password.data, agent=request.user_agent.string, address=address(), now=clock.now()
        )
    except WrongSignIn:
        raise NotValid({"password": _("This is not the password of this account.")}) from None
    return actor_of(user), token


def _opened(token: str, purpose: Purpose) -> tuple[User, str]:
    found = owner_of_link(token, purpose, now=clock.now())
    if found is None:
        again = {
            Purpose.RESET: Alternative("/password/forgotten", _("Ask for a new link")),
            Purpose.VERIFY: Alternative("/account", _("Sign in and send it again")),
            Purpose.CHANGE: Alternative("/account", _("Sign in and ask again")),
        }
        raise LinkGone(alternatives=[again[purpose]])
    return found
