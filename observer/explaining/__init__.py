"""`observer explain`: the life of one thing as a story."""
