"""The product: typed operations, who may do them, and what they do. Knows ports, never adapters."""
