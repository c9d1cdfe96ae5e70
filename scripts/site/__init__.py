"""Settings and hooks of the documentation."""
