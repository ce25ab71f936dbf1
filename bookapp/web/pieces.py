"""Pieces of pages that are written once: `{{ kept(macro, values…) }}` is `{{ macro(values…) }}`, without the work.

For what a page repeats and the pages after it show again: a ruler of a day, a list of options. The macro may depend on
its values and the language of the answer, and on nothing else; the values are hashable.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import lru_cache

from babel import Locale
from flask import Flask

from bookapp.web.language import locale_here

MOST = 4096


def init_app(app: Flask) -> None:
    """Give templates `kept`."""
    app.jinja_env.globals["kept"] = keeper()


def keeper() -> Callable[..., str]:
    """A `kept` of its own, with the last MOST pieces."""

    @lru_cache(maxsize=MOST)
    def written(macro: Callable[..., str], _locale: Locale, values: tuple[Hashable, ...]) -> str:
        return macro(*values)

    def kept(macro: Callable[..., str], *values: Hashable) -> str:
        return written(macro, locale_here(), values)

    return kept
