"""Who asks, at the doors of the API: the owner of the access token, and nobody else. No cookie counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import structlog
from flask import Flask, current_app, g, request

from bookapp.api.errors import BadBookingToken, BadToken, NoToken, ScopeMissing
from bookapp.booking.actions import open_link
from bookapp.identity.actor import ANONYMOUS, Actor
from bookapp.identity.queries import Bearer
from bookapp.identity.rules import Scope
from bookapp.infra import access
from bookapp.values.errors import NotAllowed, NotFound
from bookapp.web.areas import MACHINE, Audience, may_enter
from bookapp.web.security import SecondFactorFirst

# What the mail of a guest's booking carries as a link, for programs.
BOOKING_TOKEN = "Booking-Token"  # noqa: S105 - the name of a header
_LOADER = "bookapp.bearers"
_LONGEST = 200
_READING = ("GET", "HEAD")

log = structlog.get_logger("bookapp.access")


def init_app(app: Flask, load_bearer: Callable[[str], Bearer | None]) -> None:
    """`load_bearer` turns an access token into who shows it, or None when it is no good."""
    app.extensions[_LOADER] = load_bearer


def admit(audience: Audience, scope: Scope | None, guests: bool) -> None:
    """Let in who belongs to `audience`; from here on `current_actor()` is the owner of the token, or nobody.

    `MACHINE` doors prove their caller by what is in the body and look at no token. `scope` is what the token must be
    for, by default what the method does. With `guests` who shows a booking's own token comes in too, for that booking.
    Raises NoToken, BadToken, BadBookingToken (401), ScopeMissing, NotAllowed, SecondFactorFirst (403).
    """
    g.actor = ANONYMOUS
    g.bearer = None
    if audience is MACHINE:
        return
    g.bearer = bearer = _shown()
    if bearer is not None:
        if bearer.actor.must_add_factor:
            raise SecondFactorFirst()
        g.actor = bearer.actor
        access.note_user(bearer.actor.user_id)
        needed = scope or (Scope.READ if request.method in _READING else Scope.WRITE)
        if needed not in bearer.scopes:
            log.warning("refused", audience=audience.name, route=request.endpoint, scope=needed)
            raise ScopeMissing(needed)
    if guests and (token := request.headers.get(BOOKING_TOKEN)) is not None:
        g.actor = replace(g.actor, links=(_opened(token),))
        return
    if may_enter(audience, g.actor):
        return
    if bearer is None:
        raise NoToken()
    log.warning("refused", audience=audience.name, route=request.endpoint)
    raise NotAllowed()


def current_bearer() -> Bearer:
    """The token of this request. Raises NoToken when there is none."""
    if g.bearer is None:
        raise NoToken()
    return g.bearer


def caller() -> str:
    """Whose idempotency keys these are: the account's, a guest's by their booking, else the address's."""
    actor: Actor = g.actor
    if actor.is_signed_in:
        return actor.label
    return f"booking:{actor.links[0][0]}" if actor.links else f"address:{request.remote_addr}"


def _opened(token: str) -> tuple[str, int]:
    """The booking a guest's token is for, and the version of its link. Raises BadBookingToken."""
    try:
        if len(token) > _LONGEST:
            raise NotFound
        return open_link(token)
    except NotFound:
        raise BadBookingToken from None


def _shown() -> Bearer | None:
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or len(token) > _LONGEST:
        raise BadToken()
    bearer: Bearer | None = current_app.extensions[_LOADER](token)
    if bearer is None:
        raise BadToken()
    return bearer
