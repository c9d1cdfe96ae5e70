"""What maintainers run, by make."""
