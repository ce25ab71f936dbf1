"""The books, checked: what one table says and what another says about the same money must agree.

Each rule is a query that finds what is wrong; none of them may find anything. The first column of a row says which one
it is: together with the rule it is the difference's name, the same every night.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from bookapp.infra.db import db
from bookapp.values.words import N_


@dataclass(frozen=True, slots=True)
class Rule:
    """`name` for cases and logs, `words` for people, `sql` with one row for each difference."""

    name: str
    words: str
    sql: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing on which the books disagree."""

    rule: Rule
    facts: Mapping[str, Any]

    @property
    def subject(self) -> str:
        """Its name in the desk's queue: "books:refund_stuck:17"."""
        return f"books:{self.rule.name}:{next(iter(self.facts.values()))}"

    def __str__(self) -> str:
        return f"{self.rule.words}: {', '.join(f'{name} {value}' for name, value in self.facts.items())}"


def differences() -> list[Difference]:
    """Everything on which the books disagree now. A rule sees one moment: what is under way may be seen half done."""
    db.session.execute(text("SET LOCAL statement_timeout = '60s'"))
    found = []
    for rule in RULES:
        # A colon names no parameter here.
        rows = db.session.execute(text(rule.sql.replace(":", r"\:"))).mappings().all()
        found += [Difference(rule, dict(row)) for row in rows]
    return found


# What every rule may name. A failed refund counts as on its way until a person has put another in its place: the desk
# has it. A lost dispute was paid, and gone: for what it paid for it counts, for what is left of it not.
_SUMS = """
    WITH promised AS (
        SELECT r.* FROM refund r WHERE r.state <> 'failed'
        OR NOT EXISTS (SELECT FROM refund i WHERE i.cause = 'instead:' || r.id AND i.payment_id = r.payment_id)
    ), counted AS (
        SELECT p.* FROM payment p
        WHERE p.state IN ('succeeded', 'disputed', 'won', 'lost') AND p.received_minor IS NULL
    ), paid AS (
        SELECT p.reference, sum(p.amount_minor) AS minor FROM counted p GROUP BY p.reference
    ), back AS (
        SELECT p.reference, sum(r.amount_minor) AS minor,
            coalesce(sum(r.amount_minor) FILTER (WHERE r.cause LIKE 'goodwill:%'
                OR (r.cause LIKE 'instead:%' AND r.reason <> '')), 0) AS goodwill
        FROM promised r JOIN counted p ON p.id = r.payment_id GROUP BY p.reference
    ), kept AS (
        SELECT b.*, coalesce(paid.minor, 0) - coalesce(back.minor, 0) AS kept_minor,
            coalesce(back.goodwill, 0) AS goodwill_minor
        FROM booking b LEFT JOIN paid ON paid.reference = b.ref LEFT JOIN back ON back.reference = b.ref
    )
"""


def _rule(name: str, words: str, query: str) -> Rule:
    return Rule(name, words, f"{_SUMS} {query}")


