"""The command portkey-admin, for creating and managing keys by hand or in CI."""
