"""The wire of Ollama: NDJSON, nanoseconds, and the verbs on models. docs/dialects/ollama.md states every field."""
