"""The connections, by themselves."""
