"""Marks sentences for translation where no framework may be imported."""


def N_(text: str) -> str:  # noqa: N802 - the name gettext's tools look for
    """Return `text` unchanged; the extractor collects it, the edge translates it."""
    return text
