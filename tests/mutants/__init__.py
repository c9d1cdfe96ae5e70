"""Check that the tests would notice mistakes in the code."""
