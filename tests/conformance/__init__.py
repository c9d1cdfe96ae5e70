"""Property tests: what the client sends is what the spec describes."""
