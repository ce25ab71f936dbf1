"""What a field is called here when a refusal names it as the pages do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bookapp.values.errors import NotValid

_NAMES = {
    "code": "coupon",
    "companions": "participants",
    "minutes": "duration_minutes",
    "from": "start",
    "to": "end",
    "starts_at": "start",
    "words": "text",
    "rate_minor": "rate",
    "day_rate_minor": "day_rate",
    "facilitator": "facilitator_id",
    "room": "room_id",
}


@contextmanager
def api_names(**more: str) -> Iterator[None]:
    """Refusals of input raised inside name the fields of the API; `more` adds to, or overrules, what is usual."""
    try:
        yield
    except NotValid as refusal:
        names = _NAMES | more
        found = {names.get(name, name): words for name, words in refusal.fields.items()}
        refusal.fields = _answers_together(found)
        raise


def _answers_together(fields: dict[str, str]) -> dict[str, str]:
    """What is wrong with single answers ("question-7") under the one field they are sent in."""
    asked = {name.removeprefix("question-"): fields.pop(name) for name in list(fields) if name.startswith("question-")}
    if asked:
        fields["answers"] = " ".join(f"question_id {number}: {words}" for number, words in asked.items())
    return fields
