"""Tests of what is measured outside of the tests."""
