"""Children of the server: supervised processes for heavy or untrusted work, and the pipe that they speak."""
