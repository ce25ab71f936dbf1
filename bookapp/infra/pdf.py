"""Paper: an accessible PDF made by typst from data and a template that holds no words."""

from __future__ import annotations

import functools
import json
from typing import Any

import structlog
import typst

from config import ROOT

_TEMPLATES = ROOT / "templates"

log = structlog.get_logger("bookapp.documents")


def render(template: str, data: dict[str, Any]) -> bytes:
    """The sheet `template` ("documents/invoice.typ") with `data` (JSON values) as PDF/UA-1.

    Data goes in as JSON through sys.inputs, never into the source, so no text can become markup.
    """
    inputs = {"data": json.dumps(data, ensure_ascii=False)}
    try:
        return _compile(template, inputs, "ua-1")
    except typst.TypstError as error:
        # PDF/UA refuses a text that no font at hand can show. A sheet with a gap is better than none.
        log.warning("document.not_accessible", template=template, reason=error.message)
        return _compile(template, inputs, "1.7")


def _compile(template: str, inputs: dict[str, str], standard: str) -> bytes:
    return typst.compile(
        _TEMPLATES / template,
        root=_TEMPLATES,
        font_paths=fonts(),
        sys_inputs=inputs,
        format="pdf",
        pdf_standards=[standard],
    )


@functools.cache
def fonts() -> typst.Fonts:
    """Ours, those inside typst, and the machine's own for scripts that neither has."""
    return typst.Fonts(
        include_system_fonts=True, include_embedded_fonts=True, font_paths=[_TEMPLATES / "documents" / "fonts"]
    )
