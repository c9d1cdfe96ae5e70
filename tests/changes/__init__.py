"""Tests of the report on changes of the spec."""
