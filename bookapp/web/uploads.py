"""Pictures people gave us: taken in by the few views that say so, and given out at addresses that never change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Response, abort, current_app, request

from bookapp.infra import storage
from bookapp.infra.pictures import LARGEST_FILE, WIDTHS
from bookapp.web.areas import PUBLIC, area
from bookapp.web.assets import FOR_EVER

# The file, and the form around it.
LARGEST_UPLOAD = LARGEST_FILE + 1024 * 1024
_MARK = "takes_a_file"

View = TypeVar("View", bound=Callable[..., Any])

views = area("uploads", __name__, audience=PUBLIC)


def takes_a_file(view: View) -> View:
    """Let a view be sent a picture: its body may be larger than other forms are."""
    setattr(view, _MARK, True)
    return view


def init_app(app: Flask) -> None:
    """Raise the limit where a view takes a file, before anything reads the body; tell templates of `picture_set`."""
    app.before_request(_raise_limit)
    app.jinja_env.globals["picture_set"] = picture_set


def picture_set(address: str | None) -> str:
    """The `srcset` of a picture in the storage; "" for another."""
    files = storage.files_of(address or "")
    return ", ".join(f"{storage.ADDRESS}{name} {width}w" for name, width in zip(files, WIDTHS, strict=False))


@views.get("/uploads/<name>")
def show(name: str) -> Response:
    """A picture; its name is never given to another."""
    content = storage.get(name)
    if content is None:
        abort(404)
    response = Response(content, content_type="image/webp")
    response.headers["Cache-Control"] = FOR_EVER
    response.headers["Content-Disposition"] = "inline"
    response.set_etag(name.partition(".")[0])
    response.make_conditional(request)
    return response


def _raise_limit() -> None:
    if getattr(current_app.view_functions.get(request.endpoint or ""), _MARK, False):
        request.max_content_length = LARGEST_UPLOAD
