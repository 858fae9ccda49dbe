"""A simulated network of xmtpd nodes, written from what is known of its log statements and its state machine."""
