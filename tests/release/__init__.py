"""Tests of the release check."""
