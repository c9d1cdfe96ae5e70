"""The project as a newcomer meets it: README, make, wheel."""
