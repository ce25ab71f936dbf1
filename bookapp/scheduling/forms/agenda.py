"""The agenda of a retreat as it is typed: parts with a day, from, to, and what it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from flask_babel import gettext as _

from bookapp.scheduling.rules import asked_instant
from bookapp.values.errors import NotValid
from bookapp.values.timespan import Span
from bookapp.web.forms import clean, has_control

MOST_PARTS = 20
LONGEST_TITLE = 120
_MORE = 3
_YEARS = range(2000, 2200)


@dataclass(slots=True)
class PartRow:
    """The texts of one row."""

    day: str = ""
    starts: str = ""
    ends: str = ""
    title: str = ""


@dataclass(slots=True)
class AgendaInput:
    """What is in the rows; an empty row is no part. `errors` go by the name of a field ("part-from-2")."""

    rows: list[PartRow] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> AgendaInput:
        """What was sent, in its order; nothing is checked yet."""

        def line(name: str) -> str:
            value = clean(fields.get(name, ""))
            return "" if has_control(value) else value[:200]

        rows = [
            PartRow(
                line(f"part-day-{number}"),
                line(f"part-from-{number}"),
                line(f"part-to-{number}"),
                line(f"part-title-{number}"),
            )
            for number in range(MOST_PARTS)
        ]
        return cls([row for row in rows if row.day or row.starts or row.ends or row.title])

    def understood(self, zone: str) -> list[tuple[str, Span]]:
        """The parts by time, on the clocks of `zone`; empty when something is wrong, and `errors` say what."""
        found: list[tuple[Span, str, int]] = []
        for number, row in enumerate(self.rows):
            span = self._span(number, row, zone)
            if not row.title or len(row.title) > LONGEST_TITLE:
                self.errors[f"part-title-{number}"] = _("Please say in a few words what it is.")
            if span is not None:
                found.append((span, row.title, number))
        found.sort()
        for (before, _title, _number), (after, _words, number) in pairwise(found):
            if before.overlaps(after):
                self.errors[f"part-from-{number}"] = _("It begins before the part before it has ended.")
        if not self.rows:
            self.errors["part-day-0"] = _("Give the agenda at least one part.")
        return [] if self.errors else [(title, span) for span, title, _number in found]

    @property
    def shown(self) -> list[PartRow]:
        """The rows of the form: those there are, and a few more."""
        more = min(MOST_PARTS - len(self.rows), _MORE)
        return [*self.rows, *(PartRow() for _each in range(more))]

    @property
    def problems(self) -> list[tuple[str, str]]:
        """(id of the control, words) for `ui.problems`."""
        return list(self.errors.items())

    def _span(self, number: int, row: PartRow, zone: str) -> Span | None:
        try:
            day = dt.date.fromisoformat(row.day)
        except ValueError:
            day = None
        if day is None or day.year not in _YEARS:
            self.errors[f"part-day-{number}"] = _("Please give a date.")
            return None
        ends = []
        for name, text in (("part-from", row.starts), ("part-to", row.ends)):
            try:
                ends.append(asked_instant(f"{name}-{number}", day, text, zone))
            except NotValid as refusal:
                self.errors |= {each: _(words, **refusal.params) for each, words in refusal.fields.items()}
        if len(ends) < 2:
            return None
        start, end = ends
        if end <= start:
            self.errors[f"part-to-{number}"] = _("A part ends after it begins.")
            return None
        return Span(start, end)
