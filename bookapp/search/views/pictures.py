"""Where a picture is, and stars in figures."""

from __future__ import annotations

from functools import lru_cache

from babel import Locale
from babel.numbers import format_decimal

from bookapp.web.assets import asset
from bookapp.web.language import locale_here


def source(path: str | None) -> str:
    """The address of a picture, "" for none: ours are versioned, others are used as they are."""
    if not path or path.startswith(("/", "http")):
        return path or ""
    return asset(path)


def stars(total: int, count: int) -> str:
    """4.8; "" without a review: an empty star looks like a bad one."""
    return _stars(total, count, locale_here()) if count else ""


@lru_cache(maxsize=4096)
def _stars(total: int, count: int, locale: Locale) -> str:
    return format_decimal(total / count, "0.0", locale=locale)
