"""Work that outlives a process, and who does it."""
