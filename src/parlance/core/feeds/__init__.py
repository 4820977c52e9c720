"""A user's feed: a bounded log of what changed, for pages and sockets that show it."""
