"""xmtpd's part: which networks are simulated, what was true in them, what their logs can show of it."""
