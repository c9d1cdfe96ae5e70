"""Tests of the way from spec/ to generated/, and of the pins that it rests on."""
