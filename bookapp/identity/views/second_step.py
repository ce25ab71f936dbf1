"""The second step of signing in: a code or a passkey after the password, or a passkey alone.

Between the steps the browser is nobody: the page names no account and shows nothing of it.
"""

from __future__ import annotations

import json

from flask import Response, flash, jsonify, request
from flask_babel import gettext as _

from bookapp.identity import actions
from bookapp.identity.errors import AccountClosed, CodesPaused, PasskeyRefused, StepGone, WrongCode
from bookapp.identity.forms import SecondStepForm
from bookapp.identity.models import SignInStep
from bookapp.identity.queries import factors_of, step_begun
from bookapp.identity.rules import StepFor
from bookapp.identity.views.door import HOME, come_in
from bookapp.infra import clock, limits
from bookapp.infra.limits import limiter
from bookapp.web import security
from bookapp.web.areas import PUBLIC, area
from bookapp.web.errors import of_refusal
from bookapp.web.hypermedia import page, redirect_to

views = area("identity_second_step", __name__, audience=PUBLIC, url_prefix="/login")


@views.after_request
def _keep_nothing(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


@views.get("/second-step")
def show() -> Response:
    """Asks for a code or a passkey, from a browser whose password was right."""
    form = SecondStepForm(request.args, meta={"csrf": False})
    if security.current_actor().is_signed_in:
        return redirect_to(form.onward or HOME)
    step = _begun()
    return _page(form, step) if step else _begin_again()


@views.post("/second-step")
@limiter.limit(limits.SIGN_IN)
def finish() -> Response:
    """Sign in, and go where one was going."""
    form = SecondStepForm()
    step = _begun()
    if step is None:
        return _begin_again()
    if not form.validate_on_submit():
        return _page(form, step, status=422)
    try:
        token = actions.finish_step(
            security.step_token(), form.proof, agent=request.user_agent.string, address=security.address(),
            now=clock.now(),
        )  # fmt: skip
    except WrongCode as refusal:
        form.refuse(refusal)
        return _page(form, step, status=refusal.status)
    except StepGone:
        return _begin_again()
    except CodesPaused:
        security.sign_out()
        raise
    return come_in(token, form.onward)


@views.post("/second-step/options")
@limiter.limit(limits.SIGN_IN)
def ask_for_passkey() -> Response:
    """What the browser asks a passkey of this account."""
    step = _begun()
    if step is None:
        raise StepGone()
    return _asked(actions.ask_for_known(step.user_id, now=clock.now()))


@views.post("/passkey/options")
@limiter.limit(limits.SIGN_IN)
def ask_for_any_passkey() -> Response:
    """What the browser asks a passkey of whoever holds it."""
    return _asked(actions.ask_for_known(None, now=clock.now()))


@views.post("/passkey")
@limiter.limit(limits.SIGN_IN)
def sign_in_with_passkey() -> Response:
    """Sign in with a passkey alone."""
    form = SecondStepForm()
    try:
        if not form.validate_on_submit():
            raise PasskeyRefused()
        token = actions.sign_in_with_passkey(
            form.proof, agent=request.user_agent.string, address=security.address(), now=clock.now()
        )
    except (PasskeyRefused, AccountClosed) as refusal:
        flash(of_refusal(refusal).sentence, "bad")
        return redirect_to("/login")
    return come_in(token, form.onward)


def _begun() -> SignInStep | None:
    token = security.step_token()
    return step_begun(token, StepFor.CODE, now=clock.now()) if token else None


def _begin_again() -> Response:
    security.sign_out()
    flash(_("Please begin with your password; codes are asked for right after it."))
    return redirect_to("/login")


def _page(form: SecondStepForm, step: SignInStep, *, status: int = 200) -> Response:
    assert step.user_id is not None
    factors = factors_of(step.user_id)
    return page(
        "identity/second_step.html",
        "main",
        form=form,
        has_app=factors.has_app,
        has_passkey=bool(factors.passkeys),
        status=status,
    )


def _asked(asked: actions.Asked) -> Response:
    security.keep_challenge(asked.step)
    return jsonify(json.loads(asked.options))
