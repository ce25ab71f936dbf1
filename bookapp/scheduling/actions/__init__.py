"""Verbs of scheduling. Each is one transaction, or joins its caller's."""
