"""Promised work has somebody who does it, and nobody waits for work that is never promised."""

import ast

from flask import Flask

from bookapp.infra import queue
from bookapp.schedule import PERIODIC
from tests.architecture.sources import calls, place, python_files


def promised() -> dict[str, str]:
    """Job name -> where it is promised."""
    found = {job.name: "bookapp/schedule.py" for job in PERIODIC}
    for path in python_files():
        for name, call in calls(path):
            if name.rpartition(".")[2] == "later" and call.args:
                first = call.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found[first.value] = place(path, call)
    return found


def test_each_promise_has_a_handler_and_each_handler_a_promise(app: Flask) -> None:
    assert set(promised()) == set(queue.job_names())


def test_job_names_say_their_feature(app: Flask) -> None:
    for name in queue.job_names():
        job = queue.registered(name)
        assert job is not None
        assert job.handler.__module__.startswith(f"bookapp.{name.partition('.')[0]}."), name
