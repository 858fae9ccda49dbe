"""From bytes to events: framing, log formats, and one module of statements per observed system.

This layer is pure: it reads no file and no clock, and it never raises because of what a log says.
"""
