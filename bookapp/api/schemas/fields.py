"""Typed values of JSON and of addresses (guarantees.md 4). Each field says exactly in the description what it takes.

A number is a number in JSON and digits in an address; a text is NFC, trimmed, without control characters; a day lies
in this century, where every calendar of ours can reckon with it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from typing import Any

from marshmallow import fields, validate

from bookapp.identity.rules import email_address
from bookapp.values.words import N_
from bookapp.web.forms import LINE, TEXT, clean, has_control

LARGEST = 2**53 - 1  # what every JSON reader can hold exactly

_CONTROL = r"\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069"
_TEXT_CONTROL = r"\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069"
_DAY = (
    r"20\d\d-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
    r"|20(?:[02468][048]|[13579][26])-02-29"
)
_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d"
_INSTANT = rf"(?:{_DAY})T{_TIME}(?::[0-5]\d(?:\.\d{{1,6}})?)?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)"


def said(words: str, example: Any = None, **more: Any) -> dict[str, Any]:
    """What the description says about a field: its meaning, and one value as it may look."""
    return {"description": words, **({} if example is None else {"examples": [example]}), **more}


class Line(fields.String):
    """A line of text of `least` to `longest` characters."""

    default_error_messages = {
        "invalid": N_("Please give a text."),
        "control": N_("Some characters in here cannot be used."),
    }
    _lines = False

    def __init__(
        self, words: str = "", example: str | None = None, *, least: int = 1, longest: int = LINE, **more: Any
    ):
        control = _TEXT_CONTROL if self._lines else _CONTROL
        pattern = rf"^[^{control}]*[^{control}\s][^{control}]*$" if least else rf"^[^{control}]*$"
        length = validate.Length(least, longest, error=_length(least, longest))
        super().__init__(metadata=said(words, example, pattern=pattern), validate=length, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = clean(super()._deserialize(value, attr, data, **kwargs))
        if has_control(text, lines=self._lines) or any("\ud800" <= sign <= "\udfff" for sign in text):
            raise self.make_error("control")
        return text


class Text(Line):
    """A text that may have several lines."""

    _lines = True

    def __init__(
        self, words: str = "", example: str | None = None, *, least: int = 1, longest: int = TEXT, **more: Any
    ):
        super().__init__(words, example, least=least, longest=longest, **more)


class Email(Line):
    """An address such as name@example.org; whether it exists only a letter can tell."""

    default_error_messages = {"address": N_("Please enter an email address such as name@example.org.")}
    _word, _label = r"[A-Za-z0-9_+]{1,20}", r"[A-Za-z0-9]{1,20}"
    pattern = rf"^{_word}(?:[.-]{_word}){{0,2}}@(?:{_label}(?:-{_label}){{0,2}}\.){{1,3}}[A-Za-z]{{2,20}}$"

    def __init__(self, words: str = "", example: str = "miriam@example.org", **more: Any) -> None:
        super().__init__(words, example, longest=254, **more)
        # Narrower than what is taken: whatever matches is an address for everybody.
        self.metadata = said(words, example, pattern=self.pattern)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if email_address(text) is None:
            raise self.make_error("address")
        return text


class Secret(fields.String):
    """A password or a token: taken as it is. Whether it is good is decided where it is used."""

    def __init__(
        self,
        words: str = "",
        example: str | None = None,
        *,
        least: int = 1,
        longest: int = 1000,
        described: str = r"^[^\u0000]+$",
        **more: Any,
    ) -> None:
        length = validate.Length(least, longest, error=_length(least, longest))
        # No NUL, and nothing that is no character: neither can be hashed.
        pattern = validate.Regexp(r"^[^\u0000\ud800-\udfff]+$", error=Line.default_error_messages["control"])
        metadata = said(words, example, pattern=described, format="password")
        super().__init__(metadata=metadata, validate=[length, pattern], **more)


class Whole(fields.Integer):
    """A whole number from `low` to `high`."""

    default_error_messages = {"invalid": N_("Please give a whole number.")}

    def __init__(
        self, words: str = "", example: int | None = None, *, low: int = 1, high: int = LARGEST, **more: Any
    ) -> None:
        error = N_("Please give a whole number from {min} to {max}.")
        within = validate.Range(low, high, error=error.format(min=low, max=high))
        super().__init__(metadata=said(words, example), validate=within, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if _from_address(self):
            if not re.fullmatch(r"-?[0-9]{1,18}", value):
                raise self.make_error("invalid")
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
            raise self.make_error("invalid")
        return int(value)


class Flag(fields.Boolean):
    """true or false, and nothing else that somebody might take for one."""

    default_error_messages = {"invalid": N_("Please say true or false.")}

    def __init__(self, words: str = "", example: bool | None = None, **more: Any) -> None:
        super().__init__(metadata=said(words, example), **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if _from_address(self):
            value = {"true": True, "false": False}.get(value)
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class Choice(fields.String):
    """One of a few words."""

    default_error_messages = {"invalid": N_("Please give a text.")}

    def __init__(self, options: Iterable[str], words: str = "", example: str | None = None, **more: Any) -> None:
        options = [str(option) for option in options]
        error = N_("Please give one of: {choices}.").format(choices=", ".join(options))
        super().__init__(metadata=said(words, example), validate=validate.OneOf(options, error=error), **more)


class _Written(fields.Field[Any]):
    """A value that is written in one way only."""

    pattern: str
    parse: Any

    def __init__(self, words: str = "", example: str | None = None, **more: Any) -> None:
        super().__init__(metadata=said(words, example, type="string", pattern=f"^(?:{self.pattern})$"), **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str) or not re.fullmatch(self.pattern, value, re.ASCII):
            raise self.make_error("invalid")
        return type(self).parse(value)


class Day(_Written):
    """A date such as 2026-11-24, from 2000 to 2099."""

    default_error_messages = {"invalid": N_("Please give a date such as 2026-11-24.")}
    pattern, parse = _DAY, dt.date.fromisoformat


class WallTime(_Written):
    """A wall time such as 14:30."""

    default_error_messages = {"invalid": N_("Please give a time such as 14:30.")}
    pattern, parse = _TIME, dt.time.fromisoformat

    def _serialize(self, value: dt.time, attr: str | None, obj: Any, **kwargs: Any) -> str:
        # A time that counts unless another is said stands in the description.
        return value.strftime("%H:%M")


class Instant(_Written):
    """A moment that was sent with its offset; it comes in UTC. What goes out is a `Moment`."""

    default_error_messages = {
        "invalid": N_("Please give a time with its offset from UTC, such as 2026-11-24T14:00:00+01:00.")
    }
    pattern = _INSTANT

    @staticmethod
    def parse(value: str) -> dt.datetime:
        """The moment, in UTC."""
        return dt.datetime.fromisoformat(value).astimezone(dt.UTC)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if _from_address(self) and isinstance(value, str):
            value = value.replace(" ", "+")  # a plus that was not encoded
        return super()._deserialize(value, attr, data, **kwargs)


class Moment(fields.AwareDateTime):
    """An instant of an answer, as ISO 8601 with the offset of the zone it happens in."""

    def __init__(self, words: str = "", example: str | None = None, **more: Any) -> None:
        super().__init__(metadata=said(words, example), format="iso", **more)


class Words(fields.List):
    """Several words: a list in JSON, separated by commas in an address."""

    default_error_messages = {"invalid": N_("Please give a list.")}

    def __init__(
        self,
        words: str = "",
        example: Sequence[str] | None = None,
        *,
        of: fields.Field[Any] | None = None,
        most: int = 20,
        **more: Any,
    ) -> None:
        error = N_("Please give at most {most}.").format(most=most)
        length = validate.Length(max=most, error=error)
        super().__init__(of or Line(longest=100), metadata=said(words, example), validate=length, **more)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if _from_address(self):
            value = [part for text in value for part in text.split(",") if part]
        return super()._deserialize(value, attr, data, **kwargs)


def _from_address(field: fields.Field[Any]) -> bool:
    # A field in a list has its root only through the list.
    parent = field.parent if isinstance(field.parent, fields.List) else field
    return bool(getattr(parent.root, "from_address", False))


def _length(least: int, longest: int) -> str:
    if least > 1:
        return N_("Please give {least} to {longest} characters.").format(least=least, longest=longest)
    return N_("Please give at most {longest}.").format(longest=longest)
