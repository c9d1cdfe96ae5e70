"""A tool of its own: many cases drawn at speed, and a measure of what any cases reach."""
