"""The fixed vocabularies of members, each with the word people read."""

from __future__ import annotations

from enum import StrEnum

from bookapp.values.words import N_


class ApplicationState(StrEnum):
    """What has become of a wish to sell here."""

    OPEN = "open"
    APPROVED = "approved"
    REFUSED = "refused"

    @property
    def label(self) -> str:
        """The word on the page, to be translated."""
        return _APPLICATIONS[self]


_APPLICATIONS = {
    ApplicationState.OPEN: N_("Waiting for an answer"),
    ApplicationState.APPROVED: N_("Approved"),
    ApplicationState.REFUSED: N_("Refused"),
}


class Step(StrEnum):
    """What a new house does, in this order, before it can sell."""

    VENUE = "venue"
    ROOM = "room"
    HOURS = "hours"
    PRICE = "price"
    PAYMENT = "payment"
    DOOR = "door"

    @property
    def label(self) -> str:
        """The heading of the step, to be translated."""
        return _STEPS[self]

    @property
    def missing(self) -> str:
        """What is said while it is not done, to be translated."""
        return _MISSING[self]


_STEPS = {
    Step.VENUE: N_("A place"),
    Step.ROOM: N_("A room"),
    Step.HOURS: N_("Opening hours"),
    Step.PRICE: N_("Price and terms"),
    Step.PAYMENT: N_("Ways to pay"),
    Step.DOOR: N_("Your door"),
}
_MISSING = {
    Step.VENUE: N_("There is no venue yet."),
    Step.ROOM: N_("There is no room yet."),
    Step.HOURS: N_("Nobody knows when it is open."),
    Step.PRICE: N_("No room has a price."),
    Step.PAYMENT: N_("There is no way to pay."),
    Step.DOOR: N_("Your page is not listed."),
}
