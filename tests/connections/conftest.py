"""Fixtures for the tests of the connections: those of the wrapper, which need no client."""

from __future__ import annotations

from tests.wrapper.conftest import _empty_environment, clock, server_tls

__all__ = ["_empty_environment", "clock", "server_tls"]
