"""People: who they are and how they sign in.

User      somebody with an email, who may sign in.
Sign-in   one signed-in browser; a row, so that it can be ended.
Email link  a one-time link sent by mail: verify, reset a password, change the email.
Actor     who is doing something right now: a user, a visitor, or the system.
"""
