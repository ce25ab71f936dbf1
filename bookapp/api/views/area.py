"""The areas of the API: guarded by birth like every area, and described by the same decorators that do the work.

    views = ApiArea("rooms", __name__, title=N_("Rooms"), about=N_("What can be hired by the hour."))

    @views.get("/rooms", audience=PUBLIC)
    @views.arguments(RoomsAsked, location="query")     # the values come as the first argument
    @views.response(200, page_of(RoomSchema))          # what is returned is dumped by this schema
    def list_rooms(asked): ...

The name of the function is the operation id. Routes are for whoever is signed in unless `audience` says otherwise.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import flask_smorest
from flask import Response, g, request

from bookapp.api.views import bearer
from bookapp.api.views.keys import HEADER, PATTERN, key_of_request
from bookapp.api.views.parser import parser
from bookapp.identity.rules import Scope
from bookapp.values.words import N_
from bookapp.web.areas import MACHINE, PUBLIC, SIGNED_IN, Area, Audience

PREFIX = "/api/v1"
View = Callable[..., Any]

_KEY_PARAMETER = {
    "in": "header",
    "name": HEADER,
    "required": False,
    "description": N_("Send the same key with a retry: it is done once and answered the same, for 24 hours."),
    "schema": {"type": "string", "pattern": f"^{PATTERN}$", "examples": ["0b0f7a44-5a5e-4f0e-a9a6-6a1b7b6c2d11"]},
}
_BODY = ("json", "form", "files")


class ApiArea(Area, flask_smorest.Blueprint):
    """Routes of programs under /api/v1, each with its audience, its scope and its description."""

    audience = MACHINE
    ARGUMENTS_PARSER = parser

    def __init__(self, name: str, import_name: str, *, title: str, about: str) -> None:
        super().__init__(f"api_{name}", import_name, url_prefix=PREFIX, description=about)
        self.title = title
        self._doors: dict[str, tuple[Audience, Scope | None, bool]] = {}
        self._prepare_doc_cbks.append(_describe_door)
        self.before_request(self._admit)
        self.after_request(_keep_private)

    def route(
        self,
        rule: str,
        *,
        audience: Audience = SIGNED_IN,
        scope: Scope | None = None,
        guests: bool = False,
        **options: Any,
    ) -> Any:
        """A door for `audience`: PUBLIC takes a token but needs none, MACHINE proves its caller in the view.

        `scope` is what a token must be for, where that is not read for GET and write for the rest. With `guests` the
        token of one booking opens it as well, for that booking.
        """

        def decorator(view: View) -> View:
            self._doors[f"{self.name}.{view.__name__}"] = (audience, scope, guests)
            documented = _note(view, audience=audience, scope=scope, guests=guests)
            self.add_url_rule(rule, None, documented, tags=[self.title], **options)
            return view

        return decorator

    def audience_of(self, endpoint: str) -> Audience:
        """Who this door is for; MACHINE, where it proves its caller by what is in the body."""
        return self._doors[endpoint][0]

    def idempotent(self, view: View) -> View:
        """A POST that creates: the view gets `key`, which is this caller's and this route's own."""

        @functools.wraps(view)
        def keyed(*args: Any, **kwargs: Any) -> Any:
            return view(*args, key=key_of_request(), **kwargs)

        return _note(keyed, keyed=True)

    def _admit(self) -> None:
        if request.method == "OPTIONS":
            g.actor, g.bearer = bearer.ANONYMOUS, None
            return
        bearer.admit(*self._doors[request.endpoint or ""])


def _note(view: View, **facts: Any) -> View:
    """The view with facts for its description; what stands below it in the file keeps its own."""

    @functools.wraps(view)
    def noted(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs)

    noted._apidoc = {**deepcopy(getattr(view, "_apidoc", {})), **facts}  # type: ignore[attr-defined]
    if "audience" in facts:
        noted._apidoc["manual_doc"] = {  # type: ignore[attr-defined]
            "operationId": view.__name__, **noted._apidoc.get("manual_doc", {}),  # type: ignore[attr-defined]
        }  # fmt: skip
    return noted


def _describe_door(doc: dict[str, Any], facts: dict[str, Any], *, method: str, **_: Any) -> dict[str, Any]:
    """Which token it takes, and every refusal that can come instead of an answer."""
    audience, scope = facts["audience"], facts["scope"] or (Scope.READ if method == "get" else Scope.WRITE)
    responses = doc.setdefault("responses", {})
    takes_body = "requestBody" in doc
    if facts.get("keyed"):
        doc.setdefault("parameters", []).append(_KEY_PARAMETER)
    refusals = {400, 404, 429, 503}
    if audience is MACHINE:
        doc["security"] = []
    else:
        refusals |= {401, 403}
        shown = {"bearer": [str(scope)]}
        doc["security"] = [{}, shown] if audience is PUBLIC else [shown]
        if facts["guests"]:
            doc["security"].append({"bookingToken": []})
    if takes_body:
        refusals |= {413, 415, 422}
    if doc.get("parameters"):
        refusals.add(422)
    if method != "get":
        refusals.add(409)
    for status in sorted(refusals):
        responses.setdefault(status, f"PROBLEM_{status}")
    if 422 in refusals:
        responses[422] = "PROBLEM_422"
    return doc


def _keep_private(response: Response) -> Response:
    """What was answered to somebody in particular is kept by nobody."""
    # Who was refused before the door (too fast, no such number) is nobody.
    actor = g.get("actor", bearer.ANONYMOUS)
    if g.get("bearer") is not None or actor.links or request.method not in ("GET", "HEAD", "OPTIONS"):
        response.headers["Cache-Control"] = "no-store"
    response.vary.update(("Authorization", bearer.BOOKING_TOKEN))
    return response
