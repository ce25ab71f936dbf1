"""Blueprints that are guarded by birth: whoever may not enter never reaches a view."""

from __future__ import annotations

import enum
from collections.abc import Collection
from typing import Any
from urllib.parse import urlencode, urlsplit

import structlog
from flask import Blueprint, Flask, Response, current_app, request

from bookapp.values.errors import NotAllowed, Refusal
from bookapp.values.words import N_
from bookapp.web.hypermedia import is_htmx, redirect_to
from bookapp.web.security import current_actor, local_path, step_token

log = structlog.get_logger("bookapp.access")


class Audience(enum.Enum):
    """Who an area is for."""

    PUBLIC = "anyone"
    SIGNED_IN = "anyone with an account"
    STAFF = "people with a role at a merchant, and admins"
    ADMIN = "admins"
    MACHINE = "programs that prove themselves in the view, by token or signature; no cookie counts, so no CSRF"


class NotWhileActing(NotAllowed):
    """What is too personal to be done by an admin in somebody's name."""

    code = "not_while_acting"
    sentence = N_(
        "You act as somebody else. Passwords, second factors, email, tokens and payments are theirs alone: nothing was"
        " changed."
    )


class NotSignedIn(Refusal):
    """Somebody without an account here; a browser is led to the sign-in page, a program is told."""

    status = 401
    code = "not_signed_in"
    sentence = N_("Please sign in first.")


PUBLIC, SIGNED_IN, STAFF, ADMIN, MACHINE = Audience


class Area(Blueprint):
    """A blueprint that knows its audience."""

    audience: Audience

    def audience_of(self, endpoint: str) -> Audience:
        """Who a route is for; an area of programs may say it route by route."""
        return self.audience


def area(name: str, import_name: str, audience: Audience, *, url_prefix: str | None = None) -> Area:
    """A blueprint whose every route is for `audience` only."""
    blueprint = Area(name, import_name, url_prefix=url_prefix)
    blueprint.audience = audience
    blueprint.before_request(lambda: _guard(audience))
    return blueprint


def undeclared_routes(app: Flask) -> list[str]:
    """Routes outside every area. `create_app` refuses to make an app that has one."""
    return sorted(
        rule.rule
        for rule in app.url_map.iter_rules()
        if not isinstance(app.blueprints.get(rule.endpoint.rpartition(".")[0]), Area)
    )


def audience_of(app: Flask, endpoint: str) -> Audience:
    """The audience of a route, for the matrix of routes and roles."""
    blueprint: Any = app.blueprints[endpoint.rpartition(".")[0]]
    return blueprint.audience_of(endpoint)


def is_for_machines() -> bool:
    """Whether the current route belongs to programs, who get JSON."""
    blueprint = current_app.blueprints.get(request.blueprint or "")
    return isinstance(blueprint, Area) and blueprint.audience is MACHINE


def may_enter(audience: Audience, actor: Any) -> bool:
    """Whether this actor belongs to the audience."""
    match audience:
        case Audience.PUBLIC | Audience.MACHINE:
            return True
        case Audience.SIGNED_IN:
            return actor.is_signed_in
        case Audience.STAFF:
            return actor.is_signed_in and (actor.is_admin or bool(actor.grants))
        case Audience.ADMIN:
            return actor.is_signed_in and actor.is_admin


def _guard(audience: Audience) -> None:
    if audience in (PUBLIC, MACHINE):
        return
    actor = current_actor()
    if may_enter(audience, actor):
        return
    if not actor.is_signed_in:
        raise NotSignedIn()
    log.warning("refused", audience=audience.name, route=request.endpoint, user_id=actor.user_id)
    raise NotAllowed()


def forbid_while_acting(app: Flask, endpoints: Collection[str]) -> None:
    """Refuse to change anything at `endpoints`, or in whole areas ("account.*"), to an admin who acts as somebody."""

    @app.before_request
    def refuse() -> None:
        area_of_it = f"{request.blueprint}.*"
        if request.method in ("GET", "HEAD", "OPTIONS") or not {request.endpoint, area_of_it} & set(endpoints):
            return
        if (actor := current_actor()).impersonator_id is not None:
            log.warning("refused", route=request.endpoint, user_id=actor.user_id)
            raise NotWhileActing()


def ask_to_sign_in() -> Response:
    """Lead to the sign-in page, or to the second step of it where the first is done, and back to where they were."""
    if request.method == "GET" and not is_htmx():
        wanted = request.full_path.rstrip("?")
    else:
        # A form or a fragment is no place to come back to; the page it stood on is.
        wanted = _path_of(request.headers.get("HX-Current-URL") or request.referrer)
    door = "/login/second-step" if step_token() else "/login"
    return redirect_to(f"{door}?{urlencode({'next': local_path(wanted)})}")


def _path_of(url: str | None) -> str:
    parts = urlsplit(url or "/")
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
