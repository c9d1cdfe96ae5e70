"""What still stands between a tree and a release."""
