"""Members are invited, and merchants apply."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

WORDS = "to_tsvector('simple'::regconfig, (((name || ' '::text) || slug) || ' '::text) || email)"
NOW = sa.text("now()")


def upgrade() -> None:
    op.add_column("merchant", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(op.f("ck_merchant_closed"), "merchant", "closed_at IS NULL OR NOT listed")
    op.create_index("ix_merchant_words", "merchant", [sa.text(WORDS)], postgresql_using="gin")
    _invitations()
    _applications()


def downgrade() -> None:
    op.drop_table("merchant_application")
    op.drop_table("invitation")
    op.drop_index("ix_merchant_words", table_name="merchant")
    op.drop_constraint(op.f("ck_merchant_closed"), "merchant", type_="check")
    op.drop_column("merchant", "closed_at")


def _invitations() -> None:
    op.create_table(
        "invitation",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("merchant_id", sa.BigInteger(), sa.ForeignKey("merchant.id", name=op.f("fk_invitation_merchant_id_merchant"), ondelete="CASCADE"), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("venue_id", sa.BigInteger(), sa.ForeignKey("venue.id", name=op.f("fk_invitation_venue_id_venue"), ondelete="CASCADE"), nullable=True),
        sa.Column("facilitator_id", sa.BigInteger(), sa.ForeignKey("facilitator.id", name=op.f("fk_invitation_facilitator_id_facilitator"), ondelete="CASCADE"), nullable=True),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_count", sa.Integer(), server_default="1", nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_by", sa.BigInteger(), sa.ForeignKey("user_account.id", name=op.f("fk_invitation_accepted_by_user_account"), ondelete="SET NULL"), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.CheckConstraint("role IN ('owner', 'manager', 'facilitator')", name=op.f("ck_invitation_role")),
        sa.CheckConstraint("venue_id IS NULL OR role = 'manager'", name=op.f("ck_invitation_venue_of_manager")),
        sa.CheckConstraint("facilitator_id IS NULL OR role = 'facilitator'", name=op.f("ck_invitation_person_of_facilitator")),
        sa.CheckConstraint("accepted_at IS NULL OR withdrawn_at IS NULL", name=op.f("ck_invitation_one_end")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    op.create_index("ix_invitation_merchant_id_sent_at", "invitation", ["merchant_id", "sent_at"])
    op.create_index("ix_invitation_venue_id", "invitation", ["venue_id"])
    op.create_index("ix_invitation_facilitator_id", "invitation", ["facilitator_id"])
    op.create_index("ix_invitation_accepted_by", "invitation", ["accepted_by"])
    op.create_index(
        "uq_invitation_open", "invitation", ["merchant_id", "email", "role", "venue_id"], unique=True,
        postgresql_where=sa.text("accepted_at IS NULL AND withdrawn_at IS NULL"), postgresql_nulls_not_distinct=True,
    )


def _applications() -> None:
    op.create_table(
        "merchant_application",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("user_id", sa.BigInteger(), sa.ForeignKey("user_account.id", name=op.f("fk_merchant_application_user_id_user_account"), ondelete="CASCADE"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("merchant_id", sa.BigInteger(), sa.ForeignKey("merchant.id", name=op.f("fk_merchant_application_merchant_id_merchant"), ondelete="SET NULL"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('open', 'approved', 'refused')", name=op.f("ck_merchant_application_state")),
        sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name=op.f("ck_merchant_application_decided")),
    )
    op.create_index("ix_merchant_application_user_id", "merchant_application", ["user_id"])
    op.create_index("ix_merchant_application_merchant_id", "merchant_application", ["merchant_id"])
    op.create_index("uq_merchant_application_open", "merchant_application", ["user_id"], unique=True, postgresql_where=sa.text("state = 'open'"))
    op.create_index("ix_merchant_application_open", "merchant_application", ["created_at"], postgresql_where=sa.text("state = 'open'"))
