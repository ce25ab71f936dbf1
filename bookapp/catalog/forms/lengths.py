"""How long something lasts, as people type it: "90", "1:30", "1 h 30 min", "2 d"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from wtforms import Field, widgets

from bookapp.web.forms import clean

_CLOCK = re.compile(r"(\d{1,4}):([0-5]\d)", re.ASCII)
_PARTS = re.compile(r"(?:(\d{1,4})\s*d)?\s*(?:(\d{1,4})\s*h)?\s*(?:(\d{1,6})\s*(?:m|min)?)?", re.ASCII)
_DAY, _HOUR = 24 * 60, 60
_LONGEST = 20


def minutes_of(text: str) -> int | None:
    """What was typed, in minutes; None when it is no length of time."""
    typed = clean(text).lower()
    if clock := _CLOCK.fullmatch(typed):
        return int(clock[1]) * _HOUR + int(clock[2])
    parts = _PARTS.fullmatch(typed) if typed else None
    if parts is None:
        return None
    days, hours, minutes = (int(part or 0) for part in parts.groups())
    return days * _DAY + hours * _HOUR + minutes


def words_of(minutes: int) -> str:
    """The shortest text that is read as so many minutes: "2 d", "3 h", "90 min"."""
    if minutes and minutes % _DAY == 0:
        return f"{minutes // _DAY} d"
    if minutes and minutes % _HOUR == 0:
        return f"{minutes // _HOUR} h"
    return f"{minutes} min"


class LengthField(Field):
    """A length of time; `data` is whole minutes, or None when nothing usable was typed."""

    widget = widgets.TextInput()

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Read what was typed; it stays in the field when it cannot be."""
        self.data = minutes_of(valuelist[0]) if valuelist else None
        if valuelist and self.data is None:
            raise ValueError(_("Please give a time such as 90, 1 h 30 or 2 d."))

    def _value(self) -> str:
        if self.raw_data:
            return clean(str(self.raw_data[0]))[:_LONGEST]
        return "" if self.data is None else words_of(self.data)
