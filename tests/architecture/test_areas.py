"""Every page is guarded by birth: its blueprint came from `area()`, which asks for the audience."""

from flask import Flask

from bookapp.web.areas import undeclared_routes
from tests.architecture.sources import calls, place, python_files


def test_blueprints_come_from_area_only() -> None:
    found = [
        place(path, call)
        for path in python_files()
        for name, call in calls(path)
        if name.rpartition(".")[2] == "Blueprint" and path.name != "areas.py"
    ]
    assert found == []


def test_each_area_names_its_audience() -> None:
    found = [
        place(path, call)
        for path in python_files()
        for name, call in calls(path)
        if name.rpartition(".")[2] == "area"
        and not any(keyword.arg == "audience" for keyword in call.keywords)
        and len(call.args) < 3
    ]
    assert found == []


def test_no_route_is_outside_an_area(app: Flask) -> None:
    assert undeclared_routes(app) == []
