"""Refusals carry a sentence, its parameters and the nearest yes."""

from bookapp.values.errors import Alternative, NotFound, NotPossibleNow, NotValid, Refusal, TooFast


def test_a_refusal_says_its_sentence() -> None:
    refusal = NotPossibleNow("Only %(left)s left.", alternatives=[Alternative("/rooms/x", "16:00")], left=2)
    assert str(refusal) == "Only 2 left."
    assert refusal.params == {"left": 2}
    assert refusal.alternatives[0].label == "16:00"


def test_the_family_has_its_statuses() -> None:
    assert (NotFound.status, NotPossibleNow.status, NotValid.status, TooFast.status) == (404, 409, 422, 429)
    assert NotValid({"email": "?"}).fields == {"email": "?"}
    assert TooFast(retry_after=9).retry_after == 9
    assert isinstance(NotFound(), Refusal)
