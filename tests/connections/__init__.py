"""Tests of portkey_admin_connections, without the wrapper."""
