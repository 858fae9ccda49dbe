"""Networks that write logs of which the truth is known: they import nothing that reads logs."""
