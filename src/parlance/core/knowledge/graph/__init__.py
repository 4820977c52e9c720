"""The graph of a base: drawn by a model out of its passages, walked by searches, shown to people (decision 0030)."""
