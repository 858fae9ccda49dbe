"""How fast the observer is, beside the tools that people use on logs today. `make bench` runs it."""
