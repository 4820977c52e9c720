"""The chatbot app: people with passwords of their own, sets of memory, prompt and history, and guests."""
