"""Runs and flights: one upstream call with one ordered log, and every operation's own view of it."""
