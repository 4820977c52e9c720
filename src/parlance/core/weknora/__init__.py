"""What WeKnora's clients want that nobody else does: logins with tokens to renew, notes on tenants, tenants' models."""
