"""What a WeKnora installation had, taken in: tenants with their people and keys, models, bases, documents, sessions."""
