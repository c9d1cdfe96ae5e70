"""Tests of what a change of the spec is said to mean."""
