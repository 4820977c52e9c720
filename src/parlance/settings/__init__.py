"""Deployment settings: a typed tree, and layers with origins."""
