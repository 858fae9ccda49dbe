"""Tests of `parsers`: from bytes to events."""
