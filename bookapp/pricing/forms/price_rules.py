"""A price rule as it is typed: the few fields its kind needs, in words people use."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from bookapp.pricing.models import PriceRule
from bookapp.pricing.rules.drafts import RuleDraft
from bookapp.pricing.states import RuleKind
from bookapp.values.money import Money
from bookapp.web.forms import clean, has_control

LEVELS = ("junior", "senior", "expert")
_PERCENT = re.compile(r"([+-]?)(\d{1,4})\s*%?")
_CLOCK = re.compile(r"([01]?\d|2[0-4])[:.]([0-5]\d)")
_NUMBER = re.compile(r"\d{1,6}")
_HOURS = re.compile(r"\d{1,3}([.,]\d{1,2})?")
_SCOPE = re.compile(r"(venue|room|service)-(\d{1,15})")
# The field in which a parameter is typed, where it has another name.
FIELDS = {"from_minute": "from", "to_minute": "to", "from_minutes": "hours", "amount_minor": "amount"}


@dataclass(slots=True)
class RuleInput:
    """What is in the fields of a form for one kind of rule, and what is wrong with it (by the name of the field).

    `texts` are as typed; `version` is that of the rule it was made of.
    """

    kind: RuleKind
    currency: str
    texts: dict[str, str] = field(default_factory=dict)
    weekdays: list[int] = field(default_factory=list)
    active: bool = True
    version: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    draft: RuleDraft | None = None

    @classmethod
    def of(cls, rule: PriceRule, currency: str, version: str) -> RuleInput:
        """What the form of an existing rule begins with."""
        kind, given = RuleKind(rule.kind), rule.parameters
        texts = {
            "name": rule.name,
            "scope": _scope(rule),
            "valid_from": rule.valid_from.isoformat() if rule.valid_from else "",
            "valid_until": rule.valid_until.isoformat() if rule.valid_until else "",
            **{FIELDS.get(name, name): _typed(name, value, given) for name, value in given.items()},
        }
        limited = str(given.get("currency", currency))
        return cls(kind, limited, texts, list(given.get("weekdays", ())), rule.active, version)._understood()

    @classmethod
    def new(cls, kind: RuleKind, currency: str) -> RuleInput:
        """An empty form, with the weekdays and hours one would expect."""
        texts = {"name": _(kind.label), "junior_percent": "0", "from": "18:00", "to": "22:00"}
        return cls(kind, currency, texts, [0, 1, 2, 3, 4])

    @classmethod
    def read(cls, fields: MultiDict[str, str], kind: RuleKind, currency: str) -> RuleInput:
        """What was sent; `errors` says what cannot be read or does not fit, else there is a `draft`."""

        def text(name: str) -> str:
            value = clean(fields.get(name, ""))
            return "" if has_control(value) else value[:200]

        names = ("name", "scope", "valid_from", "valid_until", *(FIELDS.get(one, one) for one in kind.parameters))
        days = sorted({int(day) for day in fields.getlist("weekdays") if day in "0123456" and len(day) == 1})
        texts = {name: text(name) for name in names if name not in ("weekdays", "currency")}
        return cls(kind, currency, texts, days, bool(text("active")), text("version"))._understood()

    def text(self, name: str) -> str:
        """What stands in a field."""
        return self.texts.get(name, "")

    def refuse(self, fields: Mapping[str, str]) -> None:
        """Put a refusal's sentences (translated) at the fields they are about."""
        self.errors |= {FIELDS.get(name, name): words for name, words in fields.items()}

    @property
    def problems(self) -> list[tuple[str, str]]:
        """(id of the control, words) for `ui.problems`."""
        return list(self.errors.items())

    def _understood(self) -> RuleInput:
        parameters = {name: self._value(name) for name in self.kind.parameters}
        scope = _SCOPE.fullmatch(self.text("scope"))
        if self.text("scope") and not scope:
            self.errors["scope"] = _("Choose one place, room or service, or everything.")
        where = {f"{scope[1]}_id": int(scope[2])} if scope else {}
        draft = RuleDraft(
            self.kind, self.text("name"), parameters, valid_from=self._day("valid_from"),
            valid_until=self._day("valid_until"), active=self.active, **where,
        )  # fmt: skip
        self.refuse(
            {name: _(words) for name, words in draft.problems().items() if FIELDS.get(name, name) not in self.errors}
        )
        self.draft = None if self.errors else draft
        return self

    def _value(self, name: str) -> Any:
        """The parameter as the engine takes it; None where the text says nothing, which no rule takes."""
        text = self.text(FIELDS.get(name, name))
        match name:
            case "weekdays":
                return self.weekdays
            case "currency":
                return self.currency
            case "amount_minor":
                return _minor(text, self.currency)
            case "from_minute" | "to_minute":
                found = _CLOCK.fullmatch(text)
                return int(found[1]) * 60 + int(found[2]) if found else None
            case "from_minutes":
                return round(float(text.replace(",", ".")) * 60) if _HOURS.fullmatch(text) else None
            case "days_before" | "hours_before" | "taken_percent":
                return int(text) if _NUMBER.fullmatch(text) else None
            case _:
                found = _PERCENT.fullmatch(text.replace("−", "-"))
                return int(found[1] + found[2]) if found else None

    def _day(self, name: str) -> dt.date | None:
        text = self.text(name)
        try:
            return dt.date.fromisoformat(text) if text else None
        except ValueError:
            self.errors[name] = _("Please give a date such as 2026-11-24.")
            return None


def _minor(text: str, currency: str) -> int | None:
    try:
        return Money.parse(text.replace(",", "."), currency).minor
    except ValueError:
        return None


def _scope(rule: PriceRule) -> str:
    for what in ("venue", "room", "service"):
        if (found := getattr(rule, f"{what}_id")) is not None:
            return f"{what}-{found}"
    return ""


def _typed(name: str, value: Any, given: Mapping[str, Any]) -> str:
    """A parameter as somebody would type it."""
    match name:
        case "weekdays" | "currency":
            return ""
        case "amount_minor":
            return str(Money(value, given["currency"]).amount)
        case "from_minute" | "to_minute":
            return f"{value // 60:02}:{value % 60:02}"
        case "from_minutes":
            return f"{value / 60:g}"
        case "taken_percent" | "days_before" | "hours_before":
            return str(value)
        case _:
            return f"{value:+d}" if value else "0"
