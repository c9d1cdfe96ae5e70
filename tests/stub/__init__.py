"""Tests of the stub: whatever breaks a document's promises is refused, and nothing else."""
