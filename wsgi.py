"""The application as servers and the `flask` command find it: `wsgi:app`."""

from sqlalchemy.orm import configure_mappers

from bookapp.app import create_app
from bookapp.infra import live, memory
from bookapp.infra.turns import Turns

app = create_app()
app.wsgi_app = Turns(app.wsgi_app)  # type: ignore[method-assign]
live.end_with_process()
configure_mappers()  # else the first visitor waits for it
memory.settle()
