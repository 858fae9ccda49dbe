"""What is known of a network: typed events, one immutable snapshot, and the fold from one to the other.

This layer is pure (no clock, file, socket, thread or randomness) and imports nothing of the project.
"""
