"""Lowering: from a checked program to a graph; the one bridge between text and graph."""

from .expressions import NotBuilt, NotKnown
from .pipeline import Choice, lower

__all__ = ["Choice", "NotBuilt", "NotKnown", "lower"]
