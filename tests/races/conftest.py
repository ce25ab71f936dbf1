"""One running Bookapp for all races, and after each a look at whether anything broke."""

from collections.abc import Iterator

import pytest

from tests.support.databases import Servers
from tests.support.races import Calm
from tests.support.stack import Stack, running_stack


@pytest.fixture(scope="package")
def stack(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Web, worker, scheduler and mail, shared by the files of this folder."""
    with running_stack(servers, tmp_path_factory.mktemp("races")) as started:
        yield started


@pytest.fixture
def calm(stack: Stack) -> Iterator[Calm]:
    """Fails the test when anything broke meanwhile, whatever the test looked at."""
    watched = Calm(stack)
    yield watched
    watched.assert_kept()
