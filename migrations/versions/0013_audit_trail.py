"""The audit trail is read by time and by person, the outbox by what was given up."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.create_index("ix_outbox_dead", "outbox", ["id"], postgresql_where=sa.text("state = 'dead'"), postgresql_concurrently=True)
        op.create_index("ix_audit_entry_at", "audit_entry", ["at"], postgresql_using="brin", postgresql_concurrently=True)
        op.create_index("ix_audit_entry_user_id_at", "audit_entry", ["user_id", "at"], postgresql_where=sa.text("user_id IS NOT NULL"), postgresql_concurrently=True)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index("ix_audit_entry_user_id_at", table_name="audit_entry", postgresql_concurrently=True, if_exists=True)
        op.drop_index("ix_audit_entry_at", table_name="audit_entry", postgresql_concurrently=True, if_exists=True)
        op.drop_index("ix_outbox_dead", table_name="outbox", postgresql_concurrently=True, if_exists=True)
