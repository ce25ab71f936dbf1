"""Money in and out, through one gateway or another. Knows references, not bookings.

Payment   an amount somebody is asked for, at one gateway. Refund: part of it on its way back.
Gateway   a provider behind one protocol (`gateways/base.py`). The sandbox is ours and says so.
Webhook event  what a provider told us: verified, stored once, worked off by a job in any order.
"""
