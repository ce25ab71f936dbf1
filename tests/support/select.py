"""Looks into HTML answers by CSS selector, and fills in the forms it finds there as a browser would."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from selectolax.lexbor import LexborHTMLParser, LexborNode
from werkzeug.test import TestResponse


@dataclass(frozen=True)
class Element:
    """One element; `text` is all the words in it, with single spaces."""

    node: LexborNode

    @property
    def tag(self) -> str:
        """Its name."""
        return self.node.tag or ""

    @property
    def attributes(self) -> dict[str, str]:
        """Its attributes; one without a value is ""."""
        return {name: value or "" for name, value in self.node.attributes.items()}

    @property
    def text(self) -> str:
        """The words, with single spaces."""
        return " ".join(self.node.text().split())

    def __getitem__(self, name: str) -> str:
        return self.attributes[name]


def select(html: str, selector: str) -> list[Element]:
    """Every element that matches, in the order of the page."""
    return [Element(node) for node in LexborHTMLParser(html).css(selector)]


def one(html: str, selector: str) -> Element:
    """The only element that matches."""
    found = select(html, selector)
    assert len(found) == 1, f"{len(found)} elements match {selector!r}"
    return found[0]


def texts(html: str, selector: str) -> list[str]:
    """The words of every element that matches."""
    return [element.text for element in select(html, selector)]


def form_values(html: str, form: str) -> dict[str, str]:
    """What the form would send untouched."""
    values = {}
    for control in select(html, f"{form} [name]"):
        if control["name"] and control.tag != "button" and control.attributes.get("type") not in ("checkbox", "radio"):
            values[control["name"]] = _chosen(control) if control.tag == "select" else _written(control)
    return values


def _written(control: Element) -> str:
    return control.attributes.get("value", control.text)


def _chosen(control: Element) -> str:
    options = [Element(node) for node in control.node.css("option")]
    chosen = next((option for option in options if "selected" in option.attributes), None)
    return _written(chosen or options[0]) if options else ""


def submit(client: FlaskClient, page: str, form: str = "main form", **typed: Any) -> TestResponse:
    """Open `page`, fill in the form matching `form`, and send it."""
    html = client.get(page).text
    return client.post(one(html, form)["action"], data=form_values(html, form) | typed)
