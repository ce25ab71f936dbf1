"""Free text in a header, and what makes a mail recognisable."""

from __future__ import annotations

import pytest

from bookapp.notifications.rules import LONGEST_LINE, message_key, one_line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Linden", "Linden"),
        ("  Linden \t is  yours\n", "Linden is yours"),
        ("Eve\r\nBcc: all@example.org", "Eve Bcc: all@example.org"),
        ("a\x00b\x1bc\x85d\u2028e\u2029f", "a b c d e f"),
        ("half a pair: \ud83d", "half a pair:"),
        # Direction characters make one thing read as another.
        ("pay \u202egnihton\u202c", "pay gnihton"),
        ("\u2066x\u2069\u200f", "x"),
        ("Łukasz Ğ 株式会社 عربي 👩\u200d🏫", "Łukasz Ğ 株式会社 عربي 👩\u200d🏫"),
        ("", ""),
    ],
)
def test_one_line(text: str, line: str) -> None:
    assert one_line(text) == line


def test_a_line_that_is_too_long_is_cut() -> None:
    assert one_line("x" * LONGEST_LINE) == "x" * LONGEST_LINE
    cut = one_line("word " * LONGEST_LINE)
    assert len(cut) <= LONGEST_LINE
    assert cut.endswith("…")


def test_a_message_has_one_key_and_another_message_another() -> None:
    facts = {"kind": "booking.confirmed", "cause": "booking:B7K2QF", "recipient": "miriam@example.org"}
    key = message_key(**facts)
    assert key == message_key(**facts)
    assert {len(key), key.isalnum()} == {32, True}
    for name in facts:
        assert message_key(**(facts | {name: "other"})) != key
