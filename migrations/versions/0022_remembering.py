"""What rarely changes is remembered by a number that whoever changes it sets anew, in the same transaction."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

TABLES = (
    "addon", "closure", "deposit_rule", "facilitator", "merchant", "opening_hours", "photo", "price_rule", "resource",
    "review", "room", "service", "service_facilitator", "service_length", "service_question", "service_room", "tax",
    "terms", "venue", "working_hours",
)


def upgrade() -> None:
    op.execute("CREATE SEQUENCE remembered_version_number")
    op.create_table(
        "remembered_version",
        sa.Column("id", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_remembered_version_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remembered_version")),
    )
    op.execute("INSERT INTO remembered_version VALUES (1, nextval('remembered_version_number'))")
    op.execute(
        """
        CREATE FUNCTION change_what_is_remembered() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            UPDATE remembered_version SET number = nextval('remembered_version_number');
            RETURN NULL;
        END $$
        """
    )
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER changes_what_is_remembered AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION change_what_is_remembered()"
        )


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DROP TRIGGER changes_what_is_remembered ON {table}")
    op.execute("DROP FUNCTION change_what_is_remembered()")
    op.drop_table("remembered_version")
    op.execute("DROP SEQUENCE remembered_version_number")
