"""The family of refusals: what is said, and which status it means. Mapped once at the edge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from bookapp.values.words import N_


@dataclass(frozen=True, slots=True)
class Alternative:
    """A nearest yes: where it leads and what to call it (already in the reader's words)."""

    href: str
    label: str


class Refusal(Exception):
    """Something that will not be done, with a full sentence for the person who asked.

    `sentence` is marked with N_ and may hold %(name)s placeholders filled from `params`; the edge translates it.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "refused"
    # How a program proves itself instead (RFC 6750), where that is what is missing.
    challenge: ClassVar[str] = ""
    sentence: str = N_("This cannot be done.")

    def __init__(
        self,
        sentence: str | None = None,
        *,
        alternatives: Sequence[Alternative] = (),
        **params: Any,
    ) -> None:
        self.sentence = sentence or self.sentence
        self.params: Mapping[str, Any] = params
        # What somebody else has made of it meanwhile, as JSON: for programs, which have no page to show it on.
        self.current: Mapping[str, Any] | None = None
        self.alternatives = tuple(alternatives)
        super().__init__(self.sentence % params if params else self.sentence)


class NotFound(Refusal):
    """There is no such thing, or not for you: the two look the same on purpose."""

    status = 404
    code = "not_found"
    sentence = N_("There is nothing at this address.")


class NotAllowed(Refusal):
    """Known, but not yours to do."""

    status = 403
    code = "not_allowed"
    sentence = N_("You are signed in, but this is not yours to do.")


class NotPossibleNow(Refusal):
    """Allowed, but not in the state things are in."""

    status = 409
    code = "conflict"
    sentence = N_("This is not possible any more.")


class NotValid(Refusal):
    """Input that cannot be used: `fields` has one sentence per field."""

    status = 422
    code = "not_valid"
    sentence = N_("Please look at the marked fields.")

    def __init__(self, fields: Mapping[str, str], sentence: str | None = None, **params: Any) -> None:
        super().__init__(sentence, **params)
        self.fields = dict(fields)


class TooFast(Refusal):
    """Asked too often; `retry_after` seconds."""

    status = 429
    code = "too_fast"
    sentence = N_("That was a little fast. Please try again in a moment.")

    def __init__(self, sentence: str | None = None, *, retry_after: int = 60, **params: Any) -> None:
        super().__init__(sentence, **params)
        self.retry_after = retry_after


class Unavailable(Refusal):
    """Our side is down for the moment; nothing was changed."""

    status = 503
    code = "unavailable"
    sentence = N_("We cannot do this at the moment. Nothing was changed; please try again in a minute.")
