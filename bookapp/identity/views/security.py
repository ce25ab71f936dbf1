"""/account/security: the second factors of one's account, and where it is signed in."""

from __future__ import annotations

import io
import json

import segno
from flask import Response, flash, jsonify, make_response, request
from flask_babel import gettext as _

from bookapp.identity import actions, rules
from bookapp.identity.errors import CodesPaused, FactorObligatory, FactorThere, StepGone
from bookapp.identity.forms import BeginAppForm, ConfirmAppForm, MadePasskeyForm, NewPasskeyForm, ProofForm
from bookapp.identity.models import Passkey
from bookapp.identity.queries import app_secret, factors_of, impersonations_of, programs_of, sign_ins_of, user_by_id
from bookapp.identity.rules import Scope
from bookapp.infra import clock, limits
from bookapp.infra.limits import limiter
from bookapp.values.errors import NotFound, NotValid
from bookapp.values.words import N_
from bookapp.web import security
from bookapp.web.areas import SIGNED_IN, area
from bookapp.web.errors import of_refusal
from bookapp.web.hypermedia import page, redirect_to
from bookapp.web.security import current_actor

HERE = "/account/security"
views = area(security.FACTOR_AREA, __name__, audience=SIGNED_IN, url_prefix=HERE)

_BY = {
    "app": N_("with an authenticator app"),
    "passkey": N_("with a passkey"),
    "recovery": N_("with a recovery code"),
}


