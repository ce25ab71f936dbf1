"""What the forms of the desk that make a draft have in common: places, services, add-ons, people, the house."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from wtforms import Field, HiddenField

from bookapp.catalog.rules import Draft
from bookapp.web.forms import OnceForm

_HIDDEN = ("csrf_token", "idempotency_key", "version")


class DraftForm(OnceForm):
    """A form that is typed into a draft, and can be held against what is stored."""

    version = HiddenField()

    # The name a draft has for a field that is called otherwise here.
    drafted: Mapping[str, str] = {}

    def validate(self, extra_validators: Mapping[str, Any] | None = None) -> bool:
        """Whether every field can be read, and the draft they make can be used."""
        if not super().validate(extra_validators):
            return False
        for problem in self.draft.problems():
            field = self[self.drafted.get(problem.field, problem.field)]
            field.errors = [*field.errors, _(problem.sentence, **problem.params)]
        return not self.errors

    @property
    def draft(self) -> Draft:
        """What was typed, as values."""
        raise NotImplementedError

    @property
    def facts(self) -> list[tuple[str, str]]:
        """(label, what is in it) of every field, for whoever may look and not change."""
        return [(str(field.label.text), _shown(field)) for field in self if field.name not in _HIDDEN]

    def differences(self, stored: DraftForm) -> list[tuple[str, str]]:
        """(label, what is stored) of every field in which `stored`, the form of what stands now, says otherwise."""
        return [
            (str(field.label.text), _shown(stored[field.name]))
            for field in self
            if field.name not in _HIDDEN and (field.data or None) != (stored[field.name].data or None)
        ]


def _shown(field: Field) -> str:
    """What is in a field, in the words of its options where it has any."""
    options = {str(one[0]): str(one[1]) for one in getattr(field, "choices", None) or ()}
    if isinstance(field.data, list):
        return ", ".join(options.get(str(one), str(one)) for one in field.data) or "–"
    if options:
        return options.get(str(field.data or ""), "–")
    return str(field._value()) or "–"
