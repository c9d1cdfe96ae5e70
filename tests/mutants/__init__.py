"""Whether what proves the client would notice a mistake in it."""