_LEDGER = (
    _rule(
        "balance",
        N_("The balance of an account is not the sum of its entries"),
        """SELECT a.id AS account, a.kind, a.balance_minor AS balance, coalesce(sum(e.amount_minor), 0) AS entries
        FROM ledger_account a LEFT JOIN ledger_entry e ON e.account_id = a.id
        GROUP BY a.id HAVING a.balance_minor <> coalesce(sum(e.amount_minor), 0)""",
    ),
    _rule(
        "leg",
        N_("A movement does not sum to zero"),
        """SELECT e.transfer_id AS transfer, e.leg, sum(e.amount_minor) AS sum
        FROM ledger_entry e GROUP BY e.transfer_id, e.leg HAVING sum(e.amount_minor) <> 0""",
    ),
    _rule(
        "currency",
        N_("All accounts of a currency do not sum to zero"),
        """SELECT a.currency, sum(a.balance_minor) AS sum FROM ledger_account a
        GROUP BY a.currency HAVING sum(a.balance_minor) <> 0""",
    ),
    _rule(
        "below_zero",
        N_("A wallet is below zero"),
        """SELECT a.id AS account, a.owner_id AS person, a.balance_minor AS balance FROM ledger_account a
        WHERE a.kind IN ('wallet', 'reserved') AND a.balance_minor < 0""",
    ),
    _rule(
        "reserved",
        N_("Wallet money is set aside for nothing"),
        """SELECT t.id AS transfer, t.cause FROM transfer t WHERE t.kind = 'payment' AND t.state = 'pending'
        AND NOT EXISTS (SELECT FROM payment p WHERE t.cause = 'payment:' || p.id AND p.state = 'pending')""",
    ),
    _rule(
        "payment_booked",
        N_("A payment is not in the ledger, or with another amount"),
        """SELECT p.id AS payment, p.state, p.amount_minor AS amount FROM payment p
        WHERE (p.state IN ('succeeded', 'disputed', 'won', 'lost')) <> EXISTS (
            SELECT FROM transfer t WHERE t.kind = 'payment' AND t.state = 'completed'
            AND t.cause IN ('payment:' || p.id, 'payment:' || p.id || ':late')
            AND t.amount_minor = coalesce(p.received_minor, p.amount_minor)
            AND t.currency = coalesce(p.received_currency, p.currency))""",
    ),
    _rule(
        "refund_booked",
        N_("A refund is not in the ledger, or with another amount"),
        """SELECT r.id AS refund, r.state, r.amount_minor AS amount FROM refund r
        WHERE (r.state = 'processed') <> (
            EXISTS (SELECT FROM transfer t WHERE t.kind = 'refund' AND t.cause = 'refund:' || r.id
                AND t.amount_minor = r.amount_minor AND t.currency = r.currency)
            AND NOT EXISTS (SELECT FROM transfer t WHERE t.cause = 'refund:' || r.id || ':reversed'))""",
    ),
    _rule(
        "dispute_booked",
        N_("A lost dispute is not in the ledger"),
        """SELECT d.id AS dispute, d.payment_id AS payment FROM dispute d JOIN payment p ON p.id = d.payment_id
        WHERE d.state = 'lost' AND NOT EXISTS (SELECT FROM transfer t WHERE t.cause = 'dispute:' || d.id)
        AND coalesce(p.received_minor, p.amount_minor) > (SELECT coalesce(sum(r.amount_minor), 0) FROM refund r
            WHERE r.payment_id = p.id AND r.state = 'processed')""",
    ),
)

