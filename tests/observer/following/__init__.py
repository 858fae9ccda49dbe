"""Following what is still being written."""
