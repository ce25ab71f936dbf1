"""A number that was not given before in this process, so that names and emails differ."""

import itertools

_counter = itertools.count(1)


def another() -> int:
    """1, 2, 3, …"""
    return next(_counter)
