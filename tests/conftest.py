"""Fixtures that tests of all packages share."""

pytest_plugins = ["tests.components.fixtures"]
