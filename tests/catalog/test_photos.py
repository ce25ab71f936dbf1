"""Pictures at the desk: taken in once, described, put in order, taken away; and where they are given out."""

from __future__ import annotations

import datetime as dt
import io
import os
from typing import Any

import pytest
from flask import current_app
from PIL import Image
from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from bookapp.audit.models import AuditEntry
from bookapp.catalog.actions import add_photo, change_photo, move_photo, remove_photo, upload_photo
from bookapp.catalog.actions import photos as photo_actions
from bookapp.catalog.errors import PhotoChanged
from bookapp.catalog.jobs import discard_files_of_nothing
from bookapp.catalog.models import Photo, Room
from bookapp.catalog.queries.photos import photos_of, thing_of, version_of_photo
from bookapp.identity.actor import SYSTEM
from bookapp.infra import clock, storage
from bookapp.infra.db import db
from bookapp.infra.idempotency import KeyReused
from bookapp.infra.settings import current_settings
from bookapp.values.errors import NotAllowed, NotFound, NotValid
from bookapp.web.uploads import LARGEST_UPLOAD, picture_set
from config import Settings
from tests.builders import a_facilitator, a_merchant, a_room, a_service, a_venue
from tests.builders.staff import a_host, a_manager_of, an_owner_of
from tests.support.client import Client
from tests.support.queries import counted
from tests.support.select import form_values, one, submit, texts
from tests.support.select import select as css
from tests.support.staff import sign_in

pytestmark = pytest.mark.usefixtures("app")


def a_file(color: str = "teal") -> io.BytesIO:
    written = io.BytesIO()
    Image.new("RGB", (900, 600), color).save(written, "JPEG")
    written.seek(0)
    return written


def stored() -> set[str]:
    return set(storage.names(before=clock.now() + dt.timedelta(days=1)))


def send(client: Client, address: str, content: io.BytesIO, name: str = "hall.jpg", **typed: Any) -> TestResponse:
    fields = form_values(client.get(address).text, "#upload") | {"alt": "A hall"} | typed
    return client.post(address, data=fields | {"photo": FileStorage(content, name)})


def trail() -> list[str]:
    return list(db.session.scalars(select(AuditEntry.action).where(AuditEntry.action.startswith("photo."))))


def in_order(room: Room) -> list[str]:
    return [photo.alt for photo in photos_of(room)]


def test_a_picture_is_kept_in_three_widths_and_a_second_click_keeps_one() -> None:
    room, before = a_room(), stored()
    first = upload_photo(SYSTEM, room, a_file(), alt=" A hall ", key="one-form")
    assert (first.alt, first.position) == ("A hall", 0)
    files = storage.files_of(first.path)
    assert stored() - before == set(files)
    assert upload_photo(SYSTEM, room, a_file(), alt=" A hall ", key="one-form").id == first.id
    assert stored() - before == set(files), "what a second click brought is not left lying about"
    with pytest.raises(KeyReused):
        upload_photo(SYSTEM, room, a_file("red"), alt="A hall", key="one-form")
    assert stored() - before == set(files)
    assert trail() == ["photo.added"]
    remove_photo(SYSTEM, first.id)
    assert not stored() & set(files)
    with pytest.raises(NotFound):
        remove_photo(SYSTEM, first.id)


def test_nothing_is_decoded_for_whoever_may_not_or_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    room = a_room()
    stranger = an_owner_of(a_merchant())
    monkeypatch.setattr(photo_actions.pictures, "renditions", None)
    with pytest.raises(NotAllowed):
        upload_photo(stranger, room, a_file(), alt="A hall")
    with pytest.raises(NotValid) as refused:
        upload_photo(SYSTEM, thing_of("room", room.id), a_file(), alt=" ")
    assert list(refused.value.fields) == ["alt"]
    monkeypatch.setattr(photo_actions, "MOST_PHOTOS", 0)
    with pytest.raises(NotValid) as refused:
        upload_photo(SYSTEM, thing_of("room", room.id), a_file(), alt="A hall")
    assert list(refused.value.fields) == ["photo"]


def test_each_kind_of_thing_has_pictures_set_by_who_runs_it() -> None:
    venue = a_venue()
    merchant = venue.merchant
    owner, manager = an_owner_of(merchant), a_manager_of(merchant, venue)
    person, host = a_host(merchant)
    things = [merchant, venue, a_service(merchant), person, a_facilitator(merchant)]
    for thing in things:
        add_photo(owner, thing, path="scenes/hall.svg", alt="A hall")
        with pytest.raises(NotAllowed):
            add_photo(manager, thing, path="scenes/hall.svg", alt="A hall")
    add_photo(manager, a_room(venue), path="scenes/hall.svg", alt="A hall")
    add_photo(host, person, path="scenes/hall.svg", alt="Myself")
    with pytest.raises(NotAllowed):
        add_photo(host, things[-1], path="scenes/hall.svg", alt="Somebody else")
    with pytest.raises(NotFound):
        thing_of("booking", 1)


