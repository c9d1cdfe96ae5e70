"""The project as a newcomer sees it: README, make, wheel."""
