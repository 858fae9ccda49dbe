"""The application layer, mostly by command: what people type, and what they get back."""
