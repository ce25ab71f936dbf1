"""One's own account: name, email, password, and the browsers and programs that are signed in."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, flash, request
from flask_babel import gettext as _

from bookapp.identity import actions, rules
from bookapp.identity.forms import EmailForm, PasswordForm, ProfileForm
from bookapp.identity.queries import programs_of, sign_ins_of, user_by_id
from bookapp.identity.rules import Scope
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
    return redirect_to("/account")


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
    return redirect_to("/account")


def _account_page(status: int = 200, **forms: Any) -> Response:
    user = user_by_id(current_actor().user_id)
    assert user is not None
    own = rules.token_hash(security.sign_in_token() or "")
    sign_ins = [
        {
            "id": row.id,
            "browser": rules.browser(row.agent) or _("Unknown browser"),
            "at": row.created_at,
            "is_this": row.token_hash == own,
        }
        for row in sign_ins_of(user, now=clock.now())
    ]
    programs = [
        {
            "family": row.family,
            "name": row.agent or _("Unknown program"),
            "may": _("May read and change") if Scope.WRITE in row.scope.split() else _("May read"),
            "since": row.began_at,
        }
        for row in programs_of(user, now=clock.now())
    ]
    return page(
        "identity/account.html",
        "main",
        status=status,
        user=user,
        profile=forms.get("profile") or ProfileForm(formdata=None, name=user.name, username=user.username),
        email=forms.get("email") or EmailForm(formdata=None),
        password=forms.get("password") or PasswordForm(formdata=None),
        sign_ins=sign_ins,
        programs=programs,
        zone=user.zone or "UTC",
    )
