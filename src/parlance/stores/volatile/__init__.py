"""Every port in memory: for one process, for tests, and for `--ephemeral`."""
