"""What people typed becomes typed values here, once, at the edge (guarantees.md 4).

Every text is NFC, trimmed, without control characters and not longer than its field says. Views pass on `form.data`
values by name, never the request.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import Field, HiddenField, PasswordField, StringField, TextAreaField
from wtforms.validators import Length

from bookapp.values.errors import NotValid
from bookapp.web.language import locale_here, words_of_forms

LINE = 200
TEXT = 4000
# Everything of Unicode's "control" class, and the marks that turn the direction of what follows.
_LINE_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_TEXT_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """NFC, trimmed, line ends as \\n."""
    return unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").strip()


def has_control(text: str, *, lines: bool = False) -> bool:
    """Whether the text has characters nobody types; `lines` allows line ends and tabs."""
    return bool((_TEXT_CONTROL if lines else _LINE_CONTROL).search(text))


class Form(FlaskForm):
    """The base of every form."""

    class Meta(FlaskForm.Meta):
        """Cleans and limits each text field as it is bound, so that no field can forget it."""

        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Field:
            """Clean the text before the field's own filters, and limit its length if the field does not."""
            field = super().bind_field(form, unbound_field, options)
            if isinstance(field, StringField):
                field.filters = [_normalise if isinstance(field, PasswordField) else _clean, *field.filters]
                if not any(isinstance(one, Length) and one.max > 0 for one in field.validators):
                    longest = TEXT if isinstance(field, TextAreaField) else LINE
                    field.validators = [*field.validators, Length(max=longest)]
                    field.flags.maxlength = longest
            return field

        def get_translations(self, form: Any) -> Any:
            """The library's own words in the reader's language."""
            return words_of_forms(locale_here())

    def validate(self, extra_validators: Mapping[str, Any] | None = None) -> bool:
        """Whether every field is usable; errors stand at the fields."""
        usable = super().validate(extra_validators)
        for field in self:
            if isinstance(field, StringField) and isinstance(field.data, str):
                lines = isinstance(field, TextAreaField)
                if has_control(field.data, lines=lines):
                    field.errors = [*field.errors, _("Some characters in here cannot be used.")]
                    usable = False
        return usable

    def refuse(self, refusal: NotValid) -> None:
        """Show a refusal's sentences at the fields it names; what has no field goes to the first one."""
        for name, words in refusal.fields.items():
            field = self[name] if name in self else next(iter(self))
            field.errors = [*field.errors, _(words, **refusal.params)]

    @property
    def problems(self) -> list[tuple[str, str]]:
        """(id of the control, words) of everything wrong, for `ui.problems`."""
        return [(field.id, str(words)) for field in self for words in field.errors]


class OnceForm(Form):
    """A form that creates or pays: sent twice, it is done once (guarantees.md 5)."""

    idempotency_key = HiddenField(default=lambda: uuid.uuid4().hex)

    def validate_idempotency_key(self, field: Field) -> None:
        """A key that was lost or mangled is replaced: then nothing protects from a second click, but nothing breaks."""
        if not re.fullmatch(r"[A-Za-z0-9_-]{8,100}", field.data or ""):
            field.data = uuid.uuid4().hex


class Query:
    """Typed values from the address. What cannot be read is noted in `errors` and counts as not given."""

    def __init__(self, arguments: MultiDict[str, str]) -> None:
        self._arguments = arguments
        self.errors: dict[str, str] = {}

    def text(self, name: str, *, longest: int = 100) -> str:
        """A line of text, "" when absent."""
        value = clean(self._arguments.get(name, ""))
        if len(value) > longest or has_control(value):
            self.errors[name] = _("This cannot be searched for.")
            return ""
        return value

    def integer(self, name: str, *, low: int, high: int) -> int | None:
        """A whole number from `low` to `high`."""
        value = self.text(name)
        if not value:
            return None
        if not re.fullmatch(r"\d{1,12}", value) or not low <= int(value) <= high:
            self.errors[name] = _("Please give a whole number from %(low)s to %(high)s.", low=low, high=high)
            return None
        return int(value)

    def day(self, name: str) -> dt.date | None:
        """A date such as 2026-11-24."""
        value = self.text(name)
        try:
            return dt.date.fromisoformat(value) if value else None
        except ValueError:
            self.errors[name] = _("Please give a date such as 2026-11-24.")
            return None

    def time(self, name: str) -> dt.time | None:
        """A wall time such as 14:30."""
        value = self.text(name)
        if not value:
            return None
        if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
            self.errors[name] = _("Please give a time such as 14:30.")
            return None
        return dt.time.fromisoformat(value)

    def choice(self, name: str, options: Iterable[str], default: str = "") -> str:
        """One of `options`, else `default`."""
        value = self.text(name)
        return value if value in options else default

    def many(self, name: str, *, most: int = 20) -> list[str]:
        """Every value given under `name` (`a=1&a=2` or `a=1,2`), without repeats, at most `most`."""
        values = [part for value in self._arguments.getlist(name) for part in clean(value).split(",")]
        return [part for part in dict.fromkeys(values) if part and len(part) <= LINE and not has_control(part)][:most]

    def flag(self, name: str) -> bool:
        """Whether a checkbox was ticked."""
        return self.text(name).lower() in ("1", "on", "true", "yes")


def _clean(value: Any) -> Any:
    return clean(value) if isinstance(value, str) else value


def _normalise(value: Any) -> Any:
    return unicodedata.normalize("NFC", value) if isinstance(value, str) else value
