"""How much a merchant's managers may give back out of goodwill: nothing, until its owner says so."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("merchant", sa.Column("goodwill_limit_minor", sa.BigInteger(), server_default="0", nullable=False))
    # Every row has the default, so the check of a table of merchants is over at once.
    op.create_check_constraint(op.f("ck_merchant_goodwill_limit"), "merchant", "goodwill_limit_minor >= 0")


def downgrade() -> None:
    op.drop_column("merchant", "goodwill_limit_minor")
