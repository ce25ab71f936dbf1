"""Who is asking: the signed-in person, or the visitor this browser session is.

`app.py` says how a sign-in token becomes an actor; this module keeps the cookie, and knows no feature.
"""

from __future__ import annotations

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

from bookapp.infra import access

_VISITOR = "visitor"
# (ref, link version) of what a mailed link opened in this browser; `booking` writes it.
LINKS = "links"
_LOADERS = "bookapp.actors"
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


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


@login_manager.user_loader
def _load(token: str) -> SignedIn | None:
    actor = current_app.extensions[_LOADERS][0](token)
    return SignedIn(token, actor) if actor else None


def current_actor() -> Any:
    """The Actor of this request, asked for once; outside a request nobody in particular.

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
            access.note_user(actor.user_id)
    return g.actor


def sign_in(token: str) -> None:
    """Begin a new session for the sign-in of `token`; of the old one only the visitor's key stays."""
    visitor = session.get(_VISITOR)
    _forget_session()
    if visitor:
        session[_VISITOR] = visitor
    session.permanent = True
    user = _load(token)
    if user is None:
        raise ValueError("this sign-in has ended")
    login_user(user)


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


def _forget_session() -> None:
    session.clear()
    # What was remembered during this request belongs to who it was before.
    g.pop("actor", None)
    g.pop("csrf_token", None)
