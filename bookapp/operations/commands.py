"""For the operator: `flask outbox list` and `retry` see and mend promised work, `flask payments check-books` counts."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from bookapp.identity.actor import SYSTEM
from bookapp.infra import clock, queue
from bookapp.operations import actions, queries

outbox = AppGroup("outbox", help="Work that was promised in a transaction.")


@outbox.command("list")
@click.option("--state", type=click.Choice(queries.STATES), default="dead", show_default=True)
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
def list_rows(state: str, limit: int) -> None:
    """Show rows, newest first: id, job and ids, tries, when next, and what went wrong."""
    rows = queries.outbox_rows(state, limit)
    for row in rows:
        arguments = ", ".join(str(argument) for argument in row.args)
        line = f"{row.id:>8}  {row.name}({arguments})  tries {row.attempts}  {row.run_at:%Y-%m-%d %H:%M:%S}Z"
        click.echo(f"{line}  {row.last_error}" if row.last_error else line)
    click.echo(f"{len(rows)} {state}")


@outbox.command("retry")
@click.argument("row_ids", nargs=-1, type=int)
@click.option("--all", "every", is_flag=True, help="Every dead row.")
def retry(row_ids: tuple[int, ...], every: bool) -> None:
    """Make dead rows due again."""
    wanted = [row.id for row in queries.outbox_rows("dead", 1000)] if every else list(row_ids)
    revived = actions.retry(SYSTEM, wanted, now=clock.now())
    queue.ring(wanted)
    click.echo(f"{revived} due again")


payments = AppGroup("payments", help="Money.")


@payments.command("check-books")
def check_books() -> None:
    """Compare every table that speaks of money with the others. Exit code 1, and each difference in words."""
    found = queries.differences()
    for one in found:
        click.echo(str(one))
    if found:
        click.echo(f"{len(found)} differences")
        raise SystemExit(1)
    click.echo(f"{len(queries.RULES)} rules, no difference")
