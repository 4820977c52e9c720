"""What runs put into their prompts."""
