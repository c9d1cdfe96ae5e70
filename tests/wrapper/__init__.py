"""Tests of the wrapper: its arguments, its requests and its errors."""
