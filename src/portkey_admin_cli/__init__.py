"""The command portkey-admin, for those who create keys by hand or in CI."""
