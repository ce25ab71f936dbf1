"""Sessions on a room's grid, which take their room with the first seat."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("session", sa.Column("on_grid", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_table(
        "timeslot_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("service_id", sa.BigInteger(), nullable=False),
        sa.Column("room_id", sa.BigInteger(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("next_day", sa.Date(), nullable=True),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("made", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("made BETWEEN 0 AND wanted", name=op.f("ck_timeslot_run_made")),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_timeslot_run_room_id_room")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_timeslot_run_service_id_service")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timeslot_run")),
    )
    op.create_index("ix_timeslot_run_room_id_created_at", "timeslot_run", ["room_id", "created_at"])
    with op.get_context().autocommit_block():
        # Run twice makes no duplicate; also the index that finds the timeslots of a room's day.
        op.create_index(
            "uq_session_timeslot",
            "session",
            ["room_id", "service_id", "starts_at"],
            unique=True,
            postgresql_where=sa.text("on_grid"),
            postgresql_concurrently=True,
        )
        # Few are cancelled, and the desk lists them by themselves.
        op.create_index(
            "ix_session_cancelled",
            "session",
            ["starts_at"],
            postgresql_where=sa.text("state = 'cancelled'"),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index("ix_session_cancelled", "session", postgresql_concurrently=True, if_exists=True)
        op.drop_index("uq_session_timeslot", "session", postgresql_concurrently=True)
    op.drop_table("timeslot_run")
    op.drop_column("session", "on_grid")
