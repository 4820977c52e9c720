"""One file per verb. A verb that talks to a running server imports nothing of the server."""
