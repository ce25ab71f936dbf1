"""Clients, notes and calendar feeds of facilitators."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

THEIRS = sa.text("customer_id IS NOT NULL AND confirmed_at IS NOT NULL")


def upgrade() -> None:
    _about_a_client("client_tag", sa.Column("tag", sa.Text(), nullable=False))
    op.create_unique_constraint(
        "uq_client_tag_author_id_client_id_tag", "client_tag", ["author_id", "client_id", "tag"]
    )
    op.create_index("ix_client_tag_author_id_tag", "client_tag", ["author_id", "tag"])
    _about_a_client(
        "client_note",
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
    )
    op.create_index(
        "ix_client_note_author_id_client_id_created_at", "client_note", ["author_id", "client_id", "created_at"]
    )
    _about_a_client(
        "client_message",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_client_message_author_id_sent_at", "client_message", ["author_id", "sent_at"])
    op.create_table(
        "calendar_feed",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("user_version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("kind IN ('hosting', 'bookings')", name=op.f("ck_calendar_feed_kind")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_calendar_feed_user_id_user_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feed_token_hash")),
        sa.UniqueConstraint("user_id", "kind", name=op.f("uq_calendar_feed_user_id_kind")),
    )
    op.add_column("message", sa.Column("reply_to", sa.Text(), server_default="", nullable=False))
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_booking_facilitator_id_customer_id", "booking", ["facilitator_id", "customer_id", "starts_at"],
            postgresql_include=["state"], postgresql_where=THEIRS, postgresql_concurrently=True,
        )  # fmt: skip
        op.create_index(
            "ix_booking_merchant_id_customer_id", "booking", ["merchant_id", "customer_id", "starts_at"],
            postgresql_include=["state", "venue_id"], postgresql_where=THEIRS, postgresql_concurrently=True,
        )  # fmt: skip


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name in ("ix_booking_merchant_id_customer_id", "ix_booking_facilitator_id_customer_id"):
            op.drop_index(name, table_name="booking", postgresql_concurrently=True, if_exists=True)
    op.drop_column("message", "reply_to")
    for table in ("calendar_feed", "client_message", "client_note", "client_tag"):
        op.drop_table(table)


def _about_a_client(table: str, *columns: sa.Column) -> None:
    """A table of what somebody wrote about, or to, a client."""
    keys = [
        sa.ForeignKeyConstraint(
            [name], ["user_account.id"], name=op.f(f"fk_{table}_{name}_user_account"), ondelete="CASCADE"
        )
        for name in ("author_id", "client_id")
    ]
    op.create_table(
        table,
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("author_id", sa.BigInteger(), nullable=False),
        sa.Column("client_id", sa.BigInteger(), nullable=False),
        *columns,
        *keys,
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index(op.f(f"ix_{table}_client_id"), table, ["client_id"])
