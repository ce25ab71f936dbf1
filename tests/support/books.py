"""The books, checked: whatever was lost, killed or raced, what one table says and what another says must agree.

The rules are the product's own (`flask payments check-books`). When the work of a test is done nothing is on its way
any more either: that is asked on top.
"""

from __future__ import annotations

from bookapp.operations.queries import differences as of_the_product
from tests.support.eventually import PATIENCE_SECONDS, eventually
from tests.support.stack import Stack

_UNFINISHED = {
    # One that failed for good is settled by the one that went in its place.
    "a refund is not processed": "SELECT id, state FROM refund WHERE state <> 'processed' AND NOT EXISTS"
    " (SELECT FROM refund AS other WHERE other.cause = 'instead:' || refund.id)",
}


def differences(stack: Stack) -> list[str]:
    """Everything on which the books disagree, in words."""
    with stack.app.app_context():
        found = [str(one) for one in of_the_product()]
    return found + [f"{rule}: {dict(row)}" for rule, query in _UNFINISHED.items() for row in stack.rows(query)]


def assert_balanced(stack: Stack, timeout: float = PATIENCE_SECONDS) -> None:
    """The books agree, at the latest when the work that is under way is done."""

    def agree() -> bool:
        found = differences(stack)
        assert not found, "\n".join(found[:10])
        return True

    eventually(agree, timeout)
