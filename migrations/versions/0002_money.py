"""Money: the ledger, papers, cases, disputes, taxes, coupons, deposits, changes of bookings.

What is added to tables that are full already is not checked here, so that nobody waits for a scan; 0003 does that.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# (table, constraint, condition): new, or wider than before.
CHECKS = (
    ("booking", "ck_booking_due_now", "due_now_minor BETWEEN 0 AND total_minor"),
    ("booking", "ck_booking_rest_has_date", "(due_now_minor IS NULL) = (rest_due_at IS NULL)"),
    ("payment", "ck_payment_state", "state IN ('pending', 'succeeded', 'failed', 'abandoned', 'disputed', 'won', 'lost')"),
    ("payment", "ck_payment_wallet_has_owner", "(gateway = 'wallet') = (user_id IS NOT NULL)"),
    ("payment", "ck_payment_received", "(received_minor IS NULL) = (received_currency IS NULL)"),
    ("refund", "ck_refund_destination", "destination IN ('original', 'wallet')"),
    ("user_account", "ck_user_account_refund_to", "refund_to IN ('original', 'wallet')"),
    ("price_rule", "ck_price_rule_kind", "kind IN ('peak', 'weekend', 'level', 'early_bird', 'last_minute', 'duration', 'demand', 'floor', 'cap')"),
)
WIDENED = ("ck_payment_state", "ck_price_rule_kind")


def upgrade() -> None:
    op.create_table('ledger_account',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('owner_id', sa.BigInteger(), nullable=True),
    sa.Column('gateway', sa.Text(), server_default='', nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('balance_minor', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("(kind = 'clearing') = (gateway <> '')", name=op.f('ck_ledger_account_gateway')),
    sa.CheckConstraint("(kind IN ('wallet', 'reserved', 'receivable')) = (owner_id IS NOT NULL)", name=op.f('ck_ledger_account_owner')),
    sa.CheckConstraint("kind IN ('wallet', 'reserved', 'receivable', 'clearing', 'platform')", name=op.f('ck_ledger_account_kind')),
    sa.CheckConstraint("kind NOT IN ('wallet', 'reserved') OR balance_minor >= 0", name=op.f('ck_ledger_account_never_below_zero')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ledger_account')),
    sa.UniqueConstraint('kind', 'owner_id', 'gateway', 'currency', name=op.f('uq_ledger_account_kind_owner_id_gateway_currency'), postgresql_nulls_not_distinct=True)
    )
    op.create_table('gift_card',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('code_hash', sa.Text(), nullable=False),
    sa.Column('hint', sa.Text(), nullable=False),
    sa.Column('merchant_id', sa.BigInteger(), nullable=True),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('redeemed_by', sa.BigInteger(), nullable=True),
    sa.Column('redeemed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('issued_by', sa.Text(), server_default='', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint('(redeemed_by IS NULL) = (redeemed_at IS NULL)', name=op.f('ck_gift_card_redeemed')),
    sa.CheckConstraint('amount_minor > 0', name=op.f('ck_gift_card_amount')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_gift_card_merchant_id_merchant')),
    sa.ForeignKeyConstraint(['redeemed_by'], ['user_account.id'], name=op.f('fk_gift_card_redeemed_by_user_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_gift_card')),
    sa.UniqueConstraint('code_hash', name=op.f('uq_gift_card_code_hash'))
    )
    op.create_index(op.f('ix_gift_card_merchant_id'), 'gift_card', ['merchant_id'], unique=False)
    op.create_table('money_case',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('reference', sa.Text(), server_default='', nullable=False),
    sa.Column('merchant_id', sa.BigInteger(), nullable=True),
    sa.Column('facts', postgresql.JSONB(astext_type=Text()), server_default='{}', nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_by', sa.Text(), nullable=True),
    sa.Column('note', sa.Text(), server_default='', nullable=False),
    sa.CheckConstraint("kind IN ('refund_failed', 'refund_unclear', 'payment_unclear', 'wrong_amount', 'dispute', 'difference', 'rest_unpaid')", name=op.f('ck_money_case_kind')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_money_case_merchant_id_merchant')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_money_case'))
    )
    op.create_index('ix_money_case_merchant_id_opened_at', 'money_case', ['merchant_id', 'opened_at'], unique=False)
    op.create_index('uq_money_case_open', 'money_case', ['kind', 'subject'], unique=True, postgresql_where=sa.text('closed_at IS NULL'))
    op.create_table('paper',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('merchant_id', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('number', sa.BigInteger(), nullable=False),
    sa.Column('reference', sa.Text(), nullable=False),
    sa.Column('cause', sa.Text(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('total_minor', sa.BigInteger(), nullable=False),
    sa.Column('facts', postgresql.JSONB(astext_type=Text()), nullable=False),
    sa.Column('issued_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind IN ('invoice', 'credit_note')", name=op.f('ck_paper_kind')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_paper_merchant_id_merchant')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_paper')),
    sa.UniqueConstraint('cause', name=op.f('uq_paper_cause')),
    sa.UniqueConstraint('merchant_id', 'kind', 'number', name=op.f('uq_paper_merchant_id_kind_number'))
    )
    op.create_index(op.f('ix_paper_reference'), 'paper', ['reference'], unique=False)
    op.create_table('paper_series',
    sa.Column('merchant_id', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('last_number', sa.BigInteger(), server_default='0', nullable=False),
    sa.CheckConstraint("kind IN ('invoice', 'credit_note')", name=op.f('ck_paper_series_kind')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_paper_series_merchant_id_merchant')),
    sa.PrimaryKeyConstraint('merchant_id', 'kind', name=op.f('pk_paper_series'))
    )
    op.create_table('statement',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('merchant_id', sa.BigInteger(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('opening_minor', sa.BigInteger(), nullable=False),
    sa.Column('closing_minor', sa.BigInteger(), nullable=False),
    sa.Column('facts', postgresql.JSONB(astext_type=Text()), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('paid_out_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('paid_out_by', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_statement_merchant_id_merchant')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_statement')),
    sa.UniqueConstraint('merchant_id', 'month', 'currency', name=op.f('uq_statement_merchant_id_month_currency'))
    )
    op.create_index('ix_statement_month', 'statement', ['month'], unique=False)
    op.create_table('tax',
    sa.Column('merchant_id', sa.BigInteger(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('percent', sa.Numeric(precision=6, scale=3), nullable=False),
    sa.Column('inclusive', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.Column('registration', sa.Text(), server_default='', nullable=False),
    sa.CheckConstraint('percent > 0 AND percent < 100', name=op.f('ck_tax_percent')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_tax_merchant_id_merchant'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('merchant_id', name=op.f('pk_tax'))
    )
    op.create_table('transfer',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('cause', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), server_default='completed', nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=True),
    sa.Column('merchant_id', sa.BigInteger(), nullable=True),
    sa.Column('reference', sa.Text(), server_default='', nullable=False),
    sa.Column('note', sa.Text(), server_default='', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("kind IN ('payment', 'refund', 'credit', 'debit', 'adjustment', 'payout')", name=op.f('ck_transfer_kind')),
    sa.CheckConstraint("state IN ('pending', 'completed', 'failed')", name=op.f('ck_transfer_state')),
    sa.CheckConstraint('amount_minor > 0', name=op.f('ck_transfer_amount')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_transfer_merchant_id_merchant')),
    sa.ForeignKeyConstraint(['user_id'], ['user_account.id'], name=op.f('fk_transfer_user_id_user_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_transfer')),
    sa.UniqueConstraint('kind', 'cause', name=op.f('uq_transfer_kind_cause'))
    )
    op.create_index('ix_transfer_merchant_id_created_at', 'transfer', ['merchant_id', 'created_at'], unique=False)
    op.create_index('ix_transfer_reference', 'transfer', ['reference'], unique=False, postgresql_where=sa.text("reference <> ''"))
    op.create_index('ix_transfer_user_id_created_at', 'transfer', ['user_id', 'created_at'], unique=False)
    op.create_table('dispute',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('payment_id', sa.BigInteger(), nullable=False),
    sa.Column('provider_id', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), server_default='open', nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), server_default='', nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('open', 'won', 'lost')", name=op.f('ck_dispute_state')),
    sa.CheckConstraint('amount_minor > 0', name=op.f('ck_dispute_amount')),
    sa.ForeignKeyConstraint(['payment_id'], ['payment.id'], name=op.f('fk_dispute_payment_id_payment')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_dispute')),
    sa.UniqueConstraint('payment_id', 'provider_id', name=op.f('uq_dispute_payment_id_provider_id'))
    )
    op.create_index(op.f('ix_dispute_payment_id'), 'dispute', ['payment_id'], unique=False)
    op.create_table('ledger_entry',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('transfer_id', sa.BigInteger(), nullable=False),
    sa.Column('leg', sa.Text(), server_default='post', nullable=False),
    sa.Column('account_id', sa.BigInteger(), nullable=False),
    sa.Column('amount_minor', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint("leg IN ('post', 'reserve', 'capture', 'release')", name=op.f('ck_ledger_entry_leg')),
    sa.CheckConstraint('amount_minor <> 0', name=op.f('ck_ledger_entry_amount')),
    sa.ForeignKeyConstraint(['account_id'], ['ledger_account.id'], name=op.f('fk_ledger_entry_account_id_ledger_account')),
    sa.ForeignKeyConstraint(['transfer_id'], ['transfer.id'], name=op.f('fk_ledger_entry_transfer_id_transfer')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ledger_entry')),
    sa.UniqueConstraint('transfer_id', 'leg', 'account_id', name=op.f('uq_ledger_entry_transfer_id_leg_account_id'))
    )
    op.create_index('ix_ledger_entry_account_id_id', 'ledger_entry', ['account_id', 'id'], unique=False)
    op.create_table('coupon',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('merchant_id', sa.BigInteger(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('percent', sa.Integer(), nullable=True),
    sa.Column('amount_minor', sa.BigInteger(), nullable=True),
    sa.Column('currency', sa.Text(), nullable=True),
    sa.Column('room_id', sa.BigInteger(), nullable=True),
    sa.Column('service_id', sa.BigInteger(), nullable=True),
    sa.Column('valid_from', sa.Date(), nullable=True),
    sa.Column('valid_until', sa.Date(), nullable=True),
    sa.Column('most_uses', sa.Integer(), nullable=True),
    sa.Column('most_per_customer', sa.Integer(), nullable=True),
    sa.Column('uses', sa.Integer(), server_default='0', nullable=False),
    sa.Column('active', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint('(amount_minor IS NULL) = (currency IS NULL)', name=op.f('ck_coupon_currency')),
    sa.CheckConstraint('num_nonnulls(percent, amount_minor) = 1', name=op.f('ck_coupon_one_value')),
    sa.CheckConstraint('num_nonnulls(room_id, service_id) <= 1', name=op.f('ck_coupon_scope')),
    sa.CheckConstraint('percent BETWEEN 1 AND 100 AND amount_minor > 0', name=op.f('ck_coupon_value')),
    sa.CheckConstraint('uses >= 0 AND uses <= coalesce(most_uses, uses)', name=op.f('ck_coupon_uses')),
    sa.CheckConstraint('valid_from <= valid_until', name=op.f('ck_coupon_validity')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_coupon_merchant_id_merchant'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['room_id'], ['room.id'], name=op.f('fk_coupon_room_id_room'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['service_id'], ['service.id'], name=op.f('fk_coupon_service_id_service'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_coupon')),
    sa.UniqueConstraint('merchant_id', 'code', name=op.f('uq_coupon_merchant_id_code'))
    )
    op.create_table('deposit_rule',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('merchant_id', sa.BigInteger(), nullable=False),
    sa.Column('room_id', sa.BigInteger(), nullable=True),
    sa.Column('service_id', sa.BigInteger(), nullable=True),
    sa.Column('percent', sa.Integer(), nullable=True),
    sa.Column('amount_minor', sa.BigInteger(), nullable=True),
    sa.Column('rest_days_before', sa.Integer(), server_default='7', nullable=False),
    sa.CheckConstraint('num_nonnulls(percent, amount_minor) = 1', name=op.f('ck_deposit_rule_one_value')),
    sa.CheckConstraint('num_nonnulls(room_id, service_id) <= 1', name=op.f('ck_deposit_rule_scope')),
    sa.CheckConstraint('percent BETWEEN 1 AND 99 AND amount_minor > 0', name=op.f('ck_deposit_rule_value')),
    sa.CheckConstraint('rest_days_before BETWEEN 0 AND 365', name=op.f('ck_deposit_rule_rest')),
    sa.ForeignKeyConstraint(['merchant_id'], ['merchant.id'], name=op.f('fk_deposit_rule_merchant_id_merchant'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['room_id'], ['room.id'], name=op.f('fk_deposit_rule_room_id_room'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['service_id'], ['service.id'], name=op.f('fk_deposit_rule_service_id_service'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deposit_rule')),
    sa.UniqueConstraint('merchant_id', 'room_id', 'service_id', name=op.f('uq_deposit_rule_merchant_id_room_id_service_id'), postgresql_nulls_not_distinct=True)
    )
    op.create_table('coupon_use',
    sa.Column('coupon_id', sa.BigInteger(), nullable=False),
    sa.Column('reference', sa.Text(), nullable=False),
    sa.Column('customer', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.ForeignKeyConstraint(['coupon_id'], ['coupon.id'], name=op.f('fk_coupon_use_coupon_id_coupon'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('coupon_id', 'reference', name=op.f('pk_coupon_use'))
    )
    op.create_index('ix_coupon_use_coupon_id_customer', 'coupon_use', ['coupon_id', 'customer'], unique=False)
    op.create_index('ix_coupon_use_reference', 'coupon_use', ['reference'], unique=False)
    op.create_table('session_cancellation',
    sa.Column('session_id', sa.BigInteger(), nullable=False),
    sa.Column('actor', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), server_default='', nullable=False),
    sa.Column('bookings', sa.Integer(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['session_id'], ['session.id'], name=op.f('fk_session_cancellation_session_id_session')),
    sa.PrimaryKeyConstraint('session_id', name=op.f('pk_session_cancellation'))
    )
    op.create_table('booking_change',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('booking_id', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), server_default='pending', nullable=False),
    sa.Column('claim_id', sa.Uuid(), server_default=sa.text('gen_random_uuid()'), nullable=False),
    sa.Column('before', postgresql.JSONB(astext_type=Text()), nullable=False),
    sa.Column('after', postgresql.JSONB(astext_type=Text()), nullable=False),
    sa.Column('difference_minor', sa.BigInteger(), nullable=False),
    sa.Column('refunded_minor', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('by_merchant', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('hold_expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('paying_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('actor', sa.Text(), server_default='', nullable=False),
    sa.Column('reason', sa.Text(), server_default='', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("kind IN ('move', 'part')", name=op.f('ck_booking_change_kind')),
    sa.CheckConstraint("state IN ('pending', 'done', 'expired')", name=op.f('ck_booking_change_state')),
    sa.ForeignKeyConstraint(['booking_id'], ['booking.id'], name=op.f('fk_booking_change_booking_id_booking'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_booking_change')),
    sa.UniqueConstraint('claim_id', name=op.f('uq_booking_change_claim_id'))
    )
    op.create_index(op.f('ix_booking_change_booking_id'), 'booking_change', ['booking_id'], unique=False)
    op.create_index('ix_booking_change_hold_expires_at', 'booking_change', ['hold_expires_at'], unique=False, postgresql_where=sa.text("state = 'pending'"))
    op.create_index('uq_booking_change_pending', 'booking_change', ['booking_id'], unique=True, postgresql_where=sa.text("state = 'pending'"))
    op.add_column('booking', sa.Column('due_now_minor', sa.BigInteger(), nullable=True))
    op.add_column('booking', sa.Column('rest_due_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('booking', sa.Column('tax', postgresql.JSONB(astext_type=Text()), nullable=True))
    op.add_column('booking', sa.Column('coupon_id', sa.BigInteger(), nullable=True))
    op.add_column('booking', sa.Column('most_percent_back', sa.Integer(), nullable=True))
    op.create_foreign_key(op.f('fk_booking_coupon_id_coupon'), 'booking', 'coupon', ['coupon_id'], ['id'], postgresql_not_valid=True)
    op.add_column('booking_line', sa.Column('cause', sa.Text(), server_default='', nullable=False))
    op.add_column('payment', sa.Column('purpose', sa.Text(), server_default='booking', nullable=False))
    op.add_column('payment', sa.Column('beside_id', sa.BigInteger(), nullable=True))
    op.add_column('payment', sa.Column('user_id', sa.BigInteger(), nullable=True))
    op.add_column('payment', sa.Column('capture_id', sa.Text(), nullable=True))
    op.add_column('payment', sa.Column('received_minor', sa.BigInteger(), nullable=True))
    op.add_column('payment', sa.Column('received_currency', sa.Text(), nullable=True))
    op.add_column('payment', sa.Column('failure', sa.Text(), nullable=True))
    op.create_foreign_key(op.f('fk_payment_beside_id_payment'), 'payment', 'payment', ['beside_id'], ['id'], postgresql_not_valid=True)
    op.create_foreign_key(op.f('fk_payment_user_id_user_account'), 'payment', 'user_account', ['user_id'], ['id'], postgresql_not_valid=True)
    op.add_column('refund', sa.Column('destination', sa.Text(), server_default='original', nullable=False))
    op.add_column('refund', sa.Column('user_id', sa.BigInteger(), nullable=True))
    op.add_column('refund', sa.Column('reason', sa.Text(), server_default='', nullable=False))
    op.create_foreign_key(op.f('fk_refund_user_id_user_account'), 'refund', 'user_account', ['user_id'], ['id'], postgresql_not_valid=True)
    op.add_column('user_account', sa.Column('refund_to', sa.Text(), nullable=True))
    for table, name, condition in CHECKS:
        if name in WIDENED:
            op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({condition}) NOT VALID")
    op.execute(
        "CREATE TRIGGER ledger_entry_is_append_only BEFORE UPDATE OR DELETE ON ledger_entry"
        " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    for table, name, _condition in CHECKS:
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    op.execute(
        "ALTER TABLE payment ADD CONSTRAINT ck_payment_state"
        " CHECK (state IN ('pending', 'succeeded', 'failed', 'abandoned')) NOT VALID"
    )
    op.execute(
        "ALTER TABLE price_rule ADD CONSTRAINT ck_price_rule_kind CHECK (kind IN"
        " ('peak', 'weekend', 'level', 'early_bird', 'last_minute', 'duration', 'demand')) NOT VALID"
    )
    op.drop_column('user_account', 'refund_to')
    op.drop_constraint(op.f('fk_refund_user_id_user_account'), 'refund', type_='foreignkey')
    op.drop_column('refund', 'reason')
    op.drop_column('refund', 'user_id')
    op.drop_column('refund', 'destination')
    op.drop_constraint(op.f('fk_payment_user_id_user_account'), 'payment', type_='foreignkey')
    op.drop_constraint(op.f('fk_payment_beside_id_payment'), 'payment', type_='foreignkey')
    op.drop_column('payment', 'failure')
    op.drop_column('payment', 'received_currency')
    op.drop_column('payment', 'received_minor')
    op.drop_column('payment', 'capture_id')
    op.drop_column('payment', 'user_id')
    op.drop_column('payment', 'beside_id')
    op.drop_column('payment', 'purpose')
    op.drop_column('booking_line', 'cause')
    op.drop_constraint(op.f('fk_booking_coupon_id_coupon'), 'booking', type_='foreignkey')
    op.drop_column('booking', 'most_percent_back')
    op.drop_column('booking', 'coupon_id')
    op.drop_column('booking', 'tax')
    op.drop_column('booking', 'rest_due_at')
    op.drop_column('booking', 'due_now_minor')
    op.drop_index('uq_booking_change_pending', table_name='booking_change', postgresql_where=sa.text("state = 'pending'"))
    op.drop_index('ix_booking_change_hold_expires_at', table_name='booking_change', postgresql_where=sa.text("state = 'pending'"))
    op.drop_index(op.f('ix_booking_change_booking_id'), table_name='booking_change')
    op.drop_table('booking_change')
    op.drop_table('session_cancellation')
    op.drop_index('ix_coupon_use_reference', table_name='coupon_use')
    op.drop_index('ix_coupon_use_coupon_id_customer', table_name='coupon_use')
    op.drop_table('coupon_use')
    op.drop_table('deposit_rule')
    op.drop_table('coupon')
    op.drop_index('ix_ledger_entry_account_id_id', table_name='ledger_entry')
    op.drop_table('ledger_entry')
    op.drop_index(op.f('ix_dispute_payment_id'), table_name='dispute')
    op.drop_table('dispute')
    op.drop_index('ix_transfer_user_id_created_at', table_name='transfer')
    op.drop_index('ix_transfer_reference', table_name='transfer', postgresql_where=sa.text("reference <> ''"))
    op.drop_index('ix_transfer_merchant_id_created_at', table_name='transfer')
    op.drop_table('transfer')
    op.drop_table('tax')
    op.drop_index('ix_statement_month', table_name='statement')
    op.drop_table('statement')
    op.drop_table('paper_series')
    op.drop_index(op.f('ix_paper_reference'), table_name='paper')
    op.drop_table('paper')
    op.drop_index('uq_money_case_open', table_name='money_case', postgresql_where=sa.text('closed_at IS NULL'))
    op.drop_index('ix_money_case_merchant_id_opened_at', table_name='money_case')
    op.drop_table('money_case')
    op.drop_index(op.f('ix_gift_card_merchant_id'), table_name='gift_card')
    op.drop_table('gift_card')
    op.drop_table('ledger_account')
