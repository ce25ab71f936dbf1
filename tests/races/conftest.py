"""What races are run on is the stack that all share; after each a look at whether anything broke."""

from collections.abc import Iterator

import pytest

from tests.support.races import Calm
from tests.support.stack import Stack


@pytest.fixture
def calm(stack: Stack) -> Iterator[Calm]:
    """Fails the test when anything broke meanwhile, whatever the test looked at."""
    watched = Calm(stack)
    yield watched
    watched.assert_kept()
