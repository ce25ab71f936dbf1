"""`make bench`: how fast every page is in a small and in a large town, beside a bare stack, in one run.

towns.py     starts the servers, and fills each town once; a run works on a copy.
lines.py     which pages are measured, chosen from what is in the town.
load.py      asks for them, in a process of its own.
bare.py      the same queries and templates without Bookapp between them.
journeys.py  what changes something: sign-in, hold, webhook, a booking from end to end, a race.
measuring.py one town measured. table.py shows it. __main__.py is the command.
"""
