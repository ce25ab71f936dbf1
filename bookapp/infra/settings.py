"""The operator's settings, where code runs inside the application."""

from flask import current_app

from config import Settings

EXTENSION = "bookapp.settings"


def current_settings() -> Settings:
    """The settings the current application was made with."""
    return current_app.extensions[EXTENSION]


def public_url(path: str) -> str:
    """The absolute address of one of our paths, for mails and providers: never made from what a request says."""
    return current_settings().public_base_url + path
