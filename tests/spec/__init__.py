"""Tests of the files in spec/, and of the scripts that write them."""
