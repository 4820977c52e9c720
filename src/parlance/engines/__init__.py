"""One file per wire format. An engine speaks to one kind of upstream and knows nothing of who asks."""
