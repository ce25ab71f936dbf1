"""The application as servers and the `flask` command find it: `wsgi:app`."""

from bookapp.app import create_app

app = create_app()
