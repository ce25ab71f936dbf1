"""Who came, and a facilitator's own bookings by time."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("booking", sa.Column("due_at_venue", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_booking_facilitator_id_starts_at",
            "booking",
            ["facilitator_id", "starts_at"],
            unique=False,
            postgresql_where=sa.text("facilitator_id IS NOT NULL"),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index(
            "ix_booking_facilitator_id_starts_at",
            table_name="booking",
            postgresql_where=sa.text("facilitator_id IS NOT NULL"),
            postgresql_concurrently=True,
            if_exists=True,
        )
    op.drop_column("booking", "due_at_venue")
