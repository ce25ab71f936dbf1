"""Servers that keep what they have committed, and one running Bookapp for the whole table."""

from collections.abc import Iterator

import pytest

from tests.support import databases
from tests.support.stack import Stack, running_stack


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Web, worker, scheduler and mail."""
    with (
        databases.servers(durable=True) as servers,
        running_stack(servers, tmp_path_factory.mktemp("torture")) as started,
    ):
        yield started
