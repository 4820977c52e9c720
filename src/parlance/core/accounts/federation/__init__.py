"""Signing in by another server's word: an OpenID provider's, or that of a proxy in front of us."""
