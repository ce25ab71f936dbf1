"""The facilitators' inbox, the tokens of the notify door, and which messages of the bell were read."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('notify_token',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('merchant_id', sa.BigInteger(), nullable=True),
    sa.Column('token_hash', sa.Text(), nullable=False),
    sa.Column('made_by', sa.BigInteger(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('last_used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['made_by'], ['user_account.id'], name=op.f('fk_notify_token_made_by_user_account')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_notify_token_merchant_id_merchant')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notify_token')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_notify_token_token_hash'))
    )
    op.create_table('notification',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('token_id', sa.BigInteger(), nullable=True),
    sa.Column('key', sa.Text(), nullable=True),
    sa.Column('facilitator_id', sa.BigInteger(), nullable=False),
    sa.Column('booking_id', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('user_name', sa.Text(), nullable=False),
    sa.Column('event', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("kind IN ('confirmed', 'moved', 'cancelled')", name=op.f('ck_notification_kind')),
    sa.ForeignKeyConstraint(['facilitator_id'], ['facilitator.id'], name=op.f('fk_notification_facilitator_id_facilitator')),
    sa.ForeignKeyConstraint(['token_id'], ['notify_token.id'], name=op.f('fk_notification_token_id_notify_token')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notification'))
    )
    op.create_index('ix_notification_read', 'notification', ['facilitator_id', 'id'], unique=False, postgresql_where=sa.text('read_at IS NOT NULL'))
    op.create_index('ix_notification_unread', 'notification', ['facilitator_id', 'id'], unique=False, postgresql_where=sa.text('read_at IS NULL'))
    op.create_index('uq_notification_about', 'notification', ['token_id', 'booking_id', 'facilitator_id', 'kind'], unique=True, postgresql_nulls_not_distinct=True, postgresql_where=sa.text('key IS NULL'))
    op.create_index('uq_notification_key', 'notification', ['token_id', 'key'], unique=True, postgresql_nulls_not_distinct=True, postgresql_where=sa.text('key IS NOT NULL'))
    op.add_column('message', sa.Column('read_at', sa.DateTime(timezone=True), nullable=True))
    with op.get_context().autocommit_block():
        op.create_index('ix_message_unread', 'message', ['user_id'], unique=False, postgresql_where=sa.text("channel = 'in_app' AND read_at IS NULL"), postgresql_concurrently=True)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index('ix_message_unread', table_name='message', postgresql_where=sa.text("channel = 'in_app' AND read_at IS NULL"), postgresql_concurrently=True, if_exists=True)
    op.drop_column('message', 'read_at')
    op.drop_table('notification')
    op.drop_table('notify_token')
