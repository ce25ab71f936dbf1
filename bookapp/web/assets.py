"""Static files under an address that changes with their content, so that browsers may keep them for ever.

One version for all of them: a module imports "./behaviors/x.js" and a stylesheet "../fonts/y.woff2" by relative
address, which stays inside the versioned folder.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from flask import Flask, Response, abort, current_app, request

from bookapp.web.areas import PUBLIC, area
from config import ROOT

FOLDER = ROOT / "static"
FOR_EVER = "public, max-age=31536000, immutable"
SHORTLY = "public, max-age=300"
_SMALL = 1000
_TEXT = ("text/", "image/svg+xml", "application/json", "application/javascript", "application/manifest+json")
_EXTENSION = "bookapp.assets"

mimetypes.add_type("font/woff2", ".woff2")
mimetypes.add_type("text/javascript", ".js")

views = area("assets", __name__, audience=PUBLIC)


@dataclass(frozen=True, slots=True)
class File:
    """A static file, read once, and packed once if that helps."""

    content: bytes
    packed: bytes | None
    content_type: str
    etag: str


class Assets:
    """The files of one folder in memory (they are small) and the version of them all."""

    def __init__(self, folder: Path, *, watch: bool) -> None:
        self._folder, self._watch = folder, watch
        self._files: dict[str, File] = {}
        self._addresses: dict[str, str] = {}
        self._version = ""
        self._looked_at = -1.0
        self._stamp: tuple[int, int] = (0, 0)
        self._lock = threading.Lock()

    @property
    def version(self) -> str:
        """Ten characters that change when any file does."""
        self._refresh()
        return self._version

    def get(self, path: str) -> File | None:
        """The file at `path`, or None."""
        self._refresh()
        return self._files.get(path)

    def address(self, path: str) -> str:
        """Where the file at `path` stands, good for ever. Raises LookupError for a file that is not there."""
        self._refresh()
        if path not in self._addresses:
            raise LookupError(f"no static file {path!r}")
        return self._addresses[path]

    def _refresh(self) -> None:
        """Read the folder at the first use; while developing, look for changes once a second."""
        if self._version and not (self._watch and time.monotonic() - self._looked_at > 1):
            return
        with self._lock:
            self._looked_at = time.monotonic()
            paths = sorted(path for path in self._folder.rglob("*") if path.is_file())
            stamp = (len(paths), max((path.stat().st_mtime_ns for path in paths), default=0))
            if self._version and stamp == self._stamp:
                return
            files = {path.relative_to(self._folder).as_posix(): _read(path) for path in paths}
            whole = hashlib.sha256("".join(f"{name}:{file.etag}" for name, file in files.items()).encode())
            version = whole.hexdigest()[:10]
            self._addresses = {name: f"/static/v-{version}/{name}" for name in files}
            self._files, self._version, self._stamp = files, version, stamp


def init_app(app: Flask, *, watch: bool) -> None:
    """Serve static/ and give templates `asset(path)`."""
    files = app.extensions[_EXTENSION] = Assets(FOLDER, watch=watch)
    app.jinja_env.globals["asset"] = files.address


def asset(path: str) -> str:
    """The same of this application's, for Python."""
    files: Assets = current_app.extensions[_EXTENSION]
    return files.address(path)


@views.get("/static/<path:filename>")
def show(filename: str) -> Response:
    """A static file; a version we no longer have gets today's file, for a short while."""
    files: Assets = current_app.extensions[_EXTENSION]
    first, _, rest = filename.partition("/")
    versioned = first.startswith("v-") and bool(rest)
    file = files.get(rest if versioned else filename)
    if file is None:
        abort(404)
    packed = file.packed if file.packed and request.accept_encodings["gzip"] else None
    response = Response(packed or file.content, content_type=file.content_type)
    response.headers["Cache-Control"] = FOR_EVER if first == f"v-{files.version}" else SHORTLY
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    if file.packed:
        response.vary.add("Accept-Encoding")
    response.set_etag(file.etag + ("-gz" if packed else ""))
    response.make_conditional(request)
    return response


def _read(path: Path) -> File:
    content = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    is_text = kind.startswith(_TEXT)
    packed = gzip.compress(content, mtime=0) if is_text and len(content) > _SMALL else None
    content_type = f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
    return File(content, packed, content_type, hashlib.sha256(content).hexdigest()[:16])
