"""What is drawn once: for each text, value and language of its own."""

from __future__ import annotations

from flask import Flask
from flask_babel import force_locale
from jinja2 import DictLoader, Environment

from bookapp.web import pieces

DRAWN = {
    "pieces": "{% macro sign(word, cells) %}{{ note(word) }}<b>{{ word }}</b>{{ cells|join }}{% endmacro %}",
    "page": '{% from "pieces" import sign %}{{ kept(sign, word, cells) }}',
}


def test_a_piece_is_drawn_once_for_its_values_and_in_each_language(app: Flask) -> None:
    drawn: list[str] = []
    templates = Environment(loader=DictLoader(DRAWN), autoescape=True)
    templates.globals["note"] = lambda word: drawn.append(word) or ""
    templates.globals["kept"] = pieces.keeper()
    page = templates.get_template("page")
    with app.test_request_context():
        assert page.render(word="<i>", cells=(1, 2)) == "<b>&lt;i&gt;</b>12"
        assert page.render(word="<i>", cells=(1, 2)) == "<b>&lt;i&gt;</b>12"
        assert page.render(word="<i>", cells=(3,)) == "<b>&lt;i&gt;</b>3"
        assert len(drawn) == 2
        with force_locale("de"):
            page.render(word="<i>", cells=(3,))
        assert len(drawn) == 3
