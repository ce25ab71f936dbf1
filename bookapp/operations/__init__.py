"""Running the place: is everything up, what is promised and not done, what was forgotten in time.

Outbox row  work promised in a transaction: due, done, or dead. A dead one waits for a person here.
"""
