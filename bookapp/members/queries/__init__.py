"""Reads about members: who they are, who is invited, who applies, which merchants there are, and what one lacks."""
