"""Tests of the wrapper: arguments, requests, responses and errors."""
