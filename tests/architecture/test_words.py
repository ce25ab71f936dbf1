"""Whatever people read can be taken out for translators: the extraction finds each word, by the command people type."""

import ast
import re
from pathlib import Path

from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg

import dev
from config import ROOT
from tests.architecture.sources import calls, place, python_files

MARKS = {"N_", "_", "gettext", "ngettext", "lazy_gettext"}


def extracted() -> set[str]:
    """Every message, found as `make words` finds it."""
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    found = extract_from_dir(ROOT, methods, options, keywords=DEFAULT_KEYWORDS | dict.fromkeys(dev.WORD_MARKS))
    messages: set[str] = set()
    for _file, _line, message, _comments, _context in found:
        messages |= set(message) if isinstance(message, tuple) else {message}
    return messages


def marked(path: Path) -> list[ast.Call]:
    return [call for name, call in calls(path) if name in MARKS]


def test_each_marked_word_is_found() -> None:
    messages = extracted()
    lost = []
    for path in python_files():
        for call in marked(path):
            first = call.args[0]
            if isinstance(first, ast.Constant) and first.value not in messages:
                lost.append(f"{place(path, call)} {first.value}")
    for path in (ROOT / "templates").rglob("*.*"):
        if path.suffix in (".html", ".txt"):
            words = re.findall(r"""\b_\(\s*"((?:[^"\\]|\\.)+)\"""", path.read_text())
            lost += [f"{path.name} {word}" for word in words if word.replace('\\"', '"') not in messages]
    assert lost == []
    assert len(messages) > 500


def test_marks_hold_words_and_not_expressions() -> None:
    wrong = [
        place(path, call)
        for path in python_files()
        for name, call in calls(path)
        if name == "N_" and not isinstance(call.args[0], ast.Constant)
    ]
    assert wrong == []
