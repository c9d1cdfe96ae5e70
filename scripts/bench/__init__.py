"""The benchmark: the cost of this client compared with others, as ratios within one run."""
