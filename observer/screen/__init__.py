"""What `observer attach` shows while it runs: one screen on a terminal, lines elsewhere."""
