"""What a service asks, as its owner types it: rows of words, how it is answered, and where it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bookapp.catalog.models import ServiceQuestion
from bookapp.catalog.rules import QuestionDraft
from bookapp.catalog.rules.questions import MOST_QUESTIONS
from bookapp.catalog.states import QuestionKind
from bookapp.web.forms import clean, has_control

_MORE = 2
_LONGEST = 400
_LONGEST_OPTIONS = 5000


@dataclass(slots=True)
class QuestionRow:
    """The texts of one row; `id` is that of the stored question, "" for a new one."""

    id: str = ""
    order: str = ""
    words: str = ""
    kind: str = QuestionKind.TEXT.value
    options: str = ""
    required: bool = False


@dataclass(slots=True)
class QuestionsInput:
    """What is in the rows. A row without words is no question; `errors` go by the field of a row ("words-2")."""

    rows: list[QuestionRow] = field(default_factory=list)
    version: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, questions: Sequence[ServiceQuestion], version: str) -> QuestionsInput:
        """What the form of a service begins with."""
        rows = [
            QuestionRow(str(one.id), str(number), one.words, one.kind, "\n".join(one.options), one.required)
            for number, one in enumerate(questions, 1)
        ]
        return cls(rows, version)

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> QuestionsInput:
        """What was sent, in the order that was typed; rows without words are left out."""

        def line(name: str, longest: int = _LONGEST, *, lines: bool = False) -> str:
            value = clean(fields.get(name, ""))
            return "" if has_control(value, lines=lines) else value[:longest]

        rows = [
            QuestionRow(
                line(f"id-{number}"),
                line(f"order-{number}"),
                line(f"words-{number}"),
                line(f"kind-{number}"),
                line(f"options-{number}", _LONGEST_OPTIONS, lines=True),
                bool(line(f"required-{number}")),
            )
            for number in range(MOST_QUESTIONS)
        ]
        # Emptied words take a question away; answers without a question are somebody's who has not finished.
        given = [row for row in rows if row.words or (row.options and not row.id)]
        return cls(sorted(given, key=lambda row: _number(row.order, MOST_QUESTIONS + 1)), line("version"))

    @property
    def drafts(self) -> list[QuestionDraft]:
        """The questions as the action takes them."""
        return [
            QuestionDraft(
                words=row.words,
                kind=row.kind,
                options=tuple(option for each in row.options.splitlines() if (option := each.strip()))
                if row.kind == QuestionKind.CHOICE
                else (),
                required=row.required,
                id=_number(row.id, 0) or None,
            )
            for row in self.rows
        ]

    @property
    def shown(self) -> list[QuestionRow]:
        """The rows of the form: those there are, and two more."""
        more = min(MOST_QUESTIONS - len(self.rows), _MORE)
        return [*self.rows, *(QuestionRow(order=str(len(self.rows) + 1 + each)) for each in range(more))]

    @property
    def problems(self) -> list[tuple[str, str]]:
        """(id of the control, words) for `ui.problems`."""
        return list(self.errors.items())


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else otherwise
