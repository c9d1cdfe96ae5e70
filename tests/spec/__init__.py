"""Tests of what is in spec/, and of the two scripts that put it there."""
