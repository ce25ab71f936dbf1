"""What somebody calls a picture becomes three of ours: looked at by its content, small, and with nothing else in it.

Nothing of what was sent is kept: neither its name nor its bytes, so no place where it was taken, and no surprise for
whoever opens it.
"""

from __future__ import annotations

import io
import struct
from typing import IO

from PIL import Image, ImageOps, UnidentifiedImageError

from bookapp.values.errors import NotValid
from bookapp.values.words import N_

WIDTHS = (400, 800, 1600)
LARGEST_FILE = 10 * 1024 * 1024
# What the best phones make; decoded it is 150 MB.
MOST_PIXELS = 50_000_000
_FORMATS = ("JPEG", "PNG", "WEBP")
_QUALITY = 80
_BROKEN = (
    OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, OverflowError, struct.error,
    UnidentifiedImageError, Image.DecompressionBombError,
)  # fmt: skip


def renditions(stream: IO[bytes]) -> dict[int, bytes]:
    """The picture as WebP by width: at most so wide, never wider than it was; upright, on white where it has holes.

    Raises NotValid, naming "photo".
    """
    content = stream.read(LARGEST_FILE + 1)
    if not content:
        raise NotValid({"photo": N_("Please choose a picture.")})
    if len(content) > LARGEST_FILE:
        raise NotValid({"photo": N_("A picture has at most 10 MB.")})
    try:
        whole = _read(content)
    except _BROKEN:
        raise NotValid({"photo": N_("This is no picture we can read: a JPEG, PNG or WebP is.")}) from None
    return {width: _packed(whole, width) for width in WIDTHS}


def _read(content: bytes) -> Image.Image:
    """Decoded and upright, without anything but its points. What is not one of the formats is not even looked at."""
    with Image.open(io.BytesIO(content), formats=_FORMATS) as found:
        # The head says how large it is; a small file that unpacks to gigabytes is refused before it does.
        if found.width * found.height > MOST_PIXELS:
            raise NotValid({"photo": N_("This picture is too large: at most 50 million points.")})
        # A JPEG can be decoded at half or a quarter of its size.
        found.draft("RGB", (2 * WIDTHS[-1], 2 * WIDTHS[-1]))
        upright = ImageOps.exif_transpose(found)
        points = upright.convert("RGBA" if "transparency" in found.info or "A" in upright.getbands() else "RGB")
    plain = Image.new("RGB", points.size, "white")
    plain.paste(points, mask=points if points.mode == "RGBA" else None)
    plain.thumbnail((WIDTHS[-1], 4 * WIDTHS[-1]), Image.Resampling.LANCZOS)
    return plain


def _packed(whole: Image.Image, width: int) -> bytes:
    shown = whole.copy()
    shown.thumbnail((width, 4 * width), Image.Resampling.LANCZOS)
    written = io.BytesIO()
    shown.save(written, "WEBP", quality=_QUALITY)
    return written.getvalue()
