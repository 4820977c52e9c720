"""Small Protocols that the core needs and adapters provide; each names the contract suite that judges them."""
