"""Tests of the wrapper: what it takes, what it sends, and what it refuses to send."""
