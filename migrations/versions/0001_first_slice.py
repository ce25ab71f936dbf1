"""The tables of the first slice: people, catalogue, schedules, bookings, payments, messages, outbox."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('audit_entry',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('actor', sa.Text(), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=True),
    sa.Column('action', sa.Text(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('facts', postgresql.JSONB(astext_type=Text()), server_default='{}', nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('request_id', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_entry'))
    )
    op.create_index('ix_audit_entry_subject_at', 'audit_entry', ['subject', 'at'], unique=False)
    op.create_table('idempotency_key',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('scope', sa.Text(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('input_hash', sa.Text(), nullable=False),
    sa.Column('result', postgresql.JSONB(astext_type=Text()), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_idempotency_key')),
    sa.UniqueConstraint('scope', 'key', name=op.f('uq_idempotency_key_scope_key'))
    )
    op.create_index('ix_idempotency_key_created_at', 'idempotency_key', ['created_at'], unique=False)
    op.create_table('message',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('cause', sa.Text(), nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('recipient', sa.Text(), nullable=False),
    sa.Column('recipient_name', sa.Text(), server_default='', nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=True),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('html', sa.Text(), server_default='', nullable=False),
    sa.Column('attachments', postgresql.JSONB(astext_type=Text()), server_default='[]', nullable=False),
    sa.Column('state', sa.Text(), server_default='due', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('delivered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('error', sa.Text(), nullable=True),
    sa.CheckConstraint("channel IN ('email', 'in_app')", name=op.f('ck_message_channel')),
    sa.CheckConstraint("state IN ('due', 'delivered', 'failed')", name=op.f('ck_message_state')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_message')),
    sa.UniqueConstraint('kind', 'cause', 'recipient', 'channel', name=op.f('uq_message_kind_cause_recipient_channel'))
    )
    op.create_index('ix_message_user_id_created_at', 'message', ['user_id', 'created_at'], unique=False)
    op.create_table('outbox',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('args', postgresql.JSONB(astext_type=Text()), nullable=False),
    sa.Column('key', sa.Text(), nullable=True),
    sa.Column('request_id', sa.Text(), nullable=True),
    sa.Column('state', sa.Text(), server_default='due', nullable=False),
    sa.Column('run_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('nudged_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_error', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('due', 'done', 'dead')", name=op.f('ck_outbox_state')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outbox')),
    sa.UniqueConstraint('key', name=op.f('uq_outbox_key'))
    )
    op.create_index('ix_outbox_due', 'outbox', ['run_at'], unique=False, postgresql_where=sa.text("state = 'due'"))
    op.create_index('ix_outbox_finished', 'outbox', ['finished_at'], unique=False, postgresql_where=sa.text("state = 'done'"))
    op.create_table('resource',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.CheckConstraint("kind IN ('room', 'person')", name=op.f('ck_resource_kind')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_resource'))
    )
    op.create_table('sandbox_charge',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('key', sa.Uuid(), nullable=False),
    sa.Column('state', sa.Text(), server_default='open', nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('return_url', sa.Text(), nullable=False),
    sa.Column('cancel_url', sa.Text(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("state IN ('open', 'paid', 'failed', 'expired')", name=op.f('ck_sandbox_charge_state')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sandbox_charge')),
    sa.UniqueConstraint('key', name=op.f('uq_sandbox_charge_key'))
    )
    op.create_table('terms',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('merchant_id', sa.BigInteger(), nullable=True),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('tiers', postgresql.JSONB(astext_type=Text()), nullable=False),
    sa.Column('move_until_hours', sa.Integer(), server_default='24', nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_terms')),
    sa.UniqueConstraint('merchant_id', 'name', name=op.f('uq_terms_merchant_id_name'), postgresql_nulls_not_distinct=True)
    )
    op.create_index(op.f('ix_terms_merchant_id'), 'terms', ['merchant_id'], unique=False)
    op.create_table('user_account',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('email', sa.Text(), nullable=False),
    sa.Column('username', sa.Text(), nullable=True),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('phone', sa.Text(), nullable=True),
    sa.Column('password_hash', sa.Text(), nullable=True),
    sa.Column('email_verified_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('is_admin', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('disabled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), server_default='1', nullable=False),
    sa.Column('zone', sa.Text(), nullable=True),
    sa.Column('theme', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("theme IN ('light', 'dark')", name=op.f('ck_user_account_theme')),
    sa.CheckConstraint('email = lower(email)', name=op.f('ck_user_account_email_normalised')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_user_account')),
    sa.UniqueConstraint('email', name=op.f('uq_user_account_email')),
    sa.UniqueConstraint('username', name=op.f('uq_user_account_username'))
    )
    op.create_table('webhook_event',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('gateway', sa.Text(), nullable=False),
    sa.Column('event_id', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('payload', postgresql.JSONB(astext_type=Text()), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('processed_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_webhook_event')),
    sa.UniqueConstraint('gateway', 'event_id', name=op.f('uq_webhook_event_gateway_event_id'))
    )
    op.create_table('email_link',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=False),
    sa.Column('purpose', sa.Text(), nullable=False),
    sa.Column('email', sa.Text(), nullable=False),
    sa.Column('token_hash', sa.Text(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("purpose IN ('verify', 'reset', 'change')", name=op.f('ck_email_link_purpose')),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_email_link_user_id_user_account'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_email_link')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_email_link_token_hash'))
    )
    op.create_index('ix_email_link_user_id_purpose', 'email_link', ['user_id', 'purpose'], unique=False)
    op.create_table('merchant',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('slug', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('tagline', sa.Text(), server_default='', nullable=False),
    sa.Column('about', sa.Text(), server_default='', nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('zone', sa.Text(), nullable=False),
    sa.Column('email', sa.Text(), server_default='', nullable=False),
    sa.Column('phone', sa.Text(), server_default='', nullable=False),
    sa.Column('terms_id', sa.BigInteger(), nullable=False),
    sa.Column('gateways', sa.ARRAY(sa.Text()), server_default=sa.text("'{sandbox}'"), nullable=False),
    sa.Column('bookings_per_session', sa.Integer(), server_default='1', nullable=False),
    sa.Column('listed', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f('ck_merchant_currency')),
    sa.CheckConstraint('bookings_per_session > 0', name=op.f('ck_merchant_bookings_per_session')),
    sa.ForeignKeyConstraint(['terms_id'], ['terms.id'], name=op.f('fk_merchant_terms_id_terms')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_merchant')),
    sa.UniqueConstraint('slug', name=op.f('uq_merchant_slug'))
    )
    op.create_table('occupancy',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('resource_id', sa.BigInteger(), nullable=False),
    sa.Column('claim_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('during', postgresql.TSTZRANGE(), nullable=False),
    sa.Column('used_until', sa.DateTime(timezone=True), nullable=False),
    sa.Column('active', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.Column('blocks_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    postgresql.ExcludeConstraint((sa.text("int8range(resource_id, resource_id, '[]')"), '='), (sa.column('during'), '&&'), where=sa.text('active'), using='gist', name='ex_occupancy_one_place_at_a_time'),
    sa.CheckConstraint("NOT isempty(during) AND lower_inc(during) AND NOT upper_inc(during) AND upper(during) - lower(during) <= interval '14 days'", name=op.f('ck_occupancy_bounded')),
    sa.CheckConstraint("kind IN ('booking', 'session', 'block')", name=op.f('ck_occupancy_kind')),
    sa.ForeignKeyConstraint(['resource_id'], ['resource.id'], name=op.f('fk_occupancy_resource_id_resource')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_occupancy'))
    )
    op.create_index('ix_occupancy_claim_id', 'occupancy', ['claim_id'], unique=False)
    op.create_index('ix_occupancy_resource_start', 'occupancy', ['resource_id', sa.literal_column('lower(during)')], unique=False, postgresql_where=sa.text('active'))
    op.create_table('sandbox_refund',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('key', sa.Uuid(), nullable=False),
    sa.Column('charge_id', sa.Text(), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint('amount_minor > 0', name=op.f('ck_sandbox_refund_amount')),
    sa.ForeignKeyConstraint(['charge_id'], ['sandbox_charge.id'], name=op.f('fk_sandbox_refund_charge_id_sandbox_charge')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sandbox_refund')),
    sa.UniqueConstraint('key', name=op.f('uq_sandbox_refund_key'))
    )
    op.create_index(op.f('ix_sandbox_refund_charge_id'), 'sandbox_refund', ['charge_id'], unique=False)
    op.create_table('sign_in',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=False),
    sa.Column('token_hash', sa.Text(), nullable=False),
    sa.Column('user_version', sa.Integer(), nullable=False),
    sa.Column('agent', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_sign_in_user_id_user_account'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_in')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_sign_in_token_hash'))
    )
    op.create_index(op.f('ix_sign_in_user_id'), 'sign_in', ['user_id'], unique=False)
    op.create_table('facilitator',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('resource_id', sa.BigInteger(), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=True),
    sa.Column('merchant_id', sa.BigInteger(), nullable=False),
    sa.Column('slug', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('headline', sa.Text(), server_default='', nullable=False),
    sa.Column('about', sa.Text(), server_default='', nullable=False),
    sa.Column('level', sa.Text(), server_default='junior', nullable=False),
    sa.Column('years', sa.Integer(), server_default='0', nullable=False),
    sa.Column('zone', sa.Text(), nullable=False),
    sa.Column('city', sa.Text(), server_default='', nullable=False),
    sa.Column('rating_sum', sa.Integer(), server_default='0', nullable=False),
    sa.Column('rating_count', sa.Integer(), server_default='0', nullable=False),
    sa.Column('listed', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("level IN ('junior', 'senior', 'expert')", name=op.f('ck_facilitator_level')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_facilitator_merchant_id_merchant')),
    sa.ForeignKeyConstraint(['resource_id'], ['resource.id'], name=op.f('fk_facilitator_resource_id_resource')),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_facilitator_user_id_user_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_facilitator')),
    sa.UniqueConstraint('resource_id', name=op.f('uq_facilitator_resource_id')),
    sa.UniqueConstraint('slug', name=op.f('uq_facilitator_slug')),
    sa.UniqueConstraint('user_id', name=op.f('uq_facilitator_user_id'))
    )
    op.create_index(op.f('ix_facilitator_merchant_id'), 'facilitator', ['merchant_id'], unique=False)
    op.create_table('payment',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('key', sa.Uuid(), server_default=sa.text('gen_random_uuid()'), nullable=False),
    sa.Column('reference', sa.Text(), nullable=False),
    sa.Column('merchant_id', sa.BigInteger(), nullable=False),
    sa.Column('gateway', sa.Text(), nullable=False),
    sa.Column('provider_id', sa.Text(), nullable=True),
    sa.Column('state', sa.Text(), server_default='pending', nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('description', sa.Text(), server_default='', nullable=False),
    sa.Column('payer_email', sa.Text(), server_default='', nullable=False),
    sa.Column('url', sa.Text(), nullable=True),
    sa.Column('closes_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("state IN ('pending', 'succeeded', 'failed', 'abandoned')", name=op.f('ck_payment_state')),
    sa.CheckConstraint('amount_minor > 0', name=op.f('ck_payment_amount')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_payment_merchant_id_merchant')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payment')),
    sa.UniqueConstraint('gateway', 'provider_id', name=op.f('uq_payment_gateway_provider_id')),
    sa.UniqueConstraint('key', name=op.f('uq_payment_key'))
    )
    op.create_index('ix_payment_open', 'payment', ['closes_at'], unique=False, postgresql_where=sa.text("state = 'pending'"))
    op.create_index(op.f('ix_payment_reference'), 'payment', ['reference'], unique=False)
    op.create_table('service',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('merchant_id', sa.BigInteger(), nullable=False),
    sa.Column('slug', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('theme', sa.Text(), server_default='', nullable=False),
    sa.Column('tagline', sa.Text(), server_default='', nullable=False),
    sa.Column('about', sa.Text(), server_default='', nullable=False),
    sa.Column('bring', sa.Text(), server_default='', nullable=False),
    sa.Column('capacity', sa.Integer(), server_default='1', nullable=False),
    sa.Column('online', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('buffer_minutes', sa.Integer(), server_default='0', nullable=False),
    sa.Column('notice_minutes', sa.Integer(), server_default='0', nullable=False),
    sa.Column('horizon_days', sa.Integer(), server_default='90', nullable=False),
    sa.Column('step_minutes', sa.Integer(), server_default='30', nullable=False),
    sa.Column('terms_id', sa.BigInteger(), nullable=True),
    sa.Column('rating_sum', sa.Integer(), server_default='0', nullable=False),
    sa.Column('rating_count', sa.Integer(), server_default='0', nullable=False),
    sa.Column('private', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('listed', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("kind IN ('session', 'appointment')", name=op.f('ck_service_kind')),
    sa.CheckConstraint('buffer_minutes >= 0 AND notice_minutes >= 0 AND horizon_days > 0', name=op.f('ck_service_margins')),
    sa.CheckConstraint('capacity > 0', name=op.f('ck_service_capacity')),
    sa.CheckConstraint('step_minutes > 0', name=op.f('ck_service_step')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_service_merchant_id_merchant')),
    sa.ForeignKeyConstraint(['terms_id'], ['terms.id'], name=op.f('fk_service_terms_id_terms')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_service')),
    sa.UniqueConstraint('slug', name=op.f('uq_service_slug'))
    )
    op.create_index(op.f('ix_service_merchant_id'), 'service', ['merchant_id'], unique=False)
    op.create_table('venue',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('merchant_id', sa.BigInteger(), nullable=False),
    sa.Column('slug', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('about', sa.Text(), server_default='', nullable=False),
    sa.Column('address', sa.Text(), nullable=False),
    sa.Column('postcode', sa.Text(), server_default='', nullable=False),
    sa.Column('city', sa.Text(), nullable=False),
    sa.Column('country', sa.Text(), nullable=False),
    sa.Column('zone', sa.Text(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('email', sa.Text(), server_default='', nullable=False),
    sa.Column('phone', sa.Text(), server_default='', nullable=False),
    sa.Column('capacity', sa.Integer(), nullable=True),
    sa.Column('accessibility', sa.Text(), server_default='', nullable=False),
    sa.Column('how_to_find', sa.Text(), server_default='', nullable=False),
    sa.Column('listed', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f('ck_venue_currency')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_venue_merchant_id_merchant')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_venue')),
    sa.UniqueConstraint('slug', name=op.f('uq_venue_slug'))
    )
    op.create_index('ix_venue_lower_city', 'venue', [sa.literal_column('lower(city)')], unique=False)
    op.create_index(op.f('ix_venue_merchant_id'), 'venue', ['merchant_id'], unique=False)
    op.create_table('addon',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('merchant_id', sa.BigInteger(), nullable=False),
    sa.Column('venue_id', sa.BigInteger(), nullable=True),
    sa.Column('service_id', sa.BigInteger(), nullable=True),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('hint', sa.Text(), server_default='', nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('price_minor', sa.BigInteger(), nullable=False),
    sa.Column('stock', sa.Integer(), nullable=True),
    sa.Column('listed', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.CheckConstraint("kind = 'consumable' OR stock IS NOT NULL", name=op.f('ck_addon_reusable_has_stock')),
    sa.CheckConstraint("kind IN ('reusable', 'consumable')", name=op.f('ck_addon_kind')),
    sa.CheckConstraint('num_nonnulls(venue_id, service_id) = 1', name=op.f('ck_addon_one_place')),
    sa.CheckConstraint('stock >= 0 AND price_minor >= 0', name=op.f('ck_addon_positive')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_addon_merchant_id_merchant')),
    sa.ForeignKeyConstraint(['service_id'], ['service.id'], name=op.f('fk_addon_service_id_service')),
    sa.ForeignKeyConstraint(['venue_id'], ['venue.id'], name=op.f('fk_addon_venue_id_venue')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_addon'))
    )
    op.create_index(op.f('ix_addon_merchant_id'), 'addon', ['merchant_id'], unique=False)
    op.create_index(op.f('ix_addon_service_id'), 'addon', ['service_id'], unique=False)
    op.create_index(op.f('ix_addon_venue_id'), 'addon', ['venue_id'], unique=False)
    op.create_table('membership',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=False),
    sa.Column('merchant_id', sa.BigInteger(), nullable=False),
    sa.Column('venue_id', sa.BigInteger(), nullable=True),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("role IN ('owner', 'manager', 'facilitator')", name=op.f('ck_membership_role')),
    sa.CheckConstraint("venue_id IS NULL OR role = 'manager'", name=op.f('ck_membership_venue_of_manager')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_membership_merchant_id_merchant'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_membership_user_id_user_account'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['venue_id'], ['venue.id'], name=op.f('fk_membership_venue_id_venue'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_membership')),
    sa.UniqueConstraint('user_id', 'merchant_id', 'venue_id', 'role', name=op.f('uq_membership_user_id_merchant_id_venue_id_role'), postgresql_nulls_not_distinct=True)
    )
    op.create_index(op.f('ix_membership_merchant_id'), 'membership', ['merchant_id'], unique=False)
    op.create_index('ix_membership_user_id', 'membership', ['user_id'], unique=False)
    op.create_table('refund',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('key', sa.Uuid(), server_default=sa.text('gen_random_uuid()'), nullable=False),
    sa.Column('payment_id', sa.BigInteger(), nullable=False),
    sa.Column('cause', sa.Text(), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), server_default='initiated', nullable=False),
    sa.Column('provider_id', sa.Text(), nullable=True),
    sa.Column('failure', sa.Text(), nullable=True),
    sa.Column('refunded_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("state IN ('initiated', 'processed', 'failed')", name=op.f('ck_refund_state')),
    sa.CheckConstraint('amount_minor > 0', name=op.f('ck_refund_amount')),
    sa.ForeignKeyConstraint(['payment_id'], ['payment.id'], name=op.f('fk_refund_payment_id_payment')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_refund')),
    sa.UniqueConstraint('key', name=op.f('uq_refund_key')),
    sa.UniqueConstraint('payment_id', 'cause', name=op.f('uq_refund_payment_id_cause'))
    )
    op.create_table('room',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('resource_id', sa.BigInteger(), nullable=False),
    sa.Column('venue_id', sa.BigInteger(), nullable=False),
    sa.Column('slug', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('tagline', sa.Text(), server_default='', nullable=False),
    sa.Column('about', sa.Text(), server_default='', nullable=False),
    sa.Column('type', sa.Text(), nullable=False),
    sa.Column('capacity', sa.Integer(), nullable=False),
    sa.Column('rate_minor', sa.BigInteger(), nullable=False),
    sa.Column('day_rate_minor', sa.BigInteger(), nullable=True),
    sa.Column('amenities', sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('buffer_minutes', sa.Integer(), server_default='0', nullable=False),
    sa.Column('min_minutes', sa.Integer(), server_default='60', nullable=False),
    sa.Column('max_minutes', sa.Integer(), server_default='600', nullable=False),
    sa.Column('step_minutes', sa.Integer(), server_default='30', nullable=False),
    sa.Column('notice_minutes', sa.Integer(), server_default='0', nullable=False),
    sa.Column('horizon_days', sa.Integer(), server_default='365', nullable=False),
    sa.Column('terms_id', sa.BigInteger(), nullable=True),
    sa.Column('rating_sum', sa.Integer(), server_default='0', nullable=False),
    sa.Column('rating_count', sa.Integer(), server_default='0', nullable=False),
    sa.Column('listed', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("type IN ('office','consultation','meeting','treatment','hall','studio')", name=op.f('ck_room_type')),
    sa.CheckConstraint('buffer_minutes >= 0 AND notice_minutes >= 0 AND horizon_days > 0', name=op.f('ck_room_margins')),
    sa.CheckConstraint('capacity > 0', name=op.f('ck_room_capacity')),
    sa.CheckConstraint('rate_minor >= 0 AND day_rate_minor >= 0', name=op.f('ck_room_rates')),
    sa.CheckConstraint('step_minutes > 0 AND 0 < min_minutes AND min_minutes <= max_minutes', name=op.f('ck_room_lengths')),
    sa.ForeignKeyConstraint(['resource_id'], ['resource.id'], name=op.f('fk_room_resource_id_resource')),
    sa.ForeignKeyConstraint(['terms_id'], ['terms.id'], name=op.f('fk_room_terms_id_terms')),
    sa.ForeignKeyConstraint(['venue_id'], ['venue.id'], name=op.f('fk_room_venue_id_venue')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_room')),
    sa.UniqueConstraint('resource_id', name=op.f('uq_room_resource_id')),
    sa.UniqueConstraint('slug', name=op.f('uq_room_slug'))
    )
    op.create_index('ix_room_amenities', 'room', ['amenities'], unique=False, postgresql_using='gin')
    op.create_index(op.f('ix_room_venue_id'), 'room', ['venue_id'], unique=False)
    op.create_table('service_facilitator',
    sa.Column('service_id', sa.BigInteger(), nullable=False),
    sa.Column('facilitator_id', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['facilitator_id'], ['facilitator.id'], name=op.f('fk_service_facilitator_facilitator_id_facilitator'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['service_id'], ['service.id'], name=op.f('fk_service_facilitator_service_id_service'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('service_id', 'facilitator_id', name=op.f('pk_service_facilitator'))
    )
    op.create_index('ix_service_facilitator_facilitator_id', 'service_facilitator', ['facilitator_id'], unique=False)
    op.create_table('service_length',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('service_id', sa.BigInteger(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('price_minor', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('minutes > 0 AND price_minor >= 0', name=op.f('ck_service_length_positive')),
    sa.ForeignKeyConstraint(['service_id'], ['service.id'], name=op.f('fk_service_length_service_id_service'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_service_length')),
    sa.UniqueConstraint('service_id', 'minutes', name=op.f('uq_service_length_service_id_minutes'))
    )
    op.create_table('working_hours',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('facilitator_id', sa.BigInteger(), nullable=False),
    sa.Column('weekday', sa.Integer(), nullable=False),
    sa.Column('starts', sa.Time(), nullable=False),
    sa.Column('ends', sa.Time(), nullable=False),
    sa.CheckConstraint('weekday BETWEEN 0 AND 6', name=op.f('ck_working_hours_weekday')),
    sa.ForeignKeyConstraint(['facilitator_id'], ['facilitator.id'], name=op.f('fk_working_hours_facilitator_id_facilitator'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_working_hours'))
    )
    op.create_index(op.f('ix_working_hours_facilitator_id'), 'working_hours', ['facilitator_id'], unique=False)
    op.create_table('closure',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('venue_id', sa.BigInteger(), nullable=True),
    sa.Column('room_id', sa.BigInteger(), nullable=True),
    sa.Column('facilitator_id', sa.BigInteger(), nullable=True),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reason', sa.Text(), server_default='', nullable=False),
    sa.CheckConstraint('num_nonnulls(venue_id, room_id, facilitator_id) = 1', name=op.f('ck_closure_one_thing')),
    sa.CheckConstraint('starts_at < ends_at', name=op.f('ck_closure_order')),
    sa.ForeignKeyConstraint(['facilitator_id'], ['facilitator.id'], name=op.f('fk_closure_facilitator_id_facilitator'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['room_id'], ['room.id'], name=op.f('fk_closure_room_id_room'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['venue_id'], ['venue.id'], name=op.f('fk_closure_venue_id_venue'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_closure'))
    )
    op.create_index(op.f('ix_closure_facilitator_id'), 'closure', ['facilitator_id'], unique=False)
    op.create_index(op.f('ix_closure_room_id'), 'closure', ['room_id'], unique=False)
    op.create_index(op.f('ix_closure_venue_id'), 'closure', ['venue_id'], unique=False)
    op.create_table('favourite',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=False),
    sa.Column('room_id', sa.BigInteger(), nullable=True),
    sa.Column('venue_id', sa.BigInteger(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint('num_nonnulls(room_id, venue_id) = 1', name=op.f('ck_favourite_one_thing')),
    sa.ForeignKeyConstraint(['room_id'], ['room.id'], name=op.f('fk_favourite_room_id_room'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_favourite_user_id_user_account'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['venue_id'], ['venue.id'], name=op.f('fk_favourite_venue_id_venue'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_favourite')),
    sa.UniqueConstraint('user_id', 'room_id', 'venue_id', name=op.f('uq_favourite_user_id_room_id_venue_id'), postgresql_nulls_not_distinct=True)
    )
    op.create_table('opening_hours',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('venue_id', sa.BigInteger(), nullable=True),
    sa.Column('room_id', sa.BigInteger(), nullable=True),
    sa.Column('weekday', sa.Integer(), nullable=False),
    sa.Column('opens', sa.Time(), nullable=False),
    sa.Column('closes', sa.Time(), nullable=False),
    sa.CheckConstraint('num_nonnulls(venue_id, room_id) = 1', name=op.f('ck_opening_hours_one_place')),
    sa.CheckConstraint('weekday BETWEEN 0 AND 6', name=op.f('ck_opening_hours_weekday')),
    sa.ForeignKeyConstraint(['room_id'], ['room.id'], name=op.f('fk_opening_hours_room_id_room'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['venue_id'], ['venue.id'], name=op.f('fk_opening_hours_venue_id_venue'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_opening_hours'))
    )
    op.create_index(op.f('ix_opening_hours_room_id'), 'opening_hours', ['room_id'], unique=False)
    op.create_index(op.f('ix_opening_hours_venue_id'), 'opening_hours', ['venue_id'], unique=False)
    op.create_table('photo',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('merchant_id', sa.BigInteger(), nullable=True),
    sa.Column('venue_id', sa.BigInteger(), nullable=True),
    sa.Column('room_id', sa.BigInteger(), nullable=True),
    sa.Column('service_id', sa.BigInteger(), nullable=True),
    sa.Column('facilitator_id', sa.BigInteger(), nullable=True),
    sa.Column('path', sa.Text(), nullable=False),
    sa.Column('alt', sa.Text(), nullable=False),
    sa.Column('position', sa.Integer(), server_default='0', nullable=False),
    sa.CheckConstraint('num_nonnulls(merchant_id, venue_id, room_id, service_id, facilitator_id) = 1', name=op.f('ck_photo_one')),
    sa.ForeignKeyConstraint(['facilitator_id'], ['facilitator.id'], name=op.f('fk_photo_facilitator_id_facilitator'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_photo_merchant_id_merchant'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['room_id'], ['room.id'], name=op.f('fk_photo_room_id_room'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['service_id'], ['service.id'], name=op.f('fk_photo_service_id_service'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['venue_id'], ['venue.id'], name=op.f('fk_photo_venue_id_venue'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_photo'))
    )
    op.create_index(op.f('ix_photo_facilitator_id'), 'photo', ['facilitator_id'], unique=False)
    op.create_index(op.f('ix_photo_merchant_id'), 'photo', ['merchant_id'], unique=False)
    op.create_index(op.f('ix_photo_room_id'), 'photo', ['room_id'], unique=False)
    op.create_index(op.f('ix_photo_service_id'), 'photo', ['service_id'], unique=False)
    op.create_index(op.f('ix_photo_venue_id'), 'photo', ['venue_id'], unique=False)
    op.create_table('price_rule',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('merchant_id', sa.BigInteger(), nullable=False),
    sa.Column('venue_id', sa.BigInteger(), nullable=True),
    sa.Column('room_id', sa.BigInteger(), nullable=True),
    sa.Column('service_id', sa.BigInteger(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('parameters', postgresql.JSONB(astext_type=Text()), nullable=False),
    sa.Column('position', sa.Integer(), server_default='0', nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=True),
    sa.Column('valid_until', sa.Date(), nullable=True),
    sa.Column('active', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("kind IN ('peak', 'weekend', 'level', 'early_bird', 'last_minute', 'duration', 'demand')", name=op.f('ck_price_rule_kind')),
    sa.CheckConstraint('num_nonnulls(venue_id, room_id, service_id) <= 1', name=op.f('ck_price_rule_scope')),
    sa.CheckConstraint('valid_from <= valid_until', name=op.f('ck_price_rule_validity')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_price_rule_merchant_id_merchant'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['room_id'], ['room.id'], name=op.f('fk_price_rule_room_id_room'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['service_id'], ['service.id'], name=op.f('fk_price_rule_service_id_service'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['venue_id'], ['venue.id'], name=op.f('fk_price_rule_venue_id_venue'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_price_rule'))
    )
    op.create_index(op.f('ix_price_rule_merchant_id'), 'price_rule', ['merchant_id'], unique=False)
    op.create_table('service_room',
    sa.Column('service_id', sa.BigInteger(), nullable=False),
    sa.Column('room_id', sa.BigInteger(), nullable=False),
    sa.Column('position', sa.Integer(), server_default='0', nullable=False),
    sa.ForeignKeyConstraint(['room_id'], ['room.id'], name=op.f('fk_service_room_room_id_room'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['service_id'], ['service.id'], name=op.f('fk_service_room_service_id_service'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('service_id', 'room_id', name=op.f('pk_service_room'))
    )
    op.create_table('session',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('service_id', sa.BigInteger(), nullable=False),
    sa.Column('merchant_id', sa.BigInteger(), nullable=False),
    sa.Column('venue_id', sa.BigInteger(), nullable=True),
    sa.Column('room_id', sa.BigInteger(), nullable=True),
    sa.Column('facilitator_id', sa.BigInteger(), nullable=True),
    sa.Column('claim_id', sa.Uuid(), server_default=sa.text('gen_random_uuid()'), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), server_default='scheduled', nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('zone', sa.Text(), nullable=False),
    sa.Column('capacity', sa.Integer(), nullable=False),
    sa.Column('seats_taken', sa.Integer(), server_default='0', nullable=False),
    sa.Column('price_minor', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('online', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('version', sa.Integer(), server_default='1', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("state IN ('scheduled', 'cancelled', 'completed')", name=op.f('ck_session_state')),
    sa.CheckConstraint('capacity > 0', name=op.f('ck_session_capacity')),
    sa.CheckConstraint('online OR venue_id IS NOT NULL', name=op.f('ck_session_somewhere')),
    sa.CheckConstraint('seats_taken BETWEEN 0 AND capacity', name=op.f('ck_session_seats')),
    sa.CheckConstraint('starts_at < ends_at', name=op.f('ck_session_order')),
    sa.ForeignKeyConstraint(['facilitator_id'], ['facilitator.id'], name=op.f('fk_session_facilitator_id_facilitator')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_session_merchant_id_merchant')),
    sa.ForeignKeyConstraint(['room_id'], ['room.id'], name=op.f('fk_session_room_id_room')),
    sa.ForeignKeyConstraint(['service_id'], ['service.id'], name=op.f('fk_session_service_id_service')),
    sa.ForeignKeyConstraint(['venue_id'], ['venue.id'], name=op.f('fk_session_venue_id_venue')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_session')),
    sa.UniqueConstraint('claim_id', name=op.f('uq_session_claim_id'))
    )
    op.create_index('ix_session_facilitator_id_starts_at', 'session', ['facilitator_id', 'starts_at'], unique=False)
    op.create_index('ix_session_merchant_id_starts_at', 'session', ['merchant_id', 'starts_at'], unique=False)
    op.create_index(op.f('ix_session_room_id'), 'session', ['room_id'], unique=False)
    op.create_index('ix_session_service_id_starts_at', 'session', ['service_id', 'starts_at'], unique=False)
    op.create_index('ix_session_starts_at', 'session', ['starts_at'], unique=False)
    op.create_index('ix_session_venue_id_starts_at', 'session', ['venue_id', 'starts_at'], unique=False)
    op.create_table('booking',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('ref', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), server_default='pending', nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('merchant_id', sa.BigInteger(), nullable=False),
    sa.Column('venue_id', sa.BigInteger(), nullable=True),
    sa.Column('room_id', sa.BigInteger(), nullable=True),
    sa.Column('session_id', sa.BigInteger(), nullable=True),
    sa.Column('service_id', sa.BigInteger(), nullable=True),
    sa.Column('facilitator_id', sa.BigInteger(), nullable=True),
    sa.Column('claim_id', sa.Uuid(), server_default=sa.text('gen_random_uuid()'), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('place', sa.Text(), server_default='', nullable=False),
    sa.Column('host', sa.Text(), server_default='', nullable=False),
    sa.Column('customer_id', sa.BigInteger(), nullable=True),
    sa.Column('visitor', sa.Text(), nullable=True),
    sa.Column('origin', sa.Text(), nullable=True),
    sa.Column('email', sa.Text(), server_default='', nullable=False),
    sa.Column('name', sa.Text(), server_default='', nullable=False),
    sa.Column('phone', sa.Text(), server_default='', nullable=False),
    sa.Column('people', sa.Integer(), server_default='1', nullable=False),
    sa.Column('notes', sa.Text(), server_default='', nullable=False),
    sa.Column('booking_type', sa.Text(), server_default='', nullable=False),
    sa.Column('metadata', postgresql.JSONB(astext_type=Text()), server_default='{}', nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('zone', sa.Text(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('total_minor', sa.BigInteger(), nullable=False),
    sa.Column('terms', postgresql.JSONB(astext_type=Text()), nullable=False),
    sa.Column('hold_expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('hold_extended', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('paying_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('cancelled_by', sa.Text(), nullable=True),
    sa.Column('fee_minor', sa.BigInteger(), nullable=True),
    sa.Column('sequence', sa.Integer(), server_default='0', nullable=False),
    sa.Column('link_version', sa.Integer(), server_default='1', nullable=False),
    sa.Column('version', sa.Integer(), server_default='1', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("(kind = 'room' AND room_id IS NOT NULL AND session_id IS NULL) OR (kind = 'session' AND session_id IS NOT NULL) OR (kind = 'appointment' AND service_id IS NOT NULL AND facilitator_id IS NOT NULL AND session_id IS NULL)", name=op.f('ck_booking_kind')),
    sa.CheckConstraint("cancelled_by IN ('customer', 'merchant')", name=op.f('ck_booking_cancelled_by')),
    sa.CheckConstraint("state IN ('pending', 'confirmed', 'expired', 'cancelled', 'completed', 'no_show')", name=op.f('ck_booking_state')),
    sa.CheckConstraint('people > 0 AND total_minor >= 0', name=op.f('ck_booking_positive')),
    sa.CheckConstraint('starts_at < ends_at', name=op.f('ck_booking_order')),
    sa.ForeignKeyConstraint(['customer_id'], ['user_account.id'], name=op.f('fk_booking_customer_id_user_account')),
    sa.ForeignKeyConstraint(['facilitator_id'], ['facilitator.id'], name=op.f('fk_booking_facilitator_id_facilitator')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_booking_merchant_id_merchant')),
    sa.ForeignKeyConstraint(['room_id'], ['room.id'], name=op.f('fk_booking_room_id_room')),
    sa.ForeignKeyConstraint(['service_id'], ['service.id'], name=op.f('fk_booking_service_id_service')),
    sa.ForeignKeyConstraint(['session_id'], ['session.id'], name=op.f('fk_booking_session_id_session')),
    sa.ForeignKeyConstraint(['venue_id'], ['venue.id'], name=op.f('fk_booking_venue_id_venue')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_booking')),
    sa.UniqueConstraint('claim_id', name=op.f('uq_booking_claim_id')),
    sa.UniqueConstraint('ref', name=op.f('uq_booking_ref'))
    )
    op.create_index('ix_booking_customer_id_starts_at', 'booking', ['customer_id', 'starts_at'], unique=False)
    op.create_index('ix_booking_email_starts_at', 'booking', ['email', 'starts_at'], unique=False)
    op.create_index('ix_booking_ends_at', 'booking', ['ends_at'], unique=False, postgresql_where=sa.text("state = 'confirmed'"))
    op.create_index('ix_booking_hold_expires_at', 'booking', ['hold_expires_at'], unique=False, postgresql_where=sa.text("state = 'pending'"))
    op.create_index('ix_booking_merchant_id_starts_at', 'booking', ['merchant_id', 'starts_at'], unique=False)
    op.create_index('ix_booking_origin', 'booking', ['origin'], unique=False, postgresql_where=sa.text("state = 'pending'"))
    op.create_index('ix_booking_session_id', 'booking', ['session_id'], unique=False, postgresql_where=sa.text('session_id IS NOT NULL'))
    op.create_index('ix_booking_visitor', 'booking', ['visitor'], unique=False, postgresql_where=sa.text("state = 'pending'"))
    op.create_table('session_part',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('session_id', sa.BigInteger(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('starts_at < ends_at', name=op.f('ck_session_part_order')),
    sa.ForeignKeyConstraint(['session_id'], ['session.id'], name=op.f('fk_session_part_session_id_session'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_session_part')),
    sa.UniqueConstraint('session_id', 'starts_at', name=op.f('uq_session_part_session_id_starts_at'))
    )
    op.create_table('booking_line',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('booking_id', sa.BigInteger(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('label', sa.Text(), nullable=False),
    sa.Column('unit', sa.Text(), server_default='', nullable=False),
    sa.Column('quantity', sa.Numeric(precision=10, scale=4), nullable=False),
    sa.Column('unit_price_minor', sa.BigInteger(), nullable=False),
    sa.Column('subtotal_minor', sa.BigInteger(), nullable=False),
    sa.Column('addon_id', sa.BigInteger(), nullable=True),
    sa.CheckConstraint("kind IN ('base', 'rule', 'addon', 'discount', 'tax')", name=op.f('ck_booking_line_kind')),
    sa.ForeignKeyConstraint(['addon_id'], ['addon.id'], name=op.f('fk_booking_line_addon_id_addon')),
    sa.ForeignKeyConstraint(['booking_id'], ['booking.id'], name=op.f('fk_booking_line_booking_id_booking'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_booking_line')),
    sa.UniqueConstraint('booking_id', 'position', name=op.f('uq_booking_line_booking_id_position'))
    )
    op.create_index('ix_booking_line_addon_id', 'booking_line', ['addon_id'], unique=False, postgresql_where=sa.text('addon_id IS NOT NULL'))
    op.create_table('participant',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('booking_id', sa.BigInteger(), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=True),
    sa.Column('role', sa.Text(), server_default='participant', nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('email', sa.Text(), server_default='', nullable=False),
    sa.Column('attendance', sa.Text(), server_default='unknown', nullable=False),
    sa.CheckConstraint("attendance IN ('unknown', 'arrived', 'late', 'absent')", name=op.f('ck_participant_attendance')),
    sa.CheckConstraint("role IN ('organiser', 'participant')", name=op.f('ck_participant_role')),
    sa.ForeignKeyConstraint(['booking_id'], ['booking.id'], name=op.f('fk_participant_booking_id_booking'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_participant_user_id_user_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_participant'))
    )
    op.create_index(op.f('ix_participant_booking_id'), 'participant', ['booking_id'], unique=False)
    op.create_index(op.f('ix_participant_user_id'), 'participant', ['user_id'], unique=False)
    op.create_table('review',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('booking_id', sa.BigInteger(), nullable=False),
    sa.Column('customer_id', sa.BigInteger(), nullable=False),
    sa.Column('room_id', sa.BigInteger(), nullable=True),
    sa.Column('service_id', sa.BigInteger(), nullable=True),
    sa.Column('facilitator_id', sa.BigInteger(), nullable=True),
    sa.Column('author', sa.Text(), nullable=False),
    sa.Column('stars', sa.Integer(), nullable=False),
    sa.Column('words', sa.Text(), server_default='', nullable=False),
    sa.Column('state', sa.Text(), server_default='published', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("state IN ('published', 'hidden')", name=op.f('ck_review_state')),
    sa.CheckConstraint('num_nonnulls(room_id, service_id) = 1', name=op.f('ck_review_one_thing')),
    sa.CheckConstraint('stars BETWEEN 1 AND 5', name=op.f('ck_review_stars')),
    sa.ForeignKeyConstraint(['booking_id'], ['booking.id'], name=op.f('fk_review_booking_id_booking')),
    sa.ForeignKeyConstraint(['customer_id'], ['user_account.id'], name=op.f('fk_review_customer_id_user_account')),
    sa.ForeignKeyConstraint(['facilitator_id'], ['facilitator.id'], name=op.f('fk_review_facilitator_id_facilitator')),
    sa.ForeignKeyConstraint(['room_id'], ['room.id'], name=op.f('fk_review_room_id_room')),
    sa.ForeignKeyConstraint(['service_id'], ['service.id'], name=op.f('fk_review_service_id_service')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_review')),
    sa.UniqueConstraint('booking_id', name=op.f('uq_review_booking_id'))
    )
    op.create_index('ix_review_facilitator_id_created_at', 'review', ['facilitator_id', 'created_at'], unique=False)
    op.create_index('ix_review_room_id_created_at', 'review', ['room_id', 'created_at'], unique=False)
    op.create_index('ix_review_service_id_created_at', 'review', ['service_id', 'created_at'], unique=False)
    op.create_index('uq_review_customer_room', 'review', ['customer_id', 'room_id'], unique=True, postgresql_where=sa.text('room_id IS NOT NULL'))
    op.create_index('uq_review_customer_service', 'review', ['customer_id', 'service_id'], unique=True, postgresql_where=sa.text('service_id IS NOT NULL'))
    op.create_foreign_key('fk_terms_merchant_id_merchant', 'terms', 'merchant', ['merchant_id'], ['id'], ondelete='CASCADE')
    op.execute(
        '''
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is append only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
        END $$;
        CREATE TRIGGER audit_entry_is_append_only BEFORE UPDATE OR DELETE ON audit_entry
            FOR EACH ROW EXECUTE FUNCTION refuse_change();
        '''
    )


def downgrade() -> None:
    op.drop_constraint('fk_terms_merchant_id_merchant', 'terms', type_='foreignkey')
    op.drop_index('uq_review_customer_service', table_name='review', postgresql_where=sa.text('service_id IS NOT NULL'))
    op.drop_index('uq_review_customer_room', table_name='review', postgresql_where=sa.text('room_id IS NOT NULL'))
    op.drop_index('ix_review_service_id_created_at', table_name='review')
    op.drop_index('ix_review_room_id_created_at', table_name='review')
    op.drop_index('ix_review_facilitator_id_created_at', table_name='review')
    op.drop_table('review')
    op.drop_index(op.f('ix_participant_user_id'), table_name='participant')
    op.drop_index(op.f('ix_participant_booking_id'), table_name='participant')
    op.drop_table('participant')
    op.drop_index('ix_booking_line_addon_id', table_name='booking_line', postgresql_where=sa.text('addon_id IS NOT NULL'))
    op.drop_table('booking_line')
    op.drop_table('session_part')
    op.drop_index('ix_booking_visitor', table_name='booking', postgresql_where=sa.text("state = 'pending'"))
    op.drop_index('ix_booking_session_id', table_name='booking', postgresql_where=sa.text('session_id IS NOT NULL'))
    op.drop_index('ix_booking_origin', table_name='booking', postgresql_where=sa.text("state = 'pending'"))
    op.drop_index('ix_booking_merchant_id_starts_at', table_name='booking')
    op.drop_index('ix_booking_hold_expires_at', table_name='booking', postgresql_where=sa.text("state = 'pending'"))
    op.drop_index('ix_booking_ends_at', table_name='booking', postgresql_where=sa.text("state = 'confirmed'"))
    op.drop_index('ix_booking_email_starts_at', table_name='booking')
    op.drop_index('ix_booking_customer_id_starts_at', table_name='booking')
    op.drop_table('booking')
    op.drop_index('ix_session_venue_id_starts_at', table_name='session')
    op.drop_index('ix_session_starts_at', table_name='session')
    op.drop_index('ix_session_service_id_starts_at', table_name='session')
    op.drop_index(op.f('ix_session_room_id'), table_name='session')
    op.drop_index('ix_session_merchant_id_starts_at', table_name='session')
    op.drop_index('ix_session_facilitator_id_starts_at', table_name='session')
    op.drop_table('session')
    op.drop_table('service_room')
    op.drop_index(op.f('ix_price_rule_merchant_id'), table_name='price_rule')
    op.drop_table('price_rule')
    op.drop_index(op.f('ix_photo_venue_id'), table_name='photo')
    op.drop_index(op.f('ix_photo_service_id'), table_name='photo')
    op.drop_index(op.f('ix_photo_room_id'), table_name='photo')
    op.drop_index(op.f('ix_photo_merchant_id'), table_name='photo')
    op.drop_index(op.f('ix_photo_facilitator_id'), table_name='photo')
    op.drop_table('photo')
    op.drop_index(op.f('ix_opening_hours_venue_id'), table_name='opening_hours')
    op.drop_index(op.f('ix_opening_hours_room_id'), table_name='opening_hours')
    op.drop_table('opening_hours')
    op.drop_table('favourite')
    op.drop_index(op.f('ix_closure_venue_id'), table_name='closure')
    op.drop_index(op.f('ix_closure_room_id'), table_name='closure')
    op.drop_index(op.f('ix_closure_facilitator_id'), table_name='closure')
    op.drop_table('closure')
    op.drop_index(op.f('ix_working_hours_facilitator_id'), table_name='working_hours')
    op.drop_table('working_hours')
    op.drop_table('service_length')
    op.drop_index('ix_service_facilitator_facilitator_id', table_name='service_facilitator')
    op.drop_table('service_facilitator')
    op.drop_index(op.f('ix_room_venue_id'), table_name='room')
    op.drop_index('ix_room_amenities', table_name='room', postgresql_using='gin')
    op.drop_table('room')
    op.drop_table('refund')
    op.drop_index('ix_membership_user_id', table_name='membership')
    op.drop_index(op.f('ix_membership_merchant_id'), table_name='membership')
    op.drop_table('membership')
    op.drop_index(op.f('ix_addon_venue_id'), table_name='addon')
    op.drop_index(op.f('ix_addon_service_id'), table_name='addon')
    op.drop_index(op.f('ix_addon_merchant_id'), table_name='addon')
    op.drop_table('addon')
    op.drop_index(op.f('ix_venue_merchant_id'), table_name='venue')
    op.drop_index('ix_venue_lower_city', table_name='venue')
    op.drop_table('venue')
    op.drop_index(op.f('ix_service_merchant_id'), table_name='service')
    op.drop_table('service')
    op.drop_index(op.f('ix_payment_reference'), table_name='payment')
    op.drop_index('ix_payment_open', table_name='payment', postgresql_where=sa.text("state = 'pending'"))
    op.drop_table('payment')
    op.drop_index(op.f('ix_facilitator_merchant_id'), table_name='facilitator')
    op.drop_table('facilitator')
    op.drop_index(op.f('ix_sign_in_user_id'), table_name='sign_in')
    op.drop_table('sign_in')
    op.drop_index(op.f('ix_sandbox_refund_charge_id'), table_name='sandbox_refund')
    op.drop_table('sandbox_refund')
    op.drop_index('ix_occupancy_resource_start', table_name='occupancy', postgresql_where=sa.text('active'))
    op.drop_index('ix_occupancy_claim_id', table_name='occupancy')
    op.drop_table('occupancy')
    op.drop_table('merchant')
    op.drop_index('ix_email_link_user_id_purpose', table_name='email_link')
    op.drop_table('email_link')
    op.drop_table('webhook_event')
    op.drop_table('user_account')
    op.drop_index(op.f('ix_terms_merchant_id'), table_name='terms')
    op.drop_table('terms')
    op.drop_table('sandbox_charge')
    op.drop_table('resource')
    op.drop_index('ix_outbox_finished', table_name='outbox', postgresql_where=sa.text("state = 'done'"))
    op.drop_index('ix_outbox_due', table_name='outbox', postgresql_where=sa.text("state = 'due'"))
    op.drop_table('outbox')
    op.drop_index('ix_message_user_id_created_at', table_name='message')
    op.drop_table('message')
    op.drop_index('ix_idempotency_key_created_at', table_name='idempotency_key')
    op.drop_table('idempotency_key')
    op.drop_index('ix_audit_entry_subject_at', table_name='audit_entry')
    op.drop_table('audit_entry')
    op.execute('DROP FUNCTION refuse_change()')