def test_pictures_are_put_in_order() -> None:
    room = a_room()
    first, second, third = (add_photo(SYSTEM, room, path="scenes/hall.svg", alt=alt) for alt in "abc")
    move_photo(SYSTEM, third.id, by=-20)
    assert in_order(room) == ["c", "a", "b"]
    move_photo(SYSTEM, third.id, by=1)
    move_photo(SYSTEM, second.id, by=1)
    assert in_order(room) == ["a", "c", "b"]
    assert trail() == ["photo.moved", "photo.moved"], "what stays in its place was not moved"
    remove_photo(SYSTEM, first.id)
    assert in_order(room) == ["c", "b"]


def test_of_two_who_describe_a_picture_the_second_is_told() -> None:
    photo = add_photo(SYSTEM, a_room(), path="scenes/hall.svg", alt="A hall")
    seen = version_of_photo(photo)
    change_photo(SYSTEM, photo.id, alt="Long tables", version=seen)
    with pytest.raises(PhotoChanged):
        change_photo(SYSTEM, photo.id, alt="Chairs", version=seen)
    with pytest.raises(NotValid):
        change_photo(SYSTEM, photo.id, alt="x" * 301, version=version_of_photo(photo))
    change_photo(SYSTEM, photo.id, alt="Long tables", version=version_of_photo(photo))
    assert (photo.alt, trail()) == ("Long tables", ["photo.changed"])


