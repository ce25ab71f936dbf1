"""Admins find accounts by the words of a name, an email or a username."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

WORDS = "to_tsvector('simple'::regconfig, (((name || ' '::text) || email) || ' '::text) || COALESCE(username, ''::text))"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.create_index("ix_user_account_words", "user_account", [sa.text(WORDS)], postgresql_using="gin", postgresql_concurrently=True)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index("ix_user_account_words", table_name="user_account", postgresql_concurrently=True, if_exists=True)
