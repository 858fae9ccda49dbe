"""What a live network looks like on a terminal and in a pipe."""
