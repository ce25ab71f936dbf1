"""flask identity …: what the operator does with accounts."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from bookapp.identity import actions
from bookapp.identity.actor import SYSTEM
from bookapp.identity.queries import user_by_email
from bookapp.infra import clock

commands = AppGroup("identity", help="Accounts and their roles.")


@commands.command("make-admin")
@click.argument("email")
@click.option("--undo", is_flag=True, help="Take the role away again.")
def make_admin(email: str, *, undo: bool) -> None:
    """Make the account with EMAIL an admin of the platform; whoever is signed in to it signs in again."""
    user = user_by_email(email)
    if user is None:
        raise click.ClickException(f"There is no account with the email {email}.")
    actions.set_admin(user.id, is_admin=not undo, by=SYSTEM, reason="command line", now=clock.now())
    click.echo(f"{user.email} is {'no longer an admin' if undo else 'an admin'}.")
