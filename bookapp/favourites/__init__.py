"""Rooms and venues that a customer keeps for later."""
