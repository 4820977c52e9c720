"""What orders saved chats, finds them, gives them away and takes them in."""
