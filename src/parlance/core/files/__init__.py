"""Files that people keep here."""
