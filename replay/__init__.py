"""Recordings: writing, reading, importing and merging, playing, seeking, verifying."""