_PROVIDER = (
    _rule(
        "charge",
        N_("A charge at the provider is not one payment"),
        """SELECT coalesce(c.id, 'payment ' || p.id) AS charge, c.state, p.state AS payment
        FROM sandbox_charge c FULL JOIN (SELECT * FROM payment WHERE gateway = 'sandbox') p ON p.key = c.key
        WHERE (coalesce(c.state, '') = 'paid')
            <> (coalesce(p.state, '') IN ('succeeded', 'disputed', 'won', 'lost'))
        OR (c.state = 'paid' AND (c.amount_minor, c.currency)
            <> (coalesce(p.received_minor, p.amount_minor), coalesce(p.received_currency, p.currency)))""",
    ),
    _rule(
        "provider_refunds",
        N_("More went back at the provider than was paid"),
        """SELECT c.id AS charge, c.amount_minor AS paid, sum(r.amount_minor) AS back
        FROM sandbox_charge c JOIN sandbox_refund r ON r.charge_id = c.id
        GROUP BY c.id HAVING sum(r.amount_minor) > c.amount_minor""",
    ),
    _rule(
        "refunds",
        N_("More goes back than was paid"),
        """SELECT p.id AS payment, coalesce(p.received_minor, p.amount_minor) AS paid, sum(r.amount_minor) AS back
        FROM payment p JOIN refund r ON r.payment_id = p.id AND r.state <> 'failed'
        GROUP BY p.id HAVING sum(r.amount_minor) > coalesce(p.received_minor, p.amount_minor)""",
    ),
    _rule(
        "refund",
        N_("A refund at the provider is not one of ours, or ours is not there"),
        """SELECT coalesce(s.id, 'refund ' || r.id) AS refund, r.state, r.amount_minor AS ours, s.amount_minor AS theirs
        FROM (SELECT r.* FROM refund r JOIN payment p ON p.id = r.payment_id WHERE p.gateway = 'sandbox'
            AND r.destination = 'original' AND r.provider_id IS DISTINCT FROM 'by_hand') r
        FULL JOIN sandbox_refund s ON s.key = r.key
        WHERE r.id IS NULL OR (r.state = 'processed') <> (s.id IS NOT NULL) OR s.amount_minor <> r.amount_minor""",
    ),
    _rule(
        "refund_stuck",
        N_("A refund does not go on, and nobody looks at it"),
        """SELECT r.id AS refund, r.state FROM refund r JOIN payment p ON p.id = r.payment_id
        WHERE r.state <> 'processed' AND p.state <> 'disputed'
        AND NOT EXISTS (SELECT FROM money_case m WHERE m.subject = 'refund:' || r.id)
        AND NOT EXISTS (SELECT FROM outbox o WHERE o.name = 'payments.send_refund' AND o.state = 'due'
            AND o.args = jsonb_build_array(r.id))""",
    ),
)

_BOOKINGS = (
    _rule(
        "confirmed",
        N_("A confirmed booking is not paid as far as is due"),
        """SELECT b.ref, b.kept_minor AS kept, coalesce(b.due_now_minor, b.total_minor) AS due FROM kept b
        WHERE b.state = 'confirmed'
        AND b.kept_minor + b.goodwill_minor < coalesce(b.due_now_minor, b.total_minor)""",
    ),
    _rule(
        "kept",
        N_("Money was kept for nothing"),
        """SELECT b.ref, b.state, b.kept_minor AS kept FROM kept b
        WHERE b.state IN ('expired', 'pending') AND b.kept_minor > 0
        AND NOT EXISTS (SELECT FROM payment p WHERE p.reference = b.ref AND p.state = 'lost')""",
    ),
    _rule(
        "fee",
        N_("A cancelled booking kept more than its fee"),
        """SELECT b.ref, b.kept_minor AS kept, b.fee_minor AS fee FROM kept b
        WHERE b.state = 'cancelled' AND b.kept_minor > coalesce(b.fee_minor, 0)
        AND NOT EXISTS (SELECT FROM payment p WHERE p.reference = b.ref AND p.state = 'lost')""",
    ),
    _rule(
        "change",
        N_("A change that did not happen kept its money"),
        """SELECT p.id AS payment, c.id AS change FROM booking_change c
        JOIN counted p ON p.purpose = 'change:' || c.id
        LEFT JOIN promised r ON r.payment_id = p.id
        WHERE c.state = 'expired' AND p.state <> 'lost'
        GROUP BY p.id, c.id, p.amount_minor HAVING coalesce(sum(r.amount_minor), 0) < p.amount_minor""",
    ),
    _rule(
        "wrong",
        N_("Money that came wrong does not go back whole"),
        """SELECT p.id AS payment, p.received_minor AS received FROM payment p
        LEFT JOIN promised r ON r.payment_id = p.id
        WHERE p.received_minor > 0 AND p.state <> 'lost'
        GROUP BY p.id HAVING coalesce(sum(r.amount_minor), 0) <> p.received_minor""",
    ),
    _rule(
        "audit",
        N_("A change of state has no audit row"),
        """SELECT b.ref, b.state FROM booking b WHERE b.state IN ('confirmed', 'cancelled') AND NOT EXISTS
        (SELECT FROM audit_entry a WHERE a.subject = 'booking:' || b.ref AND a.action = 'booking.' || b.state)""",
    ),
)

