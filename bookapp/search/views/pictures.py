"""Where a picture is, and stars in figures."""

from __future__ import annotations

from babel.numbers import format_decimal
from flask_babel import get_locale

from bookapp.web.assets import asset


def source(path: str | None) -> str:
    """The address of a picture, "" for none: ours are versioned, others are used as they are."""
    if not path or path.startswith(("/", "http")):
        return path or ""
    return asset(path)


def stars(total: int, count: int) -> str:
    """4.8; "" without a review: an empty star looks like a bad one."""
    return format_decimal(total / count, "0.0", locale=get_locale()) if count else ""
