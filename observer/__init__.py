"""The application: command line, sources, answers. Everything with an effect lives here."""

__version__ = "0.1.0"
