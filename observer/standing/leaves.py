"""Leaves of formulas in stable names, for every answer that says why an alert stands as it does."""

from __future__ import annotations

from observer.answers_alerts import LeafStanding
from waits.leaves import LeafAnswer


def leaf_standing(leaf: LeafAnswer) -> LeafStanding:
    """A leaf in stable names."""
    return LeafStanding(text=leaf.text, has=leaf.has, needs=leaf.needs, truth=leaf.truth, detail=leaf.detail)
