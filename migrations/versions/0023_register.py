"""The register of a house reads its own bookings and words, whatever other houses have."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

WORDS = (
    "to_tsvector('simple'::regconfig, (((name || ' '::text) || email) || ' '::text)"
    " || regexp_replace(phone, '[^0-9]+'::text, ''::text, 'g'::text))"
)
HOUSE_WORDS = (
    f"((regexp_replace(({WORDS})::text, '(^| )'''::text, (('\\1'''::text || merchant_id) || ':'::text), 'g'::text))"
    "::tsvector)"
)


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.create_index("ix_booking_house_words", "booking", [sa.text(HOUSE_WORDS)], postgresql_using="gin", postgresql_concurrently=True)
        op.create_index("ix_booking_merchant_id_starts_at_ends_at", "booking", ["merchant_id", "starts_at", "ends_at"], postgresql_include=["state", "currency", "total_minor"], postgresql_concurrently=True)
        op.drop_index("ix_booking_words", table_name="booking", postgresql_concurrently=True, if_exists=True)
        op.drop_index("ix_booking_merchant_id_starts_at", table_name="booking", postgresql_concurrently=True, if_exists=True)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.create_index("ix_booking_words", "booking", [sa.text(WORDS)], postgresql_using="gin", postgresql_concurrently=True)
        op.create_index("ix_booking_merchant_id_starts_at", "booking", ["merchant_id", "starts_at"], postgresql_concurrently=True)
        op.drop_index("ix_booking_house_words", table_name="booking", postgresql_concurrently=True, if_exists=True)
        op.drop_index("ix_booking_merchant_id_starts_at_ends_at", table_name="booking", postgresql_concurrently=True, if_exists=True)
