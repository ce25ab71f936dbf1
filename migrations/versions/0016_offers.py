"""Services ask questions, and private ones have a key."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "service_question",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("options", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("required", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("kind IN ('text', 'long', 'choice', 'yes_no')", name=op.f("ck_service_question_kind")),
        sa.CheckConstraint(
            "(kind = 'choice') = (cardinality(options) > 1)", name=op.f("ck_service_question_choice_has_options")
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_service_question_service_id_service"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_question")),
    )
    op.create_index("ix_service_question_service_id", "service_question", ["service_id"])
    op.add_column("service", sa.Column("link_key", sa.Text(), nullable=True))
    # Whatever is private already stays reachable: its owner finds the link, with this key, at the desk.
    op.execute("UPDATE service SET link_key = replace(gen_random_uuid()::text, '-', '') WHERE private")
    op.create_check_constraint(op.f("ck_service_private_has_key"), "service", "NOT private OR link_key IS NOT NULL")
    op.add_column("booking", sa.Column("answers", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False))


def downgrade() -> None:
    op.drop_column("booking", "answers")
    op.drop_constraint(op.f("ck_service_private_has_key"), "service", type_="check")
    op.drop_column("service", "link_key")
    op.drop_table("service_question")
