"""Beauty is lost in the tail: no file grows past what a person reads in one go."""

import pytest

from config import ROOT
from tests.architecture.sources import TOP, python_files, templates

LIMITS = {"Python": 400, "template": 150, "test": 500}


@pytest.mark.parametrize(
    ("kind", "paths"),
    [
        (
            "Python",
            [*python_files(), *python_files("docs"), *python_files("migrations"), *(ROOT / name for name in TOP)],
        ),
        ("template", [*templates(".html"), *templates(".txt")]),
        ("test", python_files("tests")),
    ],
    ids=LIMITS,
)
def test_no_file_is_longer_than_one_sitting(kind: str, paths: list) -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in paths}
    assert lengths, "the test looks at nothing"
    assert {path: lines for path, lines in lengths.items() if lines > LIMITS[kind]} == {}
