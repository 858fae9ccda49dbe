"""The whole observer against networks that really run: the command line, processes, signals, files that change."""
