"""Pictures inside documents: what a model says of them, and its place in the text."""
