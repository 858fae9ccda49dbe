"""Tests mirror the packages: one sentence each, literal fixtures, no sleeping, no order between them."""
