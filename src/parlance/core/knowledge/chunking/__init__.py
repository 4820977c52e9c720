"""Cutting a document into passages: `passages.chunked`. What may not be cut is in `regions`, where it may in `cuts`."""
