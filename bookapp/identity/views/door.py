"""Coming in and going out: sign in, sign out, register, ask for a new password."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import Response, current_app, flash, request, session
from flask_babel import gettext as _

from bookapp.identity import actions
from bookapp.identity.errors import AccountClosed, SecondFactorNeeded, WrongSignIn
from bookapp.identity.forms import ForgottenForm, RegisterForm, SignInForm
from bookapp.infra import clock, limits
from bookapp.infra.limits import limiter
from bookapp.infra.settings import current_settings
from bookapp.values.errors import NotValid, Refusal
from bookapp.web import security
from bookapp.web.areas import PUBLIC, area
from bookapp.web.errors import of_refusal
from bookapp.web.hypermedia import page, redirect_to

HOME = "/bookings"
# The visitor's own words, for the next page: in their own signed cookie, where nobody else reads them.
ONWARD, WRITTEN_TO = "onward", "written_to"

views = area("identity", __name__, audience=PUBLIC)


@views.get("/login")
def login() -> Response:
    """The sign-in page; somebody who is in already is led on."""
    form = SignInForm(request.args, meta={"csrf": False})
    if security.current_actor().is_signed_in:
        return redirect_to(form.onward or HOME)
    return _login_page(form)


@views.post("/login")
@limiter.limit(limits.SIGN_IN)
def sign_in() -> Response:
    """Sign in, and go where one was going."""
    form = SignInForm()
    if not form.validate_on_submit():
        return _login_page(form, status=422)
    try:
        token = actions.sign_in(
            form.login.data,
            form.password.data,
            agent=request.user_agent.string,
            address=security.address(),
            now=clock.now(),
        )
    except SecondFactorNeeded as more:
        return go_on(more, form.onward)
    except (WrongSignIn, AccountClosed) as refusal:
        return _login_page(form, refusal=refusal, status=refusal.status)
    return come_in(token, form.onward)


@views.post("/logout")
def sign_out() -> Response:
    """Sign this browser out."""
    token = security.sign_in_token()
    if token is not None:
        actions.sign_out(token, now=clock.now())
    security.sign_out()
    flash(_("You are signed out."), "good")
    return redirect_to("/")


@views.get("/register")
def register() -> Response:
    """The page to open an account."""
    form = RegisterForm(request.args, meta={"csrf": False})
    if security.current_actor().is_signed_in:
        return redirect_to(form.onward or HOME)
    return _register_page(form)


@views.post("/register")
@limiter.limit(limits.SIGN_UP)
def open_account() -> Response:
    """Open an account; the answer is the same for an email that has one."""
    form = RegisterForm()
    if not form.validate_on_submit():
        return _register_page(form, status=422)
    try:
        actions.register(name=form.name.data, email=form.email.data, password=form.password.data, now=clock.now())
    except NotValid as refusal:
        form.refuse(refusal)
        return _register_page(form, status=422)
    session[ONWARD], session[WRITTEN_TO] = form.onward, form.email.data
    return redirect_to("/register/sent")


@views.get("/register/sent")
def registered() -> Response:
    """What to do now: look into the mail."""
    return page("identity/registered.html", "main", email=session.get(WRITTEN_TO, ""))


@views.get("/password/forgotten")
def forgotten() -> Response:
    """The page to ask for a link."""
    return page("identity/forgotten.html", "main", form=ForgottenForm())


@views.post("/password/forgotten")
@limiter.limit(limits.SIGN_UP)
def send_reset_link() -> Response:
    """Promise a letter; the answer is the same for an email nobody has."""
    form = ForgottenForm()
    if not form.validate_on_submit():
        return page("identity/forgotten.html", "main", form=form, status=422)
    actions.request_password_reset(form.email.data, now=clock.now())
    session[WRITTEN_TO] = form.email.data
    return redirect_to("/password/forgotten/sent")


@views.get("/password/forgotten/sent")
def reset_link_sent() -> Response:
    """What to do now: look into the mail."""
    return page("identity/forgotten_sent.html", "main", email=session.get(WRITTEN_TO, ""))


def come_in(token: str, onward: str = "") -> Response:
    """A new session for this sign-in, and on to where the visitor was going."""
    onward = onward or session.get(ONWARD, "") or HOME
    security.sign_in(token)
    return redirect_to(onward)


def go_on(more: SecondFactorNeeded, onward: str = "") -> Response:
    """The first factor was right: a new session that is nobody's yet, and the page that asks for the second."""
    onward = onward or session.get(ONWARD, "")
    security.begin_step(more.step)
    return redirect_to(f"/login/second-step?{urlencode({'next': onward})}" if onward else "/login/second-step")


def _login_page(form: SignInForm, refusal: Refusal | None = None, status: int = 200) -> Response:
    return page(
        "identity/login.html",
        "main",
        form=form,
        refusal=of_refusal(refusal).sentence if refusal else "",
        demo_accounts=current_app.config.get("DEMO_ACCOUNTS", ()) if current_settings().demo else (),
        status=status,
    )


def _register_page(form: RegisterForm, status: int = 200) -> Response:
    return page("identity/register.html", "main", form=form, status=status)
