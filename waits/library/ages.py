"""Ages that functions give: journal times since which something is so."""

from __future__ import annotations

NEVER = 1 << 61
"""As the beginning of an age: one that has not begun."""
