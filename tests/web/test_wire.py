"""What goes over the line: a page that is known is not sent again, and what is sent is packed."""

import gzip
import re

import pytest

from bookapp.web.wire import pack

TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')


@pytest.fixture
def shown(browser_on, monkeypatch):
    """Ask for the sign-in page, a second later than before each time: the token of its forms is another."""
    seconds = iter(range(1_800_000_000, 1_800_000_100))
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: float(next(seconds)))
    return lambda path="/login", **headers: browser_on.get(
        path, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


def without_token(html):
    return html.replace(TOKEN.search(html)[1], "")


def test_the_same_page_is_not_sent_again_though_its_token_is_written_anew(shown):
    shown()  # with this the session begins
    first, again = shown(), shown()
    assert TOKEN.search(first.text)[1] != TOKEN.search(again.text)[1]
    assert first.headers["ETag"] == again.headers["ETag"]
    assert first.headers["ETag"].startswith('W/"')
    known = shown(If_None_Match=first.headers["ETag"])
    assert (known.status_code, known.data) == (304, b"")
    assert known.headers["ETag"] == first.headers["ETag"]
    assert known.headers["Vary"] == first.headers["Vary"]
    assert shown("/login?next=/sell", If_None_Match=first.headers["ETag"]).status_code == 200


def test_another_session_gets_its_own_page(site, shown):
    shown()
    tag = shown().headers["ETag"]
    other = site.test_client()
    other.get("/login")
    assert other.get("/login", headers={"If-None-Match": tag}).status_code == 200


def test_a_page_with_a_key_is_always_another(browser_on):
    first = browser_on.get("/try/once")
    again = browser_on.get("/try/once", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 200
    assert again.data != first.data


@pytest.mark.parametrize("path", ["/nothing-here", "/try/kept-from-all", "/try/stream"])
def test_errors_streams_and_what_nobody_may_keep_have_no_tag(browser_on, path):
    assert "ETag" not in browser_on.get(path).headers


def test_pages_and_errors_are_packed_for_who_understands_it(shown):
    for path in ("/login", "/nothing-here"):
        shown(path)
        packed = shown(path, Accept_Encoding="br, gzip", X_Request_ID="one-and-the-same")
        plain = shown(path, X_Request_ID="one-and-the-same")
        assert packed.headers["Content-Encoding"] == "gzip"
        assert "Content-Encoding" not in plain.headers
        assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data) / 2
        assert without_token(gzip.decompress(packed.data).decode()) == without_token(plain.text)
        assert "Accept-Encoding" in packed.headers["Vary"] and "Accept-Encoding" in plain.headers["Vary"]


def test_what_is_small_or_a_stream_is_sent_as_it_is(browser_on):
    for path in ("/try/public", "/try/stream"):
        assert "Content-Encoding" not in browser_on.get(path, headers={"Accept-Encoding": "gzip"}).headers


def test_nobody_can_tell_what_is_in_it_by_its_length():
    content = b"words " * 1000
    made = [pack(content) for _ in range(50)]
    assert {gzip.decompress(one) for one in made} == {content}
    assert len({len(one) for one in made}) > 10
