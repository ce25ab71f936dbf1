"""What is made of a picture, and what is no picture."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from bookapp.infra.pictures import LARGEST_FILE, WIDTHS, renditions
from bookapp.values.errors import NotValid

GPS, ORIENTATION, TURNED = 0x8825, 0x0112, 6
Color = tuple[int, ...] | str


def a_picture(
    size: tuple[int, int] = (2000, 1500), form: str = "JPEG", mode: str = "RGB", color: Color = "teal", **more: object
) -> bytes:
    written = io.BytesIO()
    Image.new(mode, size, color).save(written, form, **more)
    return written.getvalue()


def made_of(content: bytes) -> dict[int, Image.Image]:
    return {width: Image.open(io.BytesIO(made)) for width, made in renditions(io.BytesIO(content)).items()}


def a_bomb(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that says it is `width` by `height` points."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 9)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("form", "mode"), [("JPEG", "RGB"), ("PNG", "RGBA"), ("WEBP", "RGB"), ("PNG", "P"),
                                            ("JPEG", "CMYK"), ("PNG", "L"), ("PNG", "I;16")])  # fmt: skip
def test_each_width_is_webp_in_proportion(form: str, mode: str) -> None:
    color: Color = "teal" if mode in ("RGB", "RGBA") else 7 if mode in ("P", "L", "I;16") else (9, 9, 9, 9)
    shown = made_of(a_picture(form=form, mode=mode, color=color))
    assert {width: one.size for width, one in shown.items()} == {400: (400, 300), 800: (800, 600), 1600: (1600, 1200)}
    assert {(one.format, one.mode) for one in shown.values()} == {("WEBP", "RGB")}


def test_a_small_picture_is_not_blown_up_and_a_tall_one_stays_tall() -> None:
    assert {one.size for one in made_of(a_picture((320, 200))).values()} == {(320, 200)}
    assert [one.size for one in made_of(a_picture((500, 3000))).values()] == [(267, 1600), (500, 3000), (500, 3000)]


def test_what_a_camera_writes_beside_the_points_is_gone_and_the_picture_upright() -> None:
    notes = Image.Exif()
    notes[ORIENTATION] = TURNED
    notes.get_ifd(GPS)[1] = "N"
    sent = a_picture(
        (1200, 800), exif=notes, comment=b"at home", xmp=b"<x:xmpmeta>me</x:xmpmeta>", icc_profile=b"x" * 40
    )
    assert b"Exif" in sent
    for width, made in renditions(io.BytesIO(sent)).items():
        shown = Image.open(io.BytesIO(made))
        assert shown.size == (min(width, 800), min(width, 800) * 3 // 2), "turned as the camera was"
        assert not dict(shown.getexif())
        assert not {"exif", "xmp", "icc_profile", "comment"} & set(shown.info)
        assert not any(word in made for word in (b"EXIF", b"XMP ", b"ICCP", b"at home"))


def test_holes_are_white() -> None:
    shown = made_of(a_picture((60, 60), "PNG", "RGBA", (0, 0, 0, 0)))[WIDTHS[0]]
    assert min(shown.getpixel((30, 30))) > 250  # type: ignore[arg-type]


def an_animation() -> bytes:
    written = io.BytesIO()
    frames = [Image.new("RGB", (50, 40), color) for color in ("red", "blue")]
    frames[0].save(written, "WEBP", save_all=True, append_images=frames[1:])
    return written.getvalue()


def test_of_a_film_the_first_picture_is_taken() -> None:
    shown = made_of(an_animation())[WIDTHS[0]]
    assert (shown.size, getattr(shown, "n_frames", 1)) == ((50, 40), 1)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<!doctype html><script>alert(1)</script>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        b"\xff\xd8\xff\xe0" + b"\0" * 400,
        b"RIFF\x10\0\0\0WEBPVP8 ",
        a_picture((800, 600))[:900],
        a_picture((80, 60), "GIF", "P", 3),
        a_picture((80, 60), "BMP"),
        a_picture((80, 60), "TIFF"),
        a_bomb(60_000, 60_000),
        a_bomb(2**31 - 1, 2**31 - 1),
        a_bomb(10_000, 5_001),
        a_bomb(0, 9),
        a_bomb(5_000, 5_000),
        b"\0" * (LARGEST_FILE + 1),
    ],
    ids=["nothing", "words", "svg", "html", "postscript", "head of a jpeg", "head of a webp", "half", "gif", "bmp",
         "tiff", "bomb", "largest bomb", "just too large", "flat", "too little in it", "11 MB"],
)  # fmt: skip
def test_what_is_no_picture_of_ours_is_refused(content: bytes) -> None:
    with pytest.raises(NotValid) as refused:
        renditions(io.BytesIO(content))
    assert list(refused.value.fields) == ["photo"]
