"""Knowledge: documents in, passages that can be found and cited out."""
