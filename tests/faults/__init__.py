"""What a network and a server can do to a call, and what becomes of the key."""
