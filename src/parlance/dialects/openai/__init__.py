"""OpenAI's wire API: models, chat completions, text completions, responses and embeddings."""
