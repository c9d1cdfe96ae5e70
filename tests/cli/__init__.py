"""The command loses no key, and shows a secret only on request."""
