"""What an answer weighs on its way: nothing where the browser has it already, else packed.

**The same page again.** A page says what it is by a weak ETag over all of it but the token of its forms, which is
written anew each second and stays good as long as the session: that it is the same session's is part of the tag. A page
with a key for one booking (guarantees.md 5) is another each time and so is always sent. Whoever asks again with the tag
is answered 304, after the page was made: the tag stands for what would have been sent now, never for what was once.

**Packed pages and their secrets.** From the length of packed pages somebody who sees the lines and makes a browser ask
could guess at a secret beside words of his choice (BREACH). Here he finds nothing to guess at: other sites cannot ask
with our cookie (SameSite), the one secret that stands in pages, the token, is signed anew each second, and each answer
is longer by a number of bytes that nobody knows.
"""

from __future__ import annotations

import hashlib
import secrets
import zlib

from flask import Flask, Response, g, request, session

# Less than one packet is not worth it.
_SMALL = 1400
_TEXT = ("text/", "application/json", "application/problem+json", "image/svg+xml")
# A page of 30 KB becomes 4.8 KB in 0.1 ms; the best there is makes 4.2 of it and takes thrice as long.
_EFFORT = 1
_MOST_NOISE = 64
_GZIP_WITH_A_NAME = b"\x1f\x8b\x08\x08\0\0\0\0\x04\xff"


def init_app(app: Flask) -> None:
    """Look at each answer when everything else has been said in it: what is registered first comes last."""
    app.after_request(_lighten)


def pack(content: bytes) -> bytes:
    """As gzip, with a name of random length in its head, which everybody skips."""
    packer = zlib.compressobj(_EFFORT, zlib.DEFLATED, -zlib.MAX_WBITS)
    name = b"-" * secrets.randbelow(_MOST_NOISE)
    end = zlib.crc32(content).to_bytes(4, "little") + (len(content) & 0xFFFFFFFF).to_bytes(4, "little")
    return b"".join((_GZIP_WITH_A_NAME, name, b"\0", packer.compress(content), packer.flush(), end))


def _lighten(response: Response) -> Response:
    if not response.is_sequence or response.direct_passthrough or "Content-Encoding" in response.headers:
        return response  # a stream, a file, or packed already
    if not response.mimetype.startswith(_TEXT):
        return response
    response.vary.add("Accept-Encoding")
    if response.mimetype == "text/html" and response.status_code == 200 and _is_asked_again(response):
        return response
    body = response.get_data()
    if len(body) > _SMALL and request.accept_encodings["gzip"]:
        response.set_data(pack(body))
        response.headers["Content-Encoding"] = "gzip"
    return response


def _is_asked_again(response: Response) -> bool:
    """Put the page's tag on it; what the browser has needs no body."""
    if request.method not in ("GET", "HEAD") or "no-store" in response.headers.get("Cache-Control", ""):
        return False
    token, body = g.get("csrf_token"), response.get_data()
    if token:
        body = body.replace(token.encode(), str(session.get("csrf_token")).encode())
    tag = hashlib.sha256(body).hexdigest()[:32]
    response.set_etag(tag, weak=True)
    if "If-None-Match" not in request.headers or not request.if_none_match.contains_weak(tag):
        return False
    response.status_code = 304
    response.set_data(b"")
    response.headers.pop("Content-Length", None)
    return True
