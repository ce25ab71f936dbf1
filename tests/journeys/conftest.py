"""One running Bookapp with one small house in it, for all journeys."""

from collections.abc import Iterator

import pytest

from tests.journeys.world import World, build
from tests.support.databases import Servers
from tests.support.stack import Stack, running_stack


@pytest.fixture(scope="package")
def stack(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Web, worker, scheduler and mail, shared by the files of this folder."""
    with running_stack(servers, tmp_path_factory.mktemp("journeys")) as started:
        yield started


@pytest.fixture(scope="package")
def world(stack: Stack) -> World:
    """The house."""
    return build(stack.app)
