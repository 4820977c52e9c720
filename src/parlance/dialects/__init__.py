"""One folder per wire API. A dialect translates: wire in to operations, events out to frames. It decides nothing."""
