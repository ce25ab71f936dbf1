"""Marks sentences for translation where no framework may be imported."""


def N_(text: str) -> str:  # noqa: N802 - the name gettext's tools look for
    """Return `text` unchanged; the extractor collects it, the edge translates it."""
    return text


class Word(str):
    """A marked word among the parameters of a sentence: it is translated as well."""

    __slots__ = ()


class Weekdays(tuple[int, ...]):
    """Days of the week among the parameters of a sentence, Monday is 0; the edge names them."""

    __slots__ = ()
