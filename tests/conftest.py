"""What tests stand on: servers for the whole run, an application whose data is forgotten after each test, and,
for the tests that need it, Bookapp in real processes with a real browser and a real mail server."""

import functools
import gc
import os
from collections import Counter
from collections.abc import Iterator

import hypothesis
import pytest
import structlog
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page

from bookapp.app import create_app
from config import Settings
from tests.support import databases
from tests.support.browser import a_window, chromium, watched
from tests.support.client import Client
from tests.support.databases import Servers
from tests.support.remembering import only_marked_tables
from tests.support.stack import Stack, running_stack

# How long one example takes says more about what else the machine does than about the code. The suite tries the same
# examples each time, so that what was green stays green; `pytest --hypothesis-profile=chance` looks further.
hypothesis.settings.register_profile("the same", deadline=None, derandomize=True)
hypothesis.settings.register_profile("chance", deadline=None, max_examples=1000)
hypothesis.settings.load_profile("the same")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that start processes come first, then those with many tests: so no process is left alone with a long one.

    Those of one folder stand together, as they share what they started.

    Where each change of a rule is tried (`make mutation`) it is the quick tests: the first that fails is enough. Such
    a process begins with what the one before it, without the change, has remembered.
    """
    if "MUTANT_UNDER_TEST" in os.environ:
        for one in gc.get_objects():
            if type(one) is functools._lru_cache_wrapper:
                one.cache_clear()
        items.sort(key=lambda item: "servers" in getattr(item, "fixturenames", ()))
        return
    tests_in = Counter(item.path for item in items)
    heavy = {item.path for item in items if item.get_closest_marker("stack") or item.get_closest_marker("journey")}
    # Of those with processes the ones with few tests are the long ones: a race, a loss, a walk through the site.
    items.sort(
        key=lambda item: (
            (0, str(item.path.parent), tests_in[item.path]) if item.path in heavy else (1, "", -tests_in[item.path])
        )
    )


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """A private PostgreSQL and Redis."""
    with databases.lent_or_private_servers() as started:
        yield started


@pytest.fixture(scope="session")
def unforgetting_app(servers: Servers) -> Flask:
    """The application of `app`; what is committed in it stays."""
    environment = databases.settings_for(servers.folder / "unit", servers.fresh_database(), servers.redis.url)
    made = create_app(Settings.from_env(environment))
    made.test_client_class = Client
    made.config["WTF_CSRF_ENABLED"] = False  # forms are posted without being shown first; browsers prove the token
    return made


@pytest.fixture(scope="session", autouse=True)
def _only_what_has_a_version_is_remembered() -> Iterator[None]:
    """Whatever a test has remembered comes from tables whose every change is noticed."""
    with only_marked_tables():
        yield


@pytest.fixture(autouse=True)
def _nothing_bound_to_logs() -> None:
    """What a request of another test has bound to this thread (its id, say) is no part of this one."""
    structlog.contextvars.clear_contextvars()


@pytest.fixture
def app(unforgetting_app: Flask) -> Iterator[Flask]:
    """The application, in a context; what the test and its requests write is rolled back at the end."""
    with databases.forgotten_afterwards(unforgetting_app) as made:
        yield made


@pytest.fixture
def client(app: Flask) -> Client:
    """A visitor without a browser; every HTML answer is checked for what all pages must get right."""
    made = app.test_client()
    assert isinstance(made, Client)
    return made


@pytest.fixture(scope="session")
def stack(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Web, worker, scheduler, mail: real processes on a database of their own, shared by all who do not mind."""
    with running_stack(servers, tmp_path_factory.mktemp("stack")) as started:
        yield started


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium."""
    with chromium() as started:
        yield started


@pytest.fixture
def visitor(browser: Browser, stack: Stack) -> Iterator[BrowserContext]:
    """Somebody with a fresh browser on the stack's site; relative addresses work."""
    context = a_window(browser, stack.url)
    yield context
    context.close()


@pytest.fixture
def page(visitor: BrowserContext, request: pytest.FixtureRequest) -> Iterator[Page]:
    """One tab. The test fails if the page complains on its console: script errors, things the policy refused."""
    with watched(visitor.new_page(), request) as opened:
        yield opened
