"""One's own account: name, email, password, and ending what is signed in (shown at /account/security)."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, flash, request
from flask_babel import gettext as _

from bookapp.identity import actions
from bookapp.identity.forms import EmailForm, PasswordForm, ProfileForm
from bookapp.identity.queries import user_by_id
from bookapp.infra import clock, limits
from bookapp.infra.limits import limiter
from bookapp.values.errors import NotValid
from bookapp.web import security
from bookapp.web.areas import SIGNED_IN, area
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor

views = area("account", __name__, audience=SIGNED_IN, url_prefix="/account")


@views.get("")
def show() -> Response:
    """Everything about the account on one page."""
    return _account_page()


@views.post("/profile")
def change_profile() -> Response:
    """Name and username."""
    form = ProfileForm()
    try:
        if not form.validate_on_submit():
            raise NotValid({})
        actions.change_profile(current_actor(), name=form.name.data, username=form.username.data)
    except NotValid as refusal:
        form.refuse(refusal)
        return _account_page(status=422, profile=form)
    flash(_("Saved."), "good")
    return redirect_to("/account")


@views.post("/email")
@limiter.limit(limits.SIGN_IN)
def request_email_change() -> Response:
    """Write to the new address."""
    form = EmailForm()
    try:
        if not form.validate_on_submit():
            raise NotValid({})
        actions.request_email_change(
            current_actor(), email=form.email.data, password=form.password.data, now=clock.now()
        )
    except NotValid as refusal:
        form.refuse(refusal)
        return _account_page(status=422, email=form)
    flash(_("We have written to %(email)s. Open the link in that letter to change your email.", email=form.email.data))
    return redirect_to("/account")


@views.post("/verification")
@limiter.limit(limits.SIGN_UP)
def send_verification() -> Response:
    """Send the letter that confirms the email once more."""
    actor = current_actor()
    actions.send_verification(actor, now=clock.now())
    flash(_("We have written to %(email)s once more.", email=actor.email))
    return redirect_to("/account")


@views.post("/password")
@limiter.limit(limits.SIGN_IN)
def change_password() -> Response:
    """A new password, and a new session for this browser."""
    form = PasswordForm()
    try:
        if not form.validate_on_submit():
            raise NotValid({})
        token = actions.change_password(
            current_actor(),
            current=form.current.data,
            password=form.password.data,
            agent=request.user_agent.string,
            address=security.address(),
            now=clock.now(),
        )
    except NotValid as refusal:
        form.refuse(refusal)
        return _account_page(status=422, password=form)
    security.sign_in(token)
    flash(_("Your password was changed. Every other browser was signed out."), "good")
    return redirect_to("/account")


@views.post("/sign-ins/<int:sign_in_id>/ending")
def end_sign_in(sign_in_id: int) -> Response:
    """Sign one other browser out."""
    actions.end_sign_in(current_actor(), sign_in_id, now=clock.now())
    flash(_("That browser is signed out."), "good")
    return redirect_to("/account/security")


@views.post("/sign-ins/others/ending")
def end_other_sign_ins() -> Response:
    """Sign every other browser out."""
    actions.end_other_sign_ins(current_actor(), security.browser_token(), now=clock.now())
    flash(_("Every other browser is signed out."), "good")
    return redirect_to("/account/security")


@views.post("/sign-ins/ending")
def sign_out_everywhere() -> Response:
    """Sign every browser out, this one too."""
    actions.sign_out_everywhere(current_actor(), now=clock.now())
    security.sign_out()
    flash(_("You are signed out everywhere."), "good")
    return redirect_to("/login")


@views.post("/programs/<uuid:family>/ending")
def end_program(family: uuid.UUID) -> Response:
    """Sign one program out."""
    actions.end_program(current_actor(), family, now=clock.now())
    flash(_("That program is signed out."), "good")
    return redirect_to("/account/security")


def _account_page(status: int = 200, **forms: Any) -> Response:
    user = user_by_id(current_actor().user_id)
    assert user is not None
    return page(
        "identity/account.html",
        "main",
        status=status,
        user=user,
        profile=forms.get("profile") or ProfileForm(formdata=None, name=user.name, username=user.username),
        email=forms.get("email") or EmailForm(formdata=None),
        password=forms.get("password") or PasswordForm(formdata=None),
    )
