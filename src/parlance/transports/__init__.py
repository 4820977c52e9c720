"""What moves bytes between clients and the dialects' tables; nothing here knows a particular dialect."""
