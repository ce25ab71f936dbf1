"""Refusals around prices, each with the sentence people will read."""

from __future__ import annotations

from typing import Any

from bookapp.values.errors import NotPossibleNow, NotValid
from bookapp.values.words import N_


class CodeRefused(NotValid):
    """A code that does nothing here; the sentence says why and belongs to the field `code`."""

    code = "code_refused"

    def __init__(self, sentence: str, **params: Any) -> None:
        super().__init__({"code": sentence}, **params)


class RuleChanged(NotPossibleNow):
    """The rule is not what the form was made of."""

    code = "rule_changed"
    sentence = N_("Somebody changed this rule a moment ago. What it says now stands beside what you typed.")
