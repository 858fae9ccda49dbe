"""`observer alerts`: what fired, when, for how long."""
