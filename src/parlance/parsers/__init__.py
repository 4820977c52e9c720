"""One file per format. A parser reads one file in a child process and knows nothing of who asks."""
