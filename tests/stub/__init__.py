"""Tests of the stub: requests that break the document are refused, and no others."""
