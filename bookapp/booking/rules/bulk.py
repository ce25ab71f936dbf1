"""What can be done to many bookings at once."""

from __future__ import annotations

from enum import StrEnum

from bookapp.values.words import N_


class Act(StrEnum):
    """One of the acts at the foot of the register."""

    MESSAGE = "message"
    CANCEL = "cancel"
    CHECK_IN = "check_in"
    COMPLETE = "complete"

    @property
    def label(self) -> str:
        """The words on its button, to be translated."""
        return _LABELS[self]

    @property
    def needs_words(self) -> bool:
        """Whether it is nothing without a reason, or something to say."""
        return self in (Act.MESSAGE, Act.CANCEL)


_LABELS = {
    Act.MESSAGE: N_("Write to them"),
    Act.CANCEL: N_("Cancel them"),
    Act.CHECK_IN: N_("Check them in"),
    Act.COMPLETE: N_("They took place"),
}
