"""`make soak`: half an hour of everything at once, to see that nothing grows and nothing breaks.

soaking.py   the load, round by round, and the memory of each process after each.
__main__.py  the command: a town of its own, the rounds, and what is wrong with them.
"""
