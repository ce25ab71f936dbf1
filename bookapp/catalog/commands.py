"""flask catalog import FILE"""

from __future__ import annotations

from typing import BinaryIO

import click
from flask.cli import AppGroup
from flask_babel import gettext as _
from flask_babel import ngettext

from bookapp.catalog.actions.importing import import_sheet
from bookapp.catalog.errors import SheetRefused
from bookapp.catalog.forms import read_sheet
from bookapp.catalog.rules.sheet import Fault
from bookapp.identity.actor import SYSTEM

catalog = AppGroup("catalog", help="What is on offer.")

_LONGEST_VALUE = 300


@catalog.command("import")
@click.argument("file", type=click.File("rb"))
def import_file(file: BinaryIO) -> None:
    """Import venues and rooms from a CSV FILE, all or nothing. docs/import.md describes its columns."""
    try:
        done = import_sheet(SYSTEM, read_sheet(file.read()))
    except SheetRefused as refusal:
        for fault in refusal.faults:
            click.echo(_line(fault), err=True)
        count = len(refusal.faults)
        click.echo(
            ngettext("%(num)s problem. Nothing was imported.", "%(num)s problems. Nothing was imported.", count),
            err=True,
        )
        raise SystemExit(1) from None
    venues = ngettext("%(num)s venue", "%(num)s venues", done.venues)
    rooms = ngettext("%(num)s room", "%(num)s rooms", done.rooms)
    click.echo(_("Imported %(venues)s and %(rooms)s.", venues=venues, rooms=rooms))


def _line(fault: Fault) -> str:
    """The fault in words, with its line and column."""
    params = {name: _shown(value) for name, value in fault.params.items()}
    words = _(fault.sentence, **params)  # marked for translation where it was written, in rules, forms and actions
    if fault.column:
        return _("line %(line)s, %(column)s: %(words)s", line=fault.line, column=_shown(fault.column), words=words)
    return _("line %(line)s: %(words)s", line=fault.line, words=words)


def _shown(value: object) -> str:
    """A value as a terminal may show it: not endless, and nothing in it that the terminal would obey."""
    plain = "".join(letter if letter.isprintable() else "·" for letter in str(value))
    return plain if len(plain) <= _LONGEST_VALUE else f"{plain[: _LONGEST_VALUE - 1]}…"
