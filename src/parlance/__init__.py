"""Parlance: one self-hosted AI chat server that every client already knows how to talk to."""

__version__ = "0.1.0"
