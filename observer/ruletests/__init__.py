"""`observer test-rules`: unit tests of rules."""
