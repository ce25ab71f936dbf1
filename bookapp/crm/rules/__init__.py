"""Decisions of the CRM; no database, no clock."""
