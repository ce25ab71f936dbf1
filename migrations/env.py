"""Runs migrations inside the app, each in its own transaction, giving up rather than blocking a busy table."""

from alembic import context
from flask import current_app
from sqlalchemy import text

db = current_app.extensions["migrate"].db


def run() -> None:
    """Migrate over a real connection; there is no offline mode."""
    with db.engine.connect() as connection:
        # A migration that has to wait for a lock makes everybody behind it wait too.
        connection.execute(text("SET lock_timeout = '5s'; SET statement_timeout = 0"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            compare_type=True,
            compare_server_default=False,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
