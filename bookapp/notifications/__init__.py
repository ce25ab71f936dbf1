"""Messages to people: written in the transaction that causes them, delivered by a worker at least once.

Message    what to say, to whom, why. Unique by (kind, cause, recipient, channel), so a repeated job says it once.
Attachment a name and the maker that produces its bytes at delivery, so that no file is made inside a transaction.
"""
