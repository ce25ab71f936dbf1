"""Static files: kept for ever under their version, packed, and nothing beside them."""

import gzip
import os

import pytest

from bookapp.web.assets import FOR_EVER, Assets, asset


def test_a_versioned_file_is_kept_for_ever(site, browser_on):
    with site.app_context():
        url = asset("css/tokens.css")
    answer = browser_on.get(url)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == FOR_EVER
    assert answer.content_type == "text/css; charset=utf-8"
    assert "Cookie" not in answer.headers.get("Vary", "") and "Set-Cookie" not in answer.headers


def test_an_old_version_gets_todays_file_for_a_while(browser_on):
    answer = browser_on.get("/static/v-0000000000/css/tokens.css")
    assert answer.status_code == 200
    assert "immutable" not in answer.headers["Cache-Control"]
    assert browser_on.get("/static/css/tokens.css").data == answer.data


def test_text_is_packed_for_who_understands_it(browser_on):
    plain = browser_on.get("/static/css/tokens.css")
    packed = browser_on.get("/static/css/tokens.css", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data) / 2
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"
    assert plain.headers["ETag"] != packed.headers["ETag"]


def test_what_is_known_is_not_sent_again(browser_on):
    etag = browser_on.get("/static/icons.svg").headers["ETag"]
    assert browser_on.get("/static/icons.svg", headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.parametrize("path", ["../config.py", "v-1/../../config.py", "%2e%2e/config.py", "css", "", "nothing.css"])
def test_nothing_else_is_served(browser_on, path):
    assert browser_on.get(f"/static/{path}").status_code == 404


def test_a_name_that_is_not_there_is_an_error(site):
    with site.app_context(), pytest.raises(LookupError, match=r"nothing\.css"):
        asset("css/nothing.css")


def test_a_changed_file_changes_the_version(tmp_path):
    (tmp_path / "a.css").write_text("a {}")
    files = Assets(tmp_path, watch=True)
    before = files.version
    (tmp_path / "a.css").write_text("a { color: red }")
    os.utime(tmp_path / "a.css", ns=(1, 2**62))
    files._looked_at -= 2  # as if a second had passed
    assert files.version != before
    assert files.get("a.css").content == b"a { color: red }"
    unwatched = Assets(tmp_path, watch=False)
    kept = unwatched.version
    (tmp_path / "b.css").write_text("b {}")
    unwatched._looked_at -= 2
    assert unwatched.version == kept
