"""Documents of every format with the same facts in them, made when they are needed, and files that break parsers."""
