"""Cancellation terms as they are typed: a name and up to six steps of hours and percent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from flask_babel import gettext as _

from bookapp.catalog.models import Terms
from bookapp.catalog.rules.terms import MOST_TIERS
from bookapp.web.forms import clean, has_control

_NUMBER = re.compile(r"[0-9]{1,4}")
LONGEST_NAME = 60


@dataclass(slots=True)
class TermsInput:
    """What is in the fields, and what is wrong with it (by the name of the field).

    `steps` are the texts of (hours, percent); an empty pair is no step. `version` is that of the terms it was made of.
    """

    name: str = ""
    move_until_hours: str = "24"
    steps: list[tuple[str, str]] = field(default_factory=list)
    version: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, terms: Terms, version: str) -> TermsInput:
        """What the form of existing terms begins with."""
        steps = [(str(tier["hours"]), str(tier["percent"])) for tier in terms.tiers]
        return cls(terms.name, str(terms.move_until_hours), steps, version)

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> TermsInput:
        """What was sent; `errors` says what cannot be read."""

        def line(name: str) -> str:
            value = clean(fields.get(name, ""))
            return "" if has_control(value) else value[:200]

        steps = [(line(f"hours-{number}"), line(f"percent-{number}")) for number in range(MOST_TIERS)]
        given = cls(line("name"), line("move_until_hours"), steps, line("version"))
        given._check()
        return given

    def _check(self) -> None:
        if not self.name or len(self.name) > LONGEST_NAME:
            self.errors["name"] = _("Terms need a name of at most 60 characters.")
        if not _NUMBER.fullmatch(self.move_until_hours):
            self.errors["move_until_hours"] = _("Please give a whole number of hours.")
        for number, (hours, percent) in enumerate(self.steps):
            if (hours or percent) and not _NUMBER.fullmatch(hours):
                self.errors[f"hours-{number}"] = _("Please give a whole number of hours.")
            if (hours or percent) and not _NUMBER.fullmatch(percent):
                self.errors[f"percent-{number}"] = _("Please give a whole number of percent.")

    @property
    def tiers(self) -> list[dict[str, int]]:
        """The steps as terms keep them; ask only when there are no errors."""
        return [{"hours": int(hours), "percent": int(percent)} for hours, percent in self.steps if hours]

    @property
    def rows(self) -> list[tuple[str, str]]:
        """The steps for as many rows as the form has."""
        return [*self.steps, *[("", "")] * (MOST_TIERS - len(self.steps))]

    @property
    def problems(self) -> list[tuple[str, str]]:
        """(id of the control, words) for `ui.problems`."""
        return [("hours-0" if name == "tiers" else name, words) for name, words in self.errors.items()]