_PAPERS = (
    _rule(
        "numbers",
        N_("The numbers of a merchant's invoices or credit notes have a gap"),
        """SELECT p.merchant_id || ' ' || p.kind AS series, max(p.number) AS last, count(*) AS papers FROM paper p
        GROUP BY p.merchant_id, p.kind HAVING max(p.number) <> count(*)""",
    ),
    # The last one of each receivable is enough: every statement begins where the one before ended.
    _rule(
        "statement",
        N_("A merchant's statement does not end with what the ledger says"),
        """SELECT s.id AS statement, s.closing_minor AS closing, ledger.minor AS ledger FROM statement s
        JOIN ledger_account a ON a.kind = 'receivable' AND a.owner_id = s.merchant_id AND a.currency = s.currency
        CROSS JOIN LATERAL (SELECT coalesce(sum(e.amount_minor), 0) AS minor
            FROM ledger_entry e JOIN transfer t ON t.id = e.transfer_id
            WHERE e.account_id = a.id AND t.finished_at < (s.month + interval '1 month') AT TIME ZONE 'UTC') ledger
        WHERE s.closing_minor <> ledger.minor AND NOT EXISTS (SELECT FROM statement n
            WHERE n.merchant_id = s.merchant_id AND n.currency = s.currency AND n.month > s.month)""",
    ),
)

_PLACES = (
    _rule(
        "no_place",
        N_("A live booking has no place"),
        """SELECT b.ref FROM booking b WHERE b.state IN ('pending', 'confirmed') AND b.session_id IS NULL
        AND NOT EXISTS (SELECT FROM occupancy o WHERE o.claim_id = b.claim_id AND o.active)""",
    ),
    _rule(
        "place_for_nobody",
        N_("A place is taken for nobody"),
        """SELECT o.id AS occupancy FROM occupancy o JOIN booking b ON b.claim_id = o.claim_id
        WHERE o.active AND b.state NOT IN ('pending', 'confirmed', 'completed', 'no_show')
        UNION ALL SELECT o.id FROM occupancy o JOIN booking_change c ON c.claim_id = o.claim_id
        WHERE o.active AND c.state = 'expired'""",
    ),
    _rule(
        "place_twice",
        N_("A place is taken twice"),
        # Whoever overlaps with anybody overlaps with the next one by time: a look at neighbours is enough, and does not
        # grow with the square of what a room has seen.
        """SELECT least(o.id, o.before) || ' and ' || greatest(o.id, o.before) AS occupancies FROM (
            SELECT id, during, lag(id) OVER w AS before, lag(upper(during)) OVER w AS until
            FROM occupancy WHERE active WINDOW w AS (PARTITION BY resource_id ORDER BY lower(during), id)) o
        WHERE lower(o.during) < o.until""",
    ),
    _rule(
        "seats",
        N_("Seats are counted wrongly"),
        """SELECT s.id AS session, s.seats_taken AS counted, coalesce(sum(p.people), 0) AS booked
        FROM session s LEFT JOIN (
            SELECT b.session_id AS id, b.people FROM booking b
            WHERE b.session_id IS NOT NULL AND b.state IN ('pending', 'confirmed', 'completed', 'no_show')
            UNION ALL SELECT (c.after->>'session_id')::bigint, b.people
            FROM booking_change c JOIN booking b ON b.id = c.booking_id
            WHERE c.state = 'pending' AND c.kind = 'move') p ON p.id = s.id
        GROUP BY s.id HAVING s.seats_taken <> coalesce(sum(p.people), 0)""",
    ),
    _rule(
        "given_up",
        N_("Promised work was given up"),
        "SELECT o.id AS outbox, o.name, o.last_error AS error FROM outbox o WHERE o.state = 'dead'",
    ),
)

RULES: tuple[Rule, ...] = (*_LEDGER, *_PROVIDER, *_BOOKINGS, *_PAPERS, *_PLACES)
