"""What a service asks, as it is answered at checkout; what cannot be used stays in the fields, with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _

from bookapp.catalog.models import ServiceQuestion
from bookapp.catalog.rules.questions import LONGEST_ANSWER, YES_NO, frozen_answers
from bookapp.catalog.states import QuestionKind
from bookapp.web.forms import clean, has_control

# What is longer than any answer is not kept for the field either.
_LONGEST_TYPED = 2 * LONGEST_ANSWER


@dataclass(slots=True)
class AnswersInput:
    """The questions with the text in each one's field, by its id. `errors` go by the name of a field ("question-5")."""

    questions: Sequence[ServiceQuestion]
    texts: dict[int, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, questions: Sequence[ServiceQuestion], fields: Mapping[str, str]) -> AnswersInput:
        """What was sent; nothing is checked yet."""
        texts = {one.id: clean(fields.get(f"question-{one.id}", ""))[:_LONGEST_TYPED] for one in questions}
        return cls(questions, texts)

    @classmethod
    def of(cls, questions: Sequence[ServiceQuestion], answers: Iterable[Mapping[str, Any]]) -> AnswersInput:
        """What the form begins with: what was answered already, by the words of the question."""
        given = {str(one["question"]): str(one["answer"]) for one in answers}
        said = {words: value for value, words in YES_NO.items()}
        texts = {}
        for one in questions:
            text = given.get(one.words, "")
            texts[one.id] = said.get(text, "") if one.kind == QuestionKind.YES_NO else text
        return cls(questions, texts)

    def check(self) -> bool:
        """Whether everything is answered as it should be; `errors` say what is not."""
        _answers, problems = frozen_answers(self.questions, self.texts)
        self.errors = {problem.field: _(problem.sentence, **problem.params) for problem in problems.values()}
        for one in self.questions:
            if has_control(self.texts.get(one.id, ""), lines=one.kind == QuestionKind.LONG):
                self.errors.setdefault(f"question-{one.id}", _("Some characters in here cannot be used."))
        return not self.errors

    @staticmethod
    def choices(question: ServiceQuestion) -> list[tuple[str, str]]:
        """(value, words) of what can be chosen."""
        if question.kind == QuestionKind.YES_NO:
            return [(value, _(words)) for value, words in YES_NO.items()]
        return [(option, option) for option in question.options]

    @property
    def given(self) -> tuple[tuple[int, str], ...]:
        """The texts as the action takes them."""
        return tuple(self.texts.items())

    @property
    def problems(self) -> list[tuple[str, str]]:
        """(id of the control, words) for `ui.problems`."""
        choices = {f"question-{one.id}" for one in self.questions if one.kind in _LISTS}
        return [(f"{name}-0" if name in choices else name, words) for name, words in self.errors.items()]


_LISTS = (QuestionKind.CHOICE, QuestionKind.YES_NO)
