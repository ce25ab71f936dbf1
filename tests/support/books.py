"""The books, checked: whatever was lost, killed or raced, what one table says and what another says must agree."""

from __future__ import annotations

from tests.support.eventually import eventually
from tests.support.stack import Stack

_LIVE = "('pending', 'confirmed', 'completed', 'no_show')"
_PAID = (
    """(SELECT coalesce(sum(p.amount_minor), 0) FROM payment p WHERE p.reference = b.ref AND p.state = 'succeeded')"""
)
_BACK = """(SELECT coalesce(sum(r.amount_minor), 0) FROM refund r JOIN payment p ON p.id = r.payment_id
            WHERE p.reference = b.ref AND r.state <> 'failed')"""

# Each query finds what is wrong; none of them may find anything.
RULES = {
    "a charge at the provider is not one payment": """
        SELECT c.id, c.state, p.state AS payment FROM sandbox_charge c FULL JOIN payment p ON p.key = c.key
        WHERE (coalesce(c.state, '') = 'paid') <> (coalesce(p.state, '') = 'succeeded')""",
    "more went back than was paid": """
        SELECT c.id FROM sandbox_charge c JOIN sandbox_refund r ON r.charge_id = c.id
        GROUP BY c.id HAVING sum(r.amount_minor) > c.amount_minor""",
    "a refund at the provider is not one of ours, or ours is not there": """
        SELECT r.id, s.id AS provider FROM refund r FULL JOIN sandbox_refund s ON s.key = r.key
        WHERE r.id IS NULL OR (r.state = 'processed') <> (s.id IS NOT NULL) OR s.amount_minor <> r.amount_minor""",
    "a refund is stuck": "SELECT id, state FROM refund WHERE state <> 'processed'",
    "a confirmed booking is not paid": f"""
        SELECT b.ref FROM booking b WHERE b.state = 'confirmed' AND {_PAID} - {_BACK} < b.total_minor""",
    "money was kept for nothing": f"""
        SELECT b.ref FROM booking b WHERE b.state IN ('expired', 'pending') AND {_PAID} <> {_BACK}""",
    "a live booking has no place": """
        SELECT b.ref FROM booking b WHERE b.state IN ('pending', 'confirmed') AND b.session_id IS NULL
        AND NOT EXISTS (SELECT FROM occupancy o WHERE o.claim_id = b.claim_id AND o.active)""",
    "a place is taken for nobody": f"""
        SELECT o.id FROM occupancy o JOIN booking b ON b.claim_id = o.claim_id
        WHERE o.active AND b.state NOT IN {_LIVE}""",
    "a place is taken twice": """
        SELECT a.id, b.id AS other FROM occupancy a JOIN occupancy b
        ON a.resource_id = b.resource_id AND a.id < b.id AND a.during && b.during WHERE a.active AND b.active""",
    "seats are counted wrongly": f"""
        SELECT s.id FROM session s WHERE s.seats_taken <> (SELECT coalesce(sum(b.people), 0) FROM booking b
        WHERE b.session_id = s.id AND b.state IN {_LIVE})""",
    "work was given up": "SELECT id, name, last_error FROM outbox WHERE state = 'dead'",
    "a change of state has no audit row": """
        SELECT b.ref, b.state FROM booking b WHERE b.state IN ('confirmed', 'cancelled') AND NOT EXISTS
        (SELECT FROM audit_entry a WHERE a.subject = 'booking:' || b.ref AND a.action = 'booking.' || b.state)""",
}


def differences(stack: Stack) -> list[str]:
    """Everything on which the books disagree, in words."""
    return [f"{rule}: {dict(row)}" for rule, query in RULES.items() for row in stack.rows(query)]


def assert_balanced(stack: Stack, timeout: float = 20.0) -> None:
    """The books agree, at the latest when the work that is under way is done."""

    def agree() -> bool:
        found = differences(stack)
        assert not found, "\n".join(found[:10])
        return True

    eventually(agree, timeout)
