"""The benchmark: what the client costs beside what it replaces, as ratios of one run."""
