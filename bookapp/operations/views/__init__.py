"""Probes for machines, and the post of a demonstration."""
