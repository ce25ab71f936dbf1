"""flask demo fill: the demo world into an empty database; flask demo scale: a whole town into one."""

from __future__ import annotations

import sys
import time

import click
from flask.cli import AppGroup
from sqlalchemy import func, select

from bookapp.catalog.models import Merchant
from bookapp.demo import counsel, houses, stillwater, today
from bookapp.demo.accounts import create_accounts, regulars
from bookapp.demo.life import Life, close_months, forget_old_post
from bookapp.demo.news import tell_facilitators
from bookapp.demo.scale import Size, broken
from bookapp.demo.scale import fill as fill_town
from bookapp.demo.scale.filling import PASSWORD
from bookapp.demo.scale.progress import Bar
from bookapp.identity.queries import actor_of
from bookapp.infra import clock
from bookapp.infra.db import db
from bookapp.infra.progress import Steps
from bookapp.infra.settings import current_settings

demo = AppGroup("demo", help="A small living shop to try Bookapp with.")
_EVERY = 20


@demo.command("fill")
def fill() -> None:
    """Build the demo world. Refused in production, and where there is a merchant already."""
    if current_settings().is_production:
        raise click.ClickException("The demo world is not for production.")
    if db.session.scalar(select(func.count()).select_from(Merchant)):
        click.echo("There is something in this database already; it stays as it is.")
        return
    now = clock.now().replace(minute=0, second=0, microsecond=0)
    users = create_accounts(now)
    click.echo("people")
    house = houses.build(users, now)
    studio = stillwater.build(users, now)
    offices = counsel.build()
    click.echo("three merchants, their rooms, classes and people")
    everybody = [actor_of(user) for user in regulars(users)]
    today.enliven(studio, everybody, actor_of(users["miriam"]), now)
    click.echo("a day that is under way")
    life = Life(house, studio, offices, users, now)
    steps = life.steps()
    for number, step in enumerate(steps, start=1):
        life.live(*step)
        db.session.remove()  # what one booking has read is of no use to the next
        if number % _EVERY == 0 or number == len(steps):
            click.echo(f"{number}/{len(steps)} bookings")
    tell_facilitators(now)
    close_months(now)
    forget_old_post()


@demo.command("scale")
@click.option("--users", type=int, default=170_000, show_default=True)
@click.option("--bookings", type=int, default=1_600_000, show_default=True)
@click.option("--rooms", type=int, default=2_000, show_default=True)
@click.option("--sessions", type=int, default=20_000, show_default=True)
@click.option("--seed", type=click.IntRange(0, 1_000_000), default=1, show_default=True)
def scale(users: int, bookings: int, rooms: int, sessions: int, seed: int) -> None:
    """Fill an empty database with a town's worth of bookings, and check every invariant on it.

    Everybody can sign in as person<number>@example.net. A fill that was interrupted leaves the database useless.
    """
    size = Size(users, bookings, rooms, sessions, seed)
    if current_settings().is_production:
        raise click.ClickException("The demo world is not for production.")
    if problem := size.problem():
        raise click.ClickException(problem)
    if db.session.scalar(select(func.count()).select_from(Merchant)):
        raise click.ClickException("There is something in this database already; it stays as it is.")
    db.session.remove()
    now, steps, began = clock.now().replace(minute=0, second=0, microsecond=0), Steps(sys.stdout), time.monotonic()
    connection = db.engine.raw_connection()
    try:
        connection.driver_connection.autocommit = True
        fill_town(connection, size, now=now, tell=Bar(steps).tell)
        steps.note(f"  {bookings} bookings in {time.monotonic() - began:.0f} s; everybody's password is {PASSWORD}")
        wrong = broken(connection, size, now=now, tell=lambda words, times, seconds: steps.note(
            f"  {times or 'ok':>6}  not one: {words} ({seconds:.1f} s)"))  # fmt: skip
    finally:
        # It has its own settings: nobody else gets it.
        connection.invalidate()
    if wrong:
        raise click.ClickException(f"{len(wrong)} invariants do not hold.")
