"""From when the terms of a moved booking count, where its buyer wants the invoice addressed to, and cases about payments
that bounced."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


_KINDS = (
    "'refund_failed', 'refund_unclear', 'payment_unclear', 'wrong_amount', 'dispute', 'difference', 'rest_unpaid'"
)


def upgrade() -> None:
    op.add_column("booking", sa.Column("terms_from", sa.DateTime(timezone=True), nullable=True))
    # A default that is the same for every row is written into none of them.
    op.add_column("booking", sa.Column("postal_address", sa.Text(), server_default="", nullable=False))
    _check_kinds(f"{_KINDS}, 'payment_bounced'")


def downgrade() -> None:
    op.execute("DELETE FROM money_case WHERE kind = 'payment_bounced'")
    _check_kinds(_KINDS)
    op.drop_column("booking", "postal_address")
    op.drop_column("booking", "terms_from")


def _check_kinds(kinds: str) -> None:
    # A queue of hundreds, not of millions: checked at once.
    op.drop_constraint(op.f("ck_money_case_kind"), "money_case", type_="check")
    op.create_check_constraint(op.f("ck_money_case_kind"), "money_case", f"kind IN ({kinds})")
