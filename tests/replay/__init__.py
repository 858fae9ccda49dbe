"""The `replay` layer: what import, recording and playing promise, each test naming the rule it holds."""
