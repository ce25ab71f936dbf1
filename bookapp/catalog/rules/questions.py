"""What a service asks of who books it, and whether what they answered is one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bookapp.catalog.rules.checks import LONG, Problem, known, long_text, required_text, short_text
from bookapp.catalog.rules.drafts import Draft
from bookapp.catalog.states import QuestionKind
from bookapp.values.words import N_

MOST_QUESTIONS = 10
MOST_OPTIONS = 20
LONGEST_ANSWER = LONG
YES_NO = {"yes": N_("Yes"), "no": N_("No")}


class Asked(Protocol):
    """A question as it is stored."""

    id: int
    words: str
    kind: str
    options: list[str]
    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionDraft(Draft):
    """A question in the house's own words. `id` is that of the one it changes; only a choice has `options`."""

    words: str
    kind: str = QuestionKind.TEXT.value
    options: tuple[str, ...] = ()
    required: bool = False
    id: int | None = None

    def _found(self) -> Iterator[Problem | None]:
        yield required_text("words", self.words)
        yield known("kind", self.kind, QuestionKind)
        if self.kind == QuestionKind.CHOICE:
            if not 1 < len(self.options) <= MOST_OPTIONS:
                yield Problem("options", N_("Give two to %(most)s answers to choose from."), {"most": MOST_OPTIONS})
            if len(set(self.options)) < len(self.options):
                yield Problem("options", N_("Each answer can be given only once."))
            for option in self.options:
                yield required_text("options", option)
        elif self.options:
            yield Problem("options", N_("Only a choice has answers to choose from."))


def frozen_answers(
    questions: Sequence[Asked], given: Mapping[int, str]
) -> tuple[list[dict[str, str]], dict[int, Problem]]:
    """The answers as a booking keeps them, [{"question": words, "answer": words}], and what is wrong by question id.

    `given` are the texts by question id, "yes" or "no" where that is asked; what nobody asked is left out, and so is a
    question that was left open and may be.
    """
    answers: list[dict[str, str]] = []
    problems: dict[int, Problem] = {}
    for question in questions:
        text = given.get(question.id, "").strip()
        problem = _problem(question, text)
        if problem:
            problems[question.id] = problem
        elif text:
            words = YES_NO[text] if question.kind == QuestionKind.YES_NO else text
            answers.append({"question": question.words, "answer": words})
    return answers, problems


def _problem(question: Asked, text: str) -> Problem | None:
    name = f"question-{question.id}"
    if not text:
        return Problem(name, N_("Please answer this: the house needs to know.")) if question.required else None
    match QuestionKind(question.kind):
        case QuestionKind.TEXT:
            return short_text(name, text)
        case QuestionKind.LONG:
            return long_text(name, text)
        case QuestionKind.CHOICE:
            options = question.options
        case QuestionKind.YES_NO:
            options = list(YES_NO)
    return None if text in options else Problem(name, N_("Please choose one of the answers."))
