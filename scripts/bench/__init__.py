"""The benchmark: the cost of the client and of others, as ratios within one run."""
