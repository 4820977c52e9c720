"""The server itself: whether it lives, whether it takes work, what it measures and how it introduces itself."""
