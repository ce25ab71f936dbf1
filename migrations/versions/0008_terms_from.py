"""From when the terms of a moved booking count, and where its buyer wants the invoice addressed to."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("booking", sa.Column("terms_from", sa.DateTime(timezone=True), nullable=True))
    # A default that is the same for every row is written into none of them.
    op.add_column("booking", sa.Column("postal_address", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("booking", "postal_address")
    op.drop_column("booking", "terms_from")
