"""Tests of generating generated/ from spec/, and of the pinned tools."""
