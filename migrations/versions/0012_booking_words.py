"""The desk finds bookings by the words of a name, an email, or the digits of a phone."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

WORDS = "to_tsvector('simple'::regconfig, (((name || ' '::text) || email) || ' '::text) || regexp_replace(phone, '[^0-9]+'::text, ''::text, 'g'::text))"


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.create_index("ix_booking_words", "booking", [sa.text(WORDS)], postgresql_using="gin", postgresql_concurrently=True)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index("ix_booking_words", table_name="booking", postgresql_concurrently=True, if_exists=True)
