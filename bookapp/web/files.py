"""Answers that are files: never shown in the page's place, never kept by anybody between us and the reader."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

from flask import Response, make_response

# What a spreadsheet takes for the beginning of a formula; tab and line ends in front of one do not help.
_FORMULA = re.compile(r"\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def download(body: bytes | str, content_type: str, name: str) -> Response:
    """`body` as a file called `name`, which is ours and not what people typed."""
    response = make_response(body)
    response.headers["Content-Type"] = content_type
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def csv_download(name: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> Response:
    """A table for spreadsheets: UTF-8 with the mark they look for, cells that begin like a formula defused."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(head)
    writer.writerows([defused(cell) for cell in row] for row in rows)
    return download("\ufeff" + written.getvalue(), "text/csv; charset=utf-8", name)


def defused(cell: str) -> str:
    """The cell with an apostrophe in front where a spreadsheet would reckon with it (guarantees.md 19).

    A plain number, below zero too, is what it says it is.
    """
    return f"'{cell}" if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell
