"""The log statements of xmtpd that the simulator writes, word for word, by the part of the program they stand in."""
