"""The project's own files, for tests that read them."""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

from config import ROOT

SKIPPED = {"vendor", "versions", "__pycache__"}
TOP = tuple(ROOT / name for name in ("config.py", "wsgi.py", "dev.py"))


def python_files(folder: str = "bookapp") -> list[Path]:
    """All Python files under `folder`, without what others wrote or a tool generated."""
    return sorted(path for path in (ROOT / folder).rglob("*.py") if not SKIPPED & set(path.parts))


def templates(suffix: str = ".html") -> list[Path]:
    """All templates with this ending."""
    return sorted((ROOT / "templates").rglob(f"*{suffix}"))


@functools.cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(), str(path))


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Each call in a file with the dotted name of what is called: "os.environ.get", "later"."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def texts(path: Path) -> Iterator[ast.Constant]:
    """Each string written in a file, parts of f-strings included, docstrings left out."""
    tree = parsed(path)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docs = {node.body[0].value for node in ast.walk(tree) if isinstance(node, documented) and _starts_with_text(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docs:
            yield node


def place(path: Path, node: ast.AST | int = 0) -> str:
    """ "bookapp/x.py:12", to be clicked on."""
    line = node if isinstance(node, int) else getattr(node, "lineno", 0)
    return f"{path.relative_to(ROOT)}:{line}"


def _starts_with_text(node: ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    first = node.body[0] if node.body else None
    return isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
