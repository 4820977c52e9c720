"""Parlance's own API: the table of operations under `/parlance/v1/`, and the server's own routes."""
