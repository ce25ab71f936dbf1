"""Indexes for a town's worth of data."""

from alembic import op

revision = "0021"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.create_index("ix_booking_starts_at_ends_at", "booking", ["starts_at", "ends_at"], postgresql_include=["state", "currency", "total_minor"], postgresql_concurrently=True)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index("ix_booking_starts_at_ends_at", table_name="booking", postgresql_concurrently=True, if_exists=True)
