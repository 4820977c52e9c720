"""The pieces of the composition root: from settings to engines, to the core, to principals."""
