"""What a browser loads besides the first page it sees: the styles and scripts, as they are sent over the wire."""

from __future__ import annotations

import re
from posixpath import join, normpath

from flask import Flask
from flask.testing import FlaskClient

from bookapp.web.assets import FOR_EVER
from tests.security.world import World
from tests.support.select import select

MOST = 100_000
_IMPORT = re.compile(rb"""^import .*?["'](\.{1,2}/[^"']+)["'];""", re.MULTILINE)


def test_styles_and_scripts_stay_small(app: Flask) -> None:
    world = World(app)
    for who, rule in (("nobody", "/"), ("nobody", "/rooms/<slug>"), ("owner here", "/desk/day")):
        page = world.ask(who, "GET", world.path(rule)).text
        asked = [link["href"] for link in select(page, "link[rel=stylesheet]")]
        asked += [script["src"] for script in select(page, "script[src]")]
        sizes = sent(world.visitor(), asked)
        assert any("behaviors" in url for url in sizes), "the modules that app.js brings in count as well"
        assert sum(sizes.values()) < MOST, (rule, sizes)


def sent(browser: FlaskClient, urls: list[str]) -> dict[str, int]:
    """The bytes of each of these files on the wire, and of the modules they import."""
    sizes: dict[str, int] = {}
    while urls:
        url = urls.pop()
        if url in sizes:
            continue
        answer = browser.get(url, headers={"Accept-Encoding": "gzip"})
        assert (answer.status_code, answer.headers["Cache-Control"]) == (200, FOR_EVER), url
        sizes[url] = len(answer.data)
        if url.endswith(".js"):
            urls += [normpath(join(url, "..", name.decode())) for name in _IMPORT.findall(browser.get(url).data)]
    return sizes
