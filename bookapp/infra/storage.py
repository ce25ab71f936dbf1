"""Files people gave us, below BOOKAPP_DATA/uploads or the folder STORAGE_URL names. Their names are ours, never theirs.

A name is used once: what is behind it never changes, so it may be kept for ever by whoever has it. No transaction is
open while a file is written or removed; what is left over is found by comparing the names with the rows.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bookapp.infra.pictures import WIDTHS
from bookapp.infra.settings import current_settings
from config import Settings

# Where `web.uploads` gives them out.
ADDRESS = "/uploads/"
_SHOWN = WIDTHS[1]
_NAME = re.compile(r"[a-z0-9]{1,64}(-[a-z0-9]{1,16})?\.[a-z0-9]{1,8}", re.ASCII)


def new_name() -> str:
    """The beginning of a name nobody can guess and nobody had."""
    return secrets.token_hex(16)


def address_of(name: str) -> str:
    """Where the picture of this name is shown, at the width that fits most places."""
    return f"{ADDRESS}{name}-{_SHOWN}.webp"


def files_of(address: str) -> list[str]:
    """The names of all files behind an address; none for a picture that is not in the storage."""
    name, is_ours, _rest = address.removeprefix(ADDRESS).rpartition(f"-{_SHOWN}.webp")
    return [f"{name}-{width}.webp" for width in WIDTHS] if is_ours and address.startswith(ADDRESS) else []


def put(name: str, content: bytes) -> None:
    """Keep a file; it is there as a whole or not at all. Raises ValueError for a name that is not ours."""
    path = _path(name)
    if path is None:
        raise ValueError("not a name of ours")
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    beside.write_bytes(content)
    os.replace(beside, path)


def get(name: str) -> bytes | None:
    """A file, or None: also for whatever is no name of ours."""
    path = _path(name)
    try:
        return path.read_bytes() if path else None
    except FileNotFoundError:
        return None


def remove(name: str) -> None:
    """Forget a file; one that is not there is forgotten already."""
    if path := _path(name):
        path.unlink(missing_ok=True)


def names(*, before: dt.datetime) -> Iterator[str]:
    """What was written before `before`, half-written files among it."""
    there = folder(current_settings())
    for path in there.iterdir() if there.is_dir() else ():
        if path.stat().st_mtime < before.timestamp():
            yield path.name


def discard(name: str) -> None:
    """Remove what `names` named, also a half-written file."""
    (folder(current_settings()) / Path(name).name).unlink(missing_ok=True)


def folder(settings: Settings) -> Path:
    """Where files lie."""
    if settings.storage_url:
        return Path(unquote(urlsplit(settings.storage_url).path))
    return settings.data_dir / "uploads"


def _path(name: str) -> Path | None:
    return folder(current_settings()) / name if _NAME.fullmatch(name) else None
