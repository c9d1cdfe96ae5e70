"""The command does what it is told, loses no key, and shows none."""
