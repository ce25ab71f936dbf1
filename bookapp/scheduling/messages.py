"""What scheduling says, in the reader's language."""

from __future__ import annotations

from flask_babel import gettext as _

from bookapp.scheduling.rules import Reason


def why(reason: Reason) -> str:
    """The sentence of a reason: "Booked until 14:00"."""
    return _(reason.sentence, **reason.params)


class Words:
    """`why` for a whole grid: each sentence is looked up once, however many cells say it."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def why(self, reason: Reason) -> str:
        """The sentence of a reason."""
        sentence = self.of(reason.sentence)
        return sentence % reason.params if reason.params else sentence

    def of(self, marked: str) -> str:
        """A sentence marked with N_ and without placeholders."""
        found = self._known.get(marked)
        if found is None:
            found = self._known[marked] = _(marked)
        return found
