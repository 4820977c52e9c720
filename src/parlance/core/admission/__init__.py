"""What a run passes before an engine is called: gate, line, answer cache, join, batches."""
