"""The command, as people and scripts run it."""
