"""What a program posts to the notify door, as a typed value or one sentence per field (guarantees.md 4)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from werkzeug.exceptions import BadRequest

from bookapp.crm.rules.notify import LARGEST_ID, LONGEST_TEXT, Notice
from bookapp.crm.states import NotificationKind
from bookapp.values.errors import NotValid
from bookapp.values.words import N_
from bookapp.web.forms import clean, has_control

KEY_HEADER = "Idempotency-Key"
LONGEST_KEY = 200

_MISSING = N_("This field is missing.")
_NOT_KNOWN = N_("There is no such field here.")
_NOT_A_NUMBER = N_("This must be a whole number above zero.")
_NOT_TEXT = N_("This must be text, 1 to 200 characters long.")
_STRANGE = N_("Some characters in here cannot be used.")
_NOT_A_KIND = N_("This must be confirmed, moved or cancelled.")
_NOT_A_KEY = N_("This must be 1 to 200 printable ASCII characters.")


def json_object(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`. Raises BadRequest (400) for anything else."""
    try:
        read = json.loads(body.decode(), parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise BadRequest() from None
    if not isinstance(read, dict):
        raise BadRequest()
    return read


def notice_of(fields: Mapping[str, Any]) -> Notice:
    """What is to be told. Raises NotValid with a sentence for each field that is wrong, missing or not known."""
    wrong = {name: _NOT_KNOWN for name in fields if name not in _READERS}
    wrong |= {name: _MISSING for name in _READERS if name not in fields and name != "kind"}
    values: dict[str, Any] = {}
    for name, read in _READERS.items():
        if name in fields:
            try:
                values[name] = read(fields[name])
            except ValueError as problem:
                wrong[name] = str(problem)
    if wrong:
        raise NotValid(wrong)
    return Notice(**values)


def key_of(header: str | None) -> str | None:
    """The idempotency key a program sent along, if it did. Raises NotValid for one that cannot be kept."""
    if header is None:
        return None
    if not (0 < len(header) <= LONGEST_KEY and header.isascii() and header.isprintable()):
        raise NotValid({KEY_HEADER: _NOT_A_KEY})
    return header


def _number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= LARGEST_ID:
        raise ValueError(_NOT_A_NUMBER)
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(_NOT_TEXT)
    text = clean(value)
    if not 0 < len(text) <= LONGEST_TEXT:
        raise ValueError(_NOT_TEXT)
    # Half a pair of surrogates is no character: JSON can write it, the database cannot.
    if has_control(text) or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError(_STRANGE)
    return text


def _kind(value: Any) -> NotificationKind:
    if not isinstance(value, str) or value not in list(NotificationKind):
        raise ValueError(_NOT_A_KIND)
    return NotificationKind(value)


def _refuse(_constant: str) -> NoReturn:
    raise ValueError  # NaN and Infinity are no JSON


_READERS = {"booking_id": _number, "user": _text, "event": _text, "facilitator_id": _number, "kind": _kind}
