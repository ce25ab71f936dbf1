"""The words of an answer in its reader's language. A page has hundreds of them: each must cost next to nothing.

Flask-Babel goes through application, request and language again for every single word. Here that is done once for each
answer, and a sentence without values is made once in each language. `force_locale` still has its way.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from babel import Locale
from babel.support import NullTranslations, Translations
from flask import Flask, g
from flask_babel import Babel, Domain, get_locale
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from wtforms.i18n import messages_path

ENGLISH = Locale("en")


@dataclass(frozen=True, slots=True)
class Language:
    """A language, its words, and the sentences of pages that are ready in it."""

    locale: Locale
    words: NullTranslations
    ready: dict[str, str] = field(default_factory=dict)


class Words(Domain):
    """What Flask-Babel's own functions ask as well."""

    def __init__(self) -> None:
        super().__init__()
        self._languages: dict[str, Language] = {}

    def get_translations(self) -> NullTranslations:
        """The words in the language of this answer."""
        return self.here().words

    def here(self) -> Language:
        """The language of this answer; English where nobody is answered."""
        try:
            answer = g._get_current_object()
        except RuntimeError:
            return _NOBODYS
        # Flask-Babel keeps the language of an answer here, and force_locale puts another in its place.
        chosen: Language | None = answer.get("language")
        if chosen is None or answer._flask_babel.babel_locale is not chosen.locale:
            chosen = answer.language = self._of(get_locale())
            answer._flask_babel.babel_locale = chosen.locale
        return chosen

    def _of(self, locale: Locale) -> Language:
        name = str(locale)
        if name not in self._languages:
            self._languages[name] = Language(locale, super().get_translations())
        return self._languages[name]


_NOBODYS = Language(ENGLISH, NullTranslations())
_words = Words()


class _Context(NamedTuple):
    """As much of a template's context as Jinja's own gettext looks at."""

    eval_ctx: EvalContext

    def call(self, function: Any, *args: Any) -> Any:
        """Call it, as a context does."""
        return function(*args)


def init_app(app: Flask) -> None:
    """Choose the language of every answer (there is one, so far), and give templates their `_`."""
    Babel(app, locale_selector=lambda: ENGLISH).domain_instance = _words
    templates = app.jinja_env
    # Ours go through no context to find these; but it is Jinja that says of a sentence that it needs no escaping.
    templates.install_gettext_callables(gettext, _one_or_many, newstyle=True)  # type: ignore[attr-defined]
    write, write_many = templates.globals["gettext"], templates.globals["ngettext"]

    @pass_eval_context
    def say(context: EvalContext, text: str, /, **values: Any) -> str:
        if values or not context.autoescape:
            return write(_Context(context), text, **values)
        ready = _words.here().ready
        if text not in ready:
            ready[text] = write(_Context(context), text)
        return ready[text]

    @pass_eval_context
    def say_number(context: EvalContext, one: str, many: str, num: int, /, **values: Any) -> str:
        return write_many(_Context(context), one, many, num, **values)

    templates.globals |= {"_": say, "gettext": say, "ngettext": say_number}


def gettext(text: str, **values: Any) -> str:
    """The text in the language of this answer, with `values` filled in; the same as Flask-Babel's, but quicker."""
    said = _words.here().words.gettext(text)
    return said % values if values else said


def locale_here() -> Locale:
    """The language of this answer; English where nobody is answered."""
    return _words.here().locale


@lru_cache(maxsize=16)
def words_of_forms(locale: Locale) -> Translations:
    """What the library of our forms says of its own; it would read its file anew for each form."""
    return Translations.load(messages_path(), [locale], domain="wtforms")


def _one_or_many(one: str, many: str, num: int) -> str:
    return _words.here().words.ngettext(one, many, num)
