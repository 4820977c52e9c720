"""Backups of the whole server."""
