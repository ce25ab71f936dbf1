"""A second factor for those who run something, and an admin who acts as somebody."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

INDEXES = (
    ("audit_entry", ["impersonator_id", "at"]),
    ("sign_in", ["impersonator_id"]),
    ("sign_in", ["parent_id"]),
)


def _key() -> sa.Column:
    return sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True)


def _user(**more: object) -> sa.Column:
    return sa.Column("user_id", sa.BigInteger, sa.ForeignKey("user_account.id", ondelete="CASCADE"), **more)


def _at(name: str, **more: object) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), **more)


def _created() -> sa.Column:
    return _at("created_at", nullable=False, server_default=sa.func.now())


def upgrade() -> None:
    op.add_column("user_account", _at("second_factor_at"))
    op.add_column("user_account", sa.Column("factor_failures", sa.Integer, nullable=False, server_default="0"))
    op.add_column("user_account", _at("factor_paused_until"))
    op.add_column("audit_entry", sa.Column("impersonator_id", sa.BigInteger))
    op.add_column("sign_in", sa.Column("address", sa.Text))
    op.add_column("sign_in", sa.Column("factor", sa.Text))
    op.add_column("sign_in", sa.Column("reason", sa.Text))
    op.add_column("sign_in", sa.Column("impersonator_id", sa.BigInteger))
    op.add_column("sign_in", sa.Column("parent_id", sa.BigInteger))
    for column, table in (("impersonator_id", "user_account"), ("parent_id", "sign_in")):
        name = f"fk_sign_in_{column}_{table}"
        op.create_foreign_key(name, "sign_in", table, [column], ["id"], ondelete="CASCADE")
    op.create_check_constraint(
        op.f("ck_sign_in_impersonation"),
        "sign_in",
        "(impersonator_id IS NULL) = (parent_id IS NULL) AND (impersonator_id IS NULL) = (reason IS NULL)",
    )
    op.create_check_constraint(op.f("ck_sign_in_factor"), "sign_in", "factor IN ('app', 'passkey', 'recovery')")
    op.create_table(
        "authenticator_app",
        _user(nullable=False),
        sa.Column("secret", sa.Text, nullable=False),
        _created(),
        _at("confirmed_at"),
        sa.Column("last_step", sa.BigInteger),
        sa.PrimaryKeyConstraint("user_id", name="pk_authenticator_app"),
    )
    op.create_table(
        "passkey",
        _key(),
        _user(nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("credential_id", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("sign_count", sa.BigInteger, nullable=False),
        sa.Column("transports", postgresql.ARRAY(sa.Text), nullable=False, server_default="{}"),
        _created(),
        _at("used_at"),
    )
    op.create_index("ix_passkey_user_id", "passkey", ["user_id"])
    op.create_table(
        "recovery_code",
        _key(),
        _user(nullable=False),
        sa.Column("code_hash", sa.Text, nullable=False),
        _at("used_at"),
        sa.UniqueConstraint("user_id", "code_hash", name="uq_recovery_code_user_id_code_hash"),
    )
    op.create_table(
        "sign_in_step",
        _key(),
        _user(),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("token_hash", sa.Text, nullable=False, unique=True),
        sa.Column("user_version", sa.Integer),
        sa.Column("challenge", sa.LargeBinary),
        _created(),
        _at("expires_at", nullable=False),
        _at("used_at"),
        sa.CheckConstraint("purpose IN ('code', 'create', 'get')", name=op.f("ck_sign_in_step_purpose")),
    )
    op.create_index("ix_sign_in_step_user_id", "sign_in_step", ["user_id"])
    op.create_index("ix_sign_in_step_expires_at", "sign_in_step", ["expires_at"])
    with op.get_context().autocommit_block():
        for table, columns in INDEXES:
            op.create_index(
                _name(table, columns), table, columns, postgresql_concurrently=True,
                postgresql_where=sa.text(f"{columns[0]} IS NOT NULL"),
            )  # fmt: skip


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for table, columns in INDEXES:
            op.drop_index(_name(table, columns), table_name=table, postgresql_concurrently=True, if_exists=True)
    for table in ("sign_in_step", "recovery_code", "passkey", "authenticator_app"):
        op.drop_table(table)
    for column in ("parent_id", "impersonator_id", "reason", "factor", "address"):
        op.drop_column("sign_in", column)
    op.drop_column("audit_entry", "impersonator_id")
    for column in ("factor_paused_until", "factor_failures", "second_factor_at"):
        op.drop_column("user_account", column)


def _name(table: str, columns: list[str]) -> str:
    return f"ix_{table}_{'_'.join(columns)}"
