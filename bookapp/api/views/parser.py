"""Reads what a program sent into the values of a schema, and says field by field what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NoReturn

from flask import Request
from marshmallow import RAISE, Schema, ValidationError
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from bookapp.values.errors import NotValid
from bookapp.values.words import N_

_WHOLE = "body"
_NOTHING_ELSE = N_("This is not what is expected here.")


class Parser(FlaskParser):
    """webargs, answering with our refusals."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": RAISE, "json": RAISE}

    def load_json(self, req: Request, schema: Schema) -> Any:
        """The body. Raises 415 for another type, 400 for what is no JSON; nothing at all is an empty object."""
        body = req.get_data(cache=True)
        if not req.is_json:
            if body or req.mimetype:
                raise UnsupportedMediaType()
            return {}
        try:
            return json.loads(body.decode("utf-8"), parse_constant=_refuse_constant) if body else {}
        except (ValueError, RecursionError):
            raise BadRequest() from None

    def handle_error(self, error: ValidationError, req: Request, schema: Schema, **_: Any) -> NoReturn:
        """One sentence per field; what is nested is named by its path: "participants.0.email"."""
        by_field = error.messages
        if len(by_field) == 1 and set(by_field) <= {"json", "query", "headers"}:  # webargs names the place first
            by_field = next(iter(by_field.values()))
        fields = dict(_flat(by_field))
        raise NotValid({name: words or _NOTHING_ELSE for name, words in fields.items()})


def _flat(messages: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(messages, dict):
        for name, inner in messages.items():
            # What is wrong with an object as a whole is said at the object.
            yield from _flat(inner, path if name == "_schema" else f"{path}.{name}".lstrip("."))
    else:
        first = messages[0] if isinstance(messages, list) and messages else messages
        yield path or _WHOLE, first if isinstance(first, str) else _NOTHING_ELSE


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


parser = Parser()
