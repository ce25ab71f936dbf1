"""Templates: each is used, and each visible word can be translated."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import Environment, nodes

from config import ROOT
from tests.architecture.sources import calls, place, python_files, templates, texts

USED_IN = re.compile(r"{%-?\s*(?:extends|include|import|from)\b(.*?)%}", re.DOTALL)
QUOTED = re.compile(r"""["']([\w./-]+\.(?:html|txt|typ))["']""")
SPOKEN_ATTRIBUTES = ("alt", "aria-label", "placeholder", "title")
SILENT_TAGS = ("script", "code", "style")
WORD = re.compile(r"[^\W\d_]{2,}")
# The product's own name and the names of formats are the same in every language.
SAME_EVERYWHERE = {"Bookapp", "PDF", "QR", "Esc"}
ATTRIBUTE = re.compile(r"[\w-]+=\"")  # of a tag that is written in two ways
CLASS_BLOCK = r"{%-?\s*block \w+_class\s*-?%}.*?{%-?\s*endblock.*?%}"
SENTENCE = re.compile(r"[A-Z][a-z]+( |$)")
SPOKEN = re.compile(r"[A-Z][a-z]+ (.*[.!?]$|\S+ \S)")  # in Python: two words may be a key
TRANSLATES = {"_", "gettext", "ngettext", "pgettext", "npgettext", "lazy_gettext", "lazy_ngettext", "N_"}
PEOPLE_READ = ("views", "desk_views", "messages", "forms", "errors", "states", "rules", "documents", "calendar")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT / "templates").as_posix()


def test_each_template_is_used() -> None:
    everything = [*templates(".html"), *templates(".txt"), *templates(".typ")]
    names = {name_of(path) for path in everything}
    used = {name for path in everything for part in USED_IN.findall(path.read_text()) for name in QUOTED.findall(part)}
    used |= {
        f"{name_of(path.parent)}/{name}" for path in templates(".typ") for name in QUOTED.findall(path.read_text())
    }
    written = {text.value for path in python_files() for text in texts(path)}
    # A mail is named by its folder: emails/<feature>/<event>/{subject.txt,body.txt,body.html}.
    tails = {text.rpartition("/")[2] for text in written}
    mails = {name for name in names if name.startswith("emails/") and name.split("/")[-2] in tails}
    assert sorted(names - used - written - mails) == []


def test_templates_compile(app: Flask) -> None:
    for path in [*templates(".html"), *templates(".txt")]:
        app.jinja_env.get_template(name_of(path))


@pytest.mark.parametrize("path", templates(), ids=name_of)
def test_visible_words_go_through_gettext(app: Flask, path: Path) -> None:
    text = path.read_text()
    assert [*bare_words(text), *bare_arguments(app.jinja_env, text)] == []


def test_sentences_in_python_go_through_gettext() -> None:
    found = []
    for path in python_files():
        if path.name == "health.py" or not {path.stem, path.parent.name} & set(PEOPLE_READ):
            continue
        translated = {id(node) for name, call in calls(path) if name in TRANSLATES for node in ast.walk(call)}
        programmers = {id(node) for name, call in calls(path) if name.endswith("Error") for node in ast.walk(call)}
        found += [
            f"{place(path, text)} {text.value}"
            for text in texts(path)
            if SPOKEN.match(text.value) and id(text) not in translated | programmers
        ]
    assert found == []


def test_bare_words_are_found(app: Flask) -> None:
    template = """<p>{{ _("Free") }} Taken</p><img alt="A hall">{# words #}
        {% if x == "Go on" %}{{ badge("Held for you") }}{% endif %}
        {% trans %}Later{% endtrans %}<code>Curl</code><a title="{{ title }}">{{ n }} €</a>"""
    assert list(bare_words(template)) == ["Taken", "A hall"]
    assert list(bare_arguments(app.jinja_env, template)) == ["Held for you"]


def bare_words(template: str) -> Iterator[str]:
    """Words a reader sees that stand in the template itself."""
    plain = re.sub(r"{#.*?#}|{%-?\s*trans\b.*?endtrans\s*-?%}|" + CLASS_BLOCK, "", template, flags=re.DOTALL)
    reader = _Reader()
    reader.feed(re.sub(r"{%.*?%}|{{.*?}}", " \0 ", plain, flags=re.DOTALL))
    reader.close()
    for words in reader.heard:
        if set(WORD.findall(words)) - SAME_EVERYWHERE and not ATTRIBUTE.match(words):
            yield words


def bare_arguments(environment: Environment, template: str) -> Iterator[str]:
    """Words handed to a macro as they are: {{ ui.badge("Free") }}."""
    tree = environment.parse(template)
    translated = {
        id(text) for call in tree.find_all(nodes.Call) for text in call.find_all(nodes.Const)
        if isinstance(call.node, nodes.Name) and call.node.name in TRANSLATES
    }  # fmt: skip
    for call in tree.find_all(nodes.Call):
        for argument in [*call.args, *(keyword.value for keyword in call.kwargs)]:
            if isinstance(argument, nodes.Const) and id(argument) not in translated:
                value = argument.value
                if isinstance(value, str) and SENTENCE.match(value) and value not in SAME_EVERYWHERE:
                    yield value


class _Reader(HTMLParser):
    """Reads aloud; what a template computes arrives as NUL."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in SILENT_TAGS
        given = {name: value or "" for name, value in attrs}
        spoken = [given.get(name, "") for name in SPOKEN_ATTRIBUTES]
        if tag == "meta" and given.get("name") == "description":
            spoken.append(given.get("content", ""))
        if tag == "input" and given.get("type") in ("submit", "button"):
            spoken.append(given.get("value", ""))
        for text in spoken:
            self._hear(text)

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in SILENT_TAGS

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._hear(data)

    def _hear(self, text: str) -> None:
        self.heard += [" ".join(part.split()) for part in text.split("\0") if part.strip()]
