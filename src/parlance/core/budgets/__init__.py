"""How much may be used, and how much was."""
