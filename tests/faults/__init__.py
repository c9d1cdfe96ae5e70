"""Tests of faults: failures of networks and servers, and their effect on the key."""
