"""Documents that are sound: what is said in them, and when, becomes their text."""
