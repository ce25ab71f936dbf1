"""A booking keeps why it costs what it costs: rules change, what was said does not."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a column that older bookings leave empty."""
    op.add_column("booking", sa.Column("price_reasons", JSONB(), nullable=True))


def downgrade() -> None:
    """Take it away again."""
    op.drop_column("booking", "price_reasons")
