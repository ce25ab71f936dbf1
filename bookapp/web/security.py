"""Who is asking: the signed-in person, or the visitor this browser session is.

`app.py` says how a sign-in token becomes an actor; this module keeps the cookie, and knows no feature.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, has_request_context, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from flask_wtf.csrf import generate_csrf

from bookapp.infra import access
from bookapp.values.errors import Refusal
from bookapp.values.words import N_

_VISITOR = "visitor"
# The token of what this browser has to finish before it is signed in: what it is, `identity` knows.
_STEP = "step"
# Who an admin acts as here, for the banner, which must not need the database: (name, instant in ISO).
_ACTING = "acting_as"
_CHALLENGE = "challenge"
_LONGEST_ADDRESS = 60
# The only pages of an admin who has to add a second factor first.
FACTOR_AREA = "account_security"
# (ref, link version) of what a mailed link opened in this browser; `booking` writes it.
LINKS = "links"
_LOADERS = "bookapp.actors"
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class SecondFactorFirst(Refusal):
    """An admin without a second factor; a browser is led to where it is added, a program is told."""

    status = 403
    code = "second_factor_first"
    sentence = N_("Admins need a second factor. Please sign in with a browser and add one first.")


class _Logins(LoginManager):
    """Flask-Login without its remember-me cookie: the session itself lasts, and its row can be ended."""

    def _update_remember_cookie(self, response: Response) -> Response:
        return response  # the original reads the session, which marks even static files as private


login_manager = _Logins()
login_manager.session_protection = None  # a phone changes its address on every train; the sign-in row decides


class SignedIn(UserMixin):
    """What Flask-Login keeps: the token of the sign-in row, and the actor behind it."""

    def __init__(self, token: str, actor: Any) -> None:
        self.token, self.actor = token, actor

    def get_id(self) -> str:
        """The token, as it goes into the signed session cookie."""
        return self.token


def init_app(app: Flask, *, load_actor: Callable[[str], Any | None], anonymous: Any) -> None:
    """`load_actor` turns the token of a sign-in into an actor, or None when it has ended."""
    app.extensions[_LOADERS] = (load_actor, anonymous)
    login_manager.init_app(app, add_context_processor=False)  # templates have `actor`, asked for when used
    app.jinja_env.globals["csrf_token"] = csrf_token


@login_manager.user_loader
def _load(token: str) -> SignedIn | None:
    actor = current_app.extensions[_LOADERS][0](token)
    return SignedIn(token, actor) if actor else None


def current_actor() -> Any:
    """The Actor of this request, asked for once; outside a request nobody in particular. Raises SecondFactorFirst.

    A visitor gets a key with the first form they send (reading a page leaves no trace). It stays through signing in,
    so that what a guest holds is still theirs.
    """
    if not has_request_context():
        return current_app.extensions[_LOADERS][1]
    if "actor" not in g:
        user = current_user
        actor = user.actor if user.is_authenticated else current_app.extensions[_LOADERS][1]
        g.actor = replace(
            actor, visitor=_visitor_hash(), links=tuple((ref, version) for ref, version in session.get(LINKS, ()))
        )
        if actor.user_id is not None:
            access.note_user(actor.user_id, impersonator_id=actor.impersonator_id)
    if g.actor.must_add_factor and request.blueprint != FACTOR_AREA:
        raise SecondFactorFirst()
    return g.actor


def csrf_token() -> str:
    """The token of this page's forms: made once, where the library looks at its settings for each form."""
    return g.get("csrf_token") or generate_csrf()


def sign_in(token: str) -> None:
    """Begin a new session for the sign-in of `token`; of the old one only the visitor's key stays."""
    _begin_session()
    user = _load(token)
    if user is None:
        raise ValueError("this sign-in has ended")
    login_user(user)


def act_as(token: str, *, name: str, until: dt.datetime) -> None:
    """Begin a new session at somebody else's account, of which every page says so; nothing of the old one stays."""
    _forget_session()
    sign_in(token)
    session[_ACTING] = (name, until.isoformat())


def acting_as() -> tuple[str, dt.datetime] | None:
    """Whom an admin acts as in this browser, and until when; read from the cookie alone."""
    said = session.get(_ACTING) if has_request_context() else None
    return (said[0], dt.datetime.fromisoformat(said[1])) if said else None


def begin_step(token: str) -> None:
    """Begin a new session that waits for the second step of signing in; it is nobody's until then."""
    _begin_session()
    session[_STEP] = token


def keep_challenge(token: str) -> None:
    """Remember which step the answer of a passkey belongs to."""
    session[_CHALLENGE] = token


def challenge_token() -> str:
    """The step a passkey was asked for here, once: the answer is looked at one time."""
    return str(session.pop(_CHALLENGE, ""))


def step_token() -> str:
    """The token of the step this browser has to finish; "" when there is none."""
    return str(session.get(_STEP, ""))


def browser_token() -> str:
    """The token this browser was signed in with, whether it still counts or not; "" for a visitor."""
    return str(session.get("_user_id", ""))


def address() -> str:
    """Where the request comes from, as far as known: behind proxies what the nearest trusted one says."""
    return (request.remote_addr or "")[:_LONGEST_ADDRESS]


def sign_out() -> None:
    """Forget who this was, on a machine that others may use next."""
    logout_user()
    _forget_session()


def sign_in_token() -> str | None:
    """The token of the current sign-in, to end its row; None for a visitor."""
    return current_user.token if current_user.is_authenticated else None


def local_path(url: str | None, default: str = "/") -> str:
    """`url` when it leads to a path of this site, else `default`: nobody is sent elsewhere through us."""
    if not url or len(url) > 2000 or re.search(r"[\x00-\x20\x7f\\]", url):
        return default
    try:
        parts = urlsplit(url)
    except ValueError:
        return default
    if parts.scheme or parts.netloc or not url.startswith("/") or url.startswith("//"):
        return default
    return url


def origin() -> str:
    """The address a request came from, as a keyed hash: enough to count holds by, nothing to read."""
    return hashlib.sha256(f"{current_app.secret_key}:{request.remote_addr}".encode()).hexdigest()[:32]


def _visitor_hash() -> str | None:
    key = session.get(_VISITOR)
    if key is None and request.method not in _SAFE_METHODS:
        key = session[_VISITOR] = _new_key()
        session.permanent = True
    return hashlib.sha256(key.encode()).hexdigest() if key else None


def _new_key() -> str:
    """Two clicks on somebody's first form bring the same cookie: drawn from it, their key is the same for both."""
    seed = session.get(current_app.config["WTF_CSRF_FIELD_NAME"])
    if not seed:
        return secrets.token_urlsafe(24)
    return hmac.new(str(current_app.secret_key).encode(), f"visitor {seed}".encode(), hashlib.sha256).hexdigest()


def _begin_session() -> None:
    visitor = session.get(_VISITOR)
    _forget_session()
    if visitor:
        session[_VISITOR] = visitor
    session.permanent = True


def _forget_session() -> None:
    session.clear()
    # What was remembered during this request belongs to who it was before.
    g.pop("actor", None)
    g.pop("csrf_token", None)
