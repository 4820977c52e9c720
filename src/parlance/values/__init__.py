"""Frozen data that every other part of Parlance shares. Nothing here does I/O or imports from above."""
