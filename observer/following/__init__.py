"""Following what is still being written: files, containers, pipes."""
