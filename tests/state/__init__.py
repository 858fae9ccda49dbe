"""Tests of `state`: from events to snapshots."""
