"""Everything that leaves this server over HTTP. Engines use `Client`; what a user's URL names goes through `Guard`."""
