"""flask demo fill: the demo world into an empty database, with progress on one line."""

from __future__ import annotations

import click
from flask.cli import AppGroup
from sqlalchemy import func, select

from bookapp.catalog.models import Merchant
from bookapp.demo import counsel, houses, stillwater, today
from bookapp.demo.accounts import create_accounts, regulars
from bookapp.demo.life import Life, close_months, forget_old_post
from bookapp.demo.news import tell_facilitators
from bookapp.identity.queries import actor_of
from bookapp.infra import clock
from bookapp.infra.db import db
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
