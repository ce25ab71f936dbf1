"""Messages know the booking they are about; staff choose whether they get mails; acts on many bookings at once."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("message", sa.Column("reference", sa.Text(), server_default="", nullable=False))
    # What was said before is found by its booking where its cause names one.
    op.execute("UPDATE message SET reference = substr(cause, 9, 6) WHERE cause ~ '^booking:[A-Z0-9]{6}$'")
    op.create_table(
        "mail_choice",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("bookings", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_mail_choice")),
    )
    op.create_table(
        "bulk_act",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("bookings", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("act IN ('message', 'cancel', 'check_in', 'complete')", name=op.f("ck_bulk_act_act")),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name=op.f("fk_bulk_act_user_id_user_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_act")),
    )
    op.create_table(
        "bulk_item",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("bulk_id", sa.BigInteger(), nullable=False),
        sa.Column("booking_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default="due", nullable=False),
        sa.Column("refusal", sa.Text(), server_default="", nullable=False),
        sa.Column("facts", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('due', 'done', 'refused')", name=op.f("ck_bulk_item_state")),
        sa.ForeignKeyConstraint(["bulk_id"], ["bulk_act.id"], name=op.f("fk_bulk_item_bulk_id_bulk_act"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_bulk_item_booking_id_booking"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_item")),
        sa.UniqueConstraint("bulk_id", "booking_id", name=op.f("uq_bulk_item_bulk_id_booking_id")),
    )
    op.create_index("ix_bulk_item_booking_id", "bulk_item", ["booking_id"])
    op.create_index("ix_money_case_reference", "money_case", ["reference"], postgresql_where=sa.text("reference <> ''"))
    with op.get_context().autocommit_block():
        op.create_index("ix_message_reference", "message", ["reference"], postgresql_where=sa.text("reference <> ''"), postgresql_concurrently=True)
        op.create_index("ix_notification_booking_id", "notification", ["booking_id"], postgresql_concurrently=True)
        op.create_index("ix_audit_entry_override", "audit_entry", ["id"], postgresql_where=sa.text("facts ? 'override'"), postgresql_concurrently=True)
        op.create_index("ix_webhook_event_waiting", "webhook_event", ["id"], postgresql_where=sa.text("processed_at IS NULL"), postgresql_concurrently=True)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index("ix_webhook_event_waiting", table_name="webhook_event", postgresql_concurrently=True, if_exists=True)
        op.drop_index("ix_audit_entry_override", table_name="audit_entry", postgresql_concurrently=True, if_exists=True)
        op.drop_index("ix_notification_booking_id", table_name="notification", postgresql_concurrently=True, if_exists=True)
        op.drop_index("ix_message_reference", table_name="message", postgresql_concurrently=True, if_exists=True)
    op.drop_index("ix_money_case_reference", table_name="money_case")
    op.drop_table("bulk_item")
    op.drop_table("bulk_act")
    op.drop_table("mail_choice")
    op.drop_column("message", "reference")
