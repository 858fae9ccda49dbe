"""Workers, with a real broker and a real database."""
