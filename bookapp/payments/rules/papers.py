"""How papers are numbered, and what of a credit note is tax."""

from __future__ import annotations

from decimal import Decimal

from bookapp.values.money import Money

_LONGEST_PREFIX = 3
_DIGITS = 6


def prefix_of(slug: str) -> str:
    """What stands before a merchant's numbers: the first letters of its words, of a single word its beginning.

    "stillwater-yoga" is "SY", "kastanienhof" is "KAS". It only helps people to tell papers apart: two merchants may
    share one, as each has its own series.
    """
    words = [word for word in slug.split("-") if word]
    letters = "".join(word[0] for word in words) if len(words) > 1 else "".join(words)
    return letters[:_LONGEST_PREFIX].upper()


def paper_label(prefix: str, kind: str, number: int) -> str:
    """A paper's number as it is printed: "KAS-000123" an invoice, "KAS-C-000045" a credit note.

    One series per merchant and kind over all time, without a year, so that no gap opens at New Year.
    """
    return "-".join((prefix, *(("C",) if kind == "credit_note" else ()), f"{number:0{_DIGITS}}"))


def share_of_tax(tax: Money, whole: Money, amount: Money) -> Money:
    """What of `amount` is tax when `tax` is what is left in `whole`, half up; the last of it takes all that is left."""
    if whole.minor <= 0:
        return Money.zero(amount.currency)
    share = tax.times(Decimal(amount.minor) / whole.minor)
    return max(Money.zero(amount.currency), min(share, amount))
