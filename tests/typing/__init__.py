"""Samples for type checkers, which are never run, and tests of help()."""
