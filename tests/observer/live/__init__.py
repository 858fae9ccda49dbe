"""Tests of being attached."""