@views.after_request
def _keep_nothing(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


@views.get("")
def show() -> Response:
    """What opens this account, and who is in."""
    actor, now = current_actor(), clock.now()
    user = user_by_id(actor.user_id)
    assert user is not None
    own = rules.token_hash(security.browser_token())
    sign_ins = [
        {
            "id": row.id,
            "browser": rules.browser(row.agent) or _("Unknown browser"),
            "at": row.created_at,
            "address": row.address or "",
            "by": _(_BY[row.factor]) if row.factor else "",
            "is_this": row.token_hash == own,
            "is_admins": row.impersonator_id is not None,
        }
        for row in sign_ins_of(user, now=now)
    ]
    programs = [
        {
            "family": row.family,
            "name": row.agent or _("Unknown program"),
            "may": _("May read and change") if Scope.WRITE in row.scope.split() else _("May read"),
            "since": row.began_at,
        }
        for row in programs_of(user, now=now)
    ]
    return page(
        "identity/security.html",
        "main",
        factors=factors_of(user.id),
        sign_ins=sign_ins,
        impersonations=impersonations_of(user),
        programs=programs,
        zone=user.zone or "UTC",
        must_add=actor.must_add_factor,
    )


@views.get("/app")
def app_page() -> Response:
    """Setting up an authenticator app: first the password, then the QR code."""
    return _app_page()


@views.post("/app")
@limiter.limit(limits.SIGN_IN)
def begin_app() -> Response:
    """Make a secret, to be shown on the next page."""
    form = BeginAppForm()
    try:
        if not form.validate_on_submit():
            raise NotValid({})
        actions.begin_app(current_actor(), password=form.password.data, now=clock.now())
    except NotValid as refusal:
        form.refuse(refusal)
        return _app_page(begin=form, status=422)
    return redirect_to(f"{HERE}/app")


@views.get("/app/code.svg")
def app_code() -> Response:
    """What the app scans."""
    actor = current_actor()
    secret = app_secret(factors_of(actor.user_id).app, now=clock.now())
    if secret is None:
        raise NotFound()
    drawn = io.BytesIO()
    segno.make(rules.app_address(secret, email=actor.email), error="m").save(drawn, kind="svg", border=2, light="white")
    response = make_response(drawn.getvalue())
    response.headers["Content-Type"] = "image/svg+xml"
    return response


@views.post("/app/confirmation")
@limiter.limit(limits.SIGN_IN)
def confirm_app() -> Response:
    """Switch it on with its first code."""
    form = ConfirmAppForm()
    try:
        if not form.validate_on_submit():
            raise NotValid({})
        codes = actions.confirm_app(current_actor(), code=form.code.data, now=clock.now())
    except NotValid as refusal:
        form.refuse(refusal)
        return _app_page(confirm=form, status=422)
    except StepGone as refusal:
        flash(of_refusal(refusal).sentence)
        return redirect_to(f"{HERE}/app")
    return _added(codes, _("Your authenticator app is set up."))


@views.get("/passkeys/new")
def passkey_page() -> Response:
    """Adding a passkey: a name for it, the password, and the browser does the rest."""
    return _passkey_page(NewPasskeyForm(formdata=None))


@views.post("/passkeys/options")
@limiter.limit(limits.SIGN_IN)
def ask_for_new_passkey() -> Response:
    """What the browser needs to make one. Refusals are for the script, which shows them on the page."""
    form = NewPasskeyForm()
    if not form.validate_on_submit():
        raise NotValid({field.name: str(words) for field in form for words in field.errors})
    asked = actions.ask_for_new(current_actor(), password=form.password.data, now=clock.now())
    security.keep_challenge(asked.step)
    return jsonify(json.loads(asked.options))


@views.post("/passkeys")
@limiter.limit(limits.SIGN_IN)
def add_passkey() -> Response:
    """Keep the passkey that was made."""
    form = MadePasskeyForm()
    try:
        if not form.validate_on_submit():
            raise NotValid({})
        codes = actions.add_passkey(
            current_actor(), name=form.name.data, credential=form.credential.data, step=security.challenge_token(),
            now=clock.now(),
        )  # fmt: skip
    except (NotValid, StepGone) as refusal:
        again = NewPasskeyForm(formdata=None, name=form.name.data)
        return _passkey_page(again, refusal=of_refusal(refusal).sentence, status=refusal.status)
    return _added(codes, _("Your passkey “%(name)s” is set up.", name=form.name.data))


@views.get("/proof/<act>")
@views.get("/proof/<act>/<int:passkey_id>")
def proof_page(act: str, passkey_id: int | None = None) -> Response:
    """Password and second factor, before something is taken away."""
    return _proof_page(ProofForm(formdata=None), act, _passkey(act, passkey_id))


@views.post("/proof/<act>")
@views.post("/proof/<act>/<int:passkey_id>")
@limiter.limit(limits.SIGN_IN)
def prove(act: str, passkey_id: int | None = None) -> Response:
    """Take it away, or make new recovery codes."""
    form, passkey, actor, now = ProofForm(), _passkey(act, passkey_id), current_actor(), clock.now()
    codes: tuple[str, ...] = ()
    try:
        if not form.validate_on_submit():
            raise NotValid({})
        if passkey is not None:
            actions.remove_passkey(actor, passkey.id, password=form.password.data, proof=form.proof, now=now)
        elif act == "app":
            actions.remove_app(actor, password=form.password.data, proof=form.proof, now=now)
        else:
            codes = actions.renew_codes(actor, password=form.password.data, proof=form.proof, now=now)
    except NotValid as refusal:
        form.refuse(refusal)
        return _proof_page(form, act, passkey, status=422)
    except (FactorObligatory, CodesPaused) as refusal:
        return _proof_page(form, act, passkey, refusal=of_refusal(refusal).sentence, status=refusal.status)
    return _added(codes, _("Removed.") if not codes else "")


@views.post("/challenge")
@limiter.limit(limits.SIGN_IN)
def ask_for_passkey() -> Response:
    """What the browser asks one of this account's passkeys, as proof."""
    asked = actions.ask_for_known(current_actor().user_id, now=clock.now())
    security.keep_challenge(asked.step)
    return jsonify(json.loads(asked.options))


def _added(codes: tuple[str, ...], done: str) -> Response:
    """New recovery codes are in this answer and nowhere else; without any, back to where one was."""
    if codes:
        return page("identity/codes.html", "main", codes=codes, done=done)
    flash(done, "good")
    return redirect_to(HERE)


def _app_page(
    *, begin: BeginAppForm | None = None, confirm: ConfirmAppForm | None = None, status: int = 200
) -> Response:
    actor = current_actor()
    app = factors_of(actor.user_id).app
    if app is not None and app.confirmed_at is not None:
        raise FactorThere()
    secret = None if begin else app_secret(app, now=clock.now())
    return page(
        "identity/app.html",
        "main",
        status=status,
        begin=begin or BeginAppForm(formdata=None),
        confirm=confirm or ConfirmAppForm(formdata=None),
        secret=[secret[at : at + 4] for at in range(0, len(secret), 4)] if secret else [],
    )


def _passkey_page(form: NewPasskeyForm, *, refusal: str = "", status: int = 200) -> Response:
    return page("identity/passkey.html", "main", form=form, refusal=refusal, status=status)


def _proof_page(
    form: ProofForm, act: str, passkey: Passkey | None, *, refusal: str = "", status: int = 200
) -> Response:
    return page(
        "identity/proof.html",
        "main",
        form=form,
        act=act,
        passkey=passkey,
        has_passkey=bool(factors_of(current_actor().user_id).passkeys),
        action=request.path,
        refusal=refusal,
        status=status,
    )


def _passkey(act: str, passkey_id: int | None) -> Passkey | None:
    """The passkey an address is about. Raises NotFound for what this account does not have."""
    factors = factors_of(current_actor().user_id)
    known = {"app": factors.has_app, "codes": factors.is_any}
    if passkey_id is None and known.get(act):
        return None
    for one in factors.passkeys:
        if act == "passkey" and one.id == passkey_id:
            return one
    raise NotFound()
