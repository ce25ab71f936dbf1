"""The API as OpenAPI 3.1, made from the routes and schemas themselves the first time somebody asks for it."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

import flask_smorest
from flask import Flask, current_app

from bookapp.api.schemas.fields import Words
from bookapp.api.schemas.problems import ProblemSchema
from bookapp.api.views.area import ApiArea
from bookapp.api.views.bearer import BOOKING_TOKEN
from bookapp.api.views.examples import add_examples
from bookapp.infra.settings import current_settings
from bookapp.values.words import N_

VERSION = "1.0"
PROBLEM = "application/problem+json"
_DESCRIPTION = "bookapp.api"
_AREAS = "bookapp.api.areas"

_ABOUT = N_(
    "Rooms by the hour, seats in sessions and hours of people: the same actions as on the pages, for programs. "
    "Times are ISO 8601 with offset; money is an exact text with its currency; errors are RFC 9457 problem+json."
)
_BEARER = {
    "type": "http",
    "scheme": "bearer",
    "description": N_("An access token from POST /api/v1/auth/login. It is good for 30 minutes."),
}
_BOOKING_TOKEN = {
    "type": "apiKey",
    "in": "header",
    "name": BOOKING_TOKEN,
    "description": "A guest's key to one booking: what POST /api/v1/bookings answered, and what its mails link to.",
}
_REFUSALS = {
    400: N_("The request cannot be read: malformed JSON, or another encoding than UTF-8."),
    401: N_("There is no access token, or it is not valid any more."),
    403: N_("Known, but not yours to do; or the token has another scope."),
    404: N_("There is nothing here, or it is not yours: the two look the same."),
    409: N_(
        "Not possible in the state things are in: taken, full, changed meanwhile, or a key used for something else."
    ),
    413: N_("More than 512 KB."),
    415: N_("The body is not application/json."),
    422: N_("Something in it is not right: `errors` has a sentence for each field."),
    429: N_("Too fast; wait for as many seconds as Retry-After says."),
    503: N_("Our side is down for a moment. Nothing was changed; try again after Retry-After seconds."),
}
_HEADERS = {
    401: {"WWW-Authenticate": {"description": N_("What to bring (RFC 6750)."), "schema": {"type": "string"}}},
    429: {"Retry-After": {"description": N_("Seconds to wait."), "schema": {"type": "string"}}},
    503: {"Retry-After": {"description": N_("Seconds to wait."), "schema": {"type": "string"}}},
}


class _Description(flask_smorest.Api):
    """The library's collector, without its pages and its answers to errors: we have our own."""

    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_error_handlers(self) -> None:
        """bookapp.web.errors answers."""

    def _register_doc_blueprint(self) -> None:
        """Served by bookapp.api.views.docs."""

    def _register_etag_headers(self) -> None:
        """There are none."""

    def _register_pagination_header(self) -> None:
        """Lists say in themselves which page they are."""

    def _register_responses(self) -> None:
        for status, words in _REFUSALS.items():
            answer = {"description": words, "content": {PROBLEM: {"schema": ProblemSchema}}}
            answer |= {"headers": _HEADERS[status]} if status in _HEADERS else {}
            self.spec.components.response(f"PROBLEM_{status}", answer, lazy=True)


def init_app(app: Flask, areas: Iterable[ApiArea]) -> None:
    """Remember what there is to describe."""
    app.extensions[_AREAS] = tuple(areas)


def described() -> dict[str, Any]:
    """The whole description as JSON values; do not change it."""
    extensions = current_app.extensions
    if _DESCRIPTION not in extensions:
        extensions[_DESCRIPTION] = _made(current_app._get_current_object(), extensions[_AREAS])
    return extensions[_DESCRIPTION]


def _made(app: Flask, areas: Iterable[ApiArea]) -> dict[str, Any]:
    api = _Description(
        app,
        spec_kwargs={
            "title": "Bookapp",
            "version": VERSION,
            "openapi_version": "3.1.0",
            "info": {"description": _ABOUT},
            "servers": [{"url": current_settings().public_base_url}],
        },
    )
    api.ma_plugin.converter.add_parameter_attribute_function(_separated_by_commas)
    api.spec.components.security_scheme("bearer", _BEARER)
    api.spec.components.security_scheme("bookingToken", _BOOKING_TOKEN)
    told: set[str] = set()
    for area in areas:
        if area.title not in told:  # several areas may share a subject
            api.spec.tag({"name": area.title, "description": area.description})
            told.add(area.title)
        area.register_views_in_doc(api, app, api.spec, name=area.name, parameters=None)
    whole = api.spec.to_dict()
    for schema in (key[0] for key in api.ma_plugin.converter.refs):
        if rule := getattr(schema, "rule", None):
            whole["components"]["schemas"][schema.__name__] |= deepcopy(dict(rule))
    add_examples(whole)
    return whole


def _separated_by_commas(_converter: Any, field: Any, **_: Any) -> dict[str, Any]:
    return {"style": "form", "explode": False} if isinstance(field, Words) else {}