def test_a_manager_gives_a_room_its_pictures(client: Client) -> None:
    room = a_room()
    public = f"/rooms/{room.slug}"
    sign_in(client, merchant_id=room.venue.merchant_id, role="manager", venue_id=room.venue_id)
    address = f"/desk/photos/room/{room.id}"
    assert send(client, address, a_file(), "../../etc/passwd.php").status_code == 303
    (photo,) = photos_of(room)
    shown = one(client.get(public).text, ".gallery img")
    assert (shown["src"], shown["alt"], shown["srcset"]) == (photo.path, "A hall", picture_set(photo.path))
    assert [part.split()[1] for part in shown["srcset"].split(", ")] == ["400w", "800w", "1600w"]
    answer = client.get(shown["src"])
    assert (answer.status_code, answer.mimetype) == (200, "image/webp")
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert Image.open(io.BytesIO(answer.data)).size == (800, 533)
    assert client.get(shown["src"], headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert send(client, address, a_file(), alt="The stage").status_code == 303
    place = f'form[action="/desk/photos/{photo.id}/place"]'
    assert submit(client, address, place, act="later").status_code == 303
    assert in_order(room) == ["The stage", "A hall"]
    said = submit(client, address, f'form[action="/desk/photos/{photo.id}"]', alt="Rows of chairs" * 20)
    assert (said.status_code, in_order(room)) == (303, ["The stage", "Rows of chairs" * 20])
    assert "Rows of chairs" in client.get(f"/desk/rooms/{room.id}").text
    assert submit(client, address, f'form[action="/desk/photos/{photo.id}/removal"]').status_code == 303
    assert client.get(shown["src"]).status_code == 404


def test_what_is_no_picture_is_said_at_its_field(client: Client) -> None:
    room = a_room()
    sign_in(client, merchant_id=room.venue.merchant_id)
    address = f"/desk/photos/room/{room.id}"
    for content, words in ((io.BytesIO(b"<script>"), "no picture we can read"), (io.BytesIO(), "choose a picture")):
        refused = send(client, address, content, "photo.jpg")
        assert (refused.status_code, words in refused.text) == (422, True)
        assert one(refused.text, "#alt")["value"] == "A hall"
    without = client.post(address, data={"alt": "A hall"})
    assert (without.status_code, "choose a picture" in without.text) == (422, True)
    silent = send(client, address, a_file(), alt="")
    assert (silent.status_code, css(silent.text, "#alt[aria-invalid]") != []) == (422, True)
    assert in_order(room) == []
    photo = add_photo(SYSTEM, thing_of("room", room.id), path="scenes/hall.svg", alt="Old")
    empty = client.post(f"/desk/photos/{photo.id}", data={"alt": "", "version": "Old"})
    assert (empty.status_code, "Say in a few words" in empty.text) == (422, True)
    late = client.post(f"/desk/photos/{photo.id}", data={"alt": "Mine", "version": "Older"})
    assert (late.status_code, one(late.text, f"#alt-{photo.id}")["value"]) == (409, "Mine")
    assert "Old" in texts(late.text, ".photo-list .notice p")


def test_only_a_view_that_takes_files_is_sent_large_ones(client: Client) -> None:
    room = a_room()
    sign_in(client, merchant_id=room.venue.merchant_id)
    address, large = f"/desk/photos/room/{room.id}", b"x" * (2 * 1024 * 1024)
    assert send(client, address, io.BytesIO(large)).status_code == 422, "read, and no picture"
    assert send(client, address, io.BytesIO(b"x" * (LARGEST_UPLOAD + 1))).status_code == 413
    assert client.post(f"/desk/rooms/{room.id}", data={"name": FileStorage(io.BytesIO(large))}).status_code == 413


def test_an_owner_sees_the_pages_of_every_kind_and_a_manager_looks(client: Client) -> None:
    venue = a_venue()
    merchant, service = venue.merchant, a_service(venue.merchant)
    picture = add_photo(SYSTEM, venue, path="scenes/hall.svg", alt="The court")
    pages = [f"/desk/photos/merchant/{merchant.id}", f"/desk/photos/service/{service.id}",
             f"/desk/photos/facilitator/{a_facilitator(merchant).id}", f"/desk/photos/venue/{venue.id}"]  # fmt: skip
    sign_in(client, merchant_id=merchant.id)
    for page in pages:
        assert css(client.get(page).text, "#upload")
    sign_in(client, merchant_id=merchant.id, role="manager", venue_id=venue.id)
    for page in pages:
        assert not css(client.get(page).text, "#upload")
        assert client.post(page, data={"alt": "A hall"}).status_code == 403
    assert client.post(f"/desk/photos/{picture.id}/removal").status_code == 403
    assert client.get("/desk/photos/booking/1").status_code == 404


@pytest.mark.parametrize(
    "name", ["../config.py", "..%2f..%2fconfig.py", "%2e%2e/x.webp", "a.webp%00", "A.webp", ".part", "a..webp",
             "a/b.webp", "x" * 300 + ".webp", "unknown-800.webp"],
)  # fmt: skip
def test_no_name_leads_out_of_the_storage(client: Client, name: str) -> None:
    storage.put("mine-800.webp", b"RIFF")
    assert client.get("/uploads/mine-800.webp").status_code == 200
    assert client.get(f"/uploads/{name}").status_code == 404
    assert storage.get(name) is None
    with pytest.raises(ValueError, match="not a name of ours"):
        storage.put(name, b"x") if name != "unknown-800.webp" else storage.put("", b"x")
    storage.remove(name)
    storage.remove("mine-800.webp")


def test_what_is_left_over_is_found_and_nothing_else(tmp_path: Any) -> None:
    photo = upload_photo(SYSTEM, a_room(), a_file(), alt="A hall")
    add_photo(SYSTEM, a_room(), path="scenes/hall.svg", alt="One of ours")
    storage.put("orphan-800.webp", b"RIFF")
    storage.put("young-800.webp", b"RIFF")
    there = storage.folder(current_settings())
    (there / "half-800.webp.12ab.part").write_bytes(b"RI")
    long_ago = (clock.now() - dt.timedelta(days=1)).timestamp()
    for name in (*storage.files_of(photo.path), "orphan-800.webp", "half-800.webp.12ab.part"):
        os.utime(there / name, (long_ago, long_ago))
    for _twice in range(2):
        discard_files_of_nothing()
    assert set(storage.files_of(photo.path)) <= stored()
    assert "young-800.webp" in stored()
    assert not {"orphan-800.webp", "half-800.webp.12ab.part"} & stored()
    storage.remove("young-800.webp")
    remove_photo(SYSTEM, photo.id)
    elsewhere = Settings.from_env({"STORAGE_URL": f"file://{tmp_path}"})
    assert storage.folder(elsewhere) == tmp_path


def test_the_page_of_pictures_asks_no_more_for_more_of_them(client: Client) -> None:
    room = a_room()
    sign_in(client, merchant_id=room.venue.merchant_id)
    address, seen = f"/desk/photos/room/{room.id}", []
    for _ in range(3):
        add_photo(SYSTEM, thing_of("room", room.id), path="scenes/hall.svg", alt="A hall")
        with counted() as asked:
            client.get(address)
        seen.append(len(asked))
    assert seen[1] == seen[2] <= 12
    assert current_app.config["MAX_CONTENT_LENGTH"] < LARGEST_UPLOAD
    assert db.session.scalars(select(Photo.position).order_by(Photo.position)).all() == [0, 1, 2]
