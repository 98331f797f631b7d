"""Lowering: from a checked program to a graph; the one bridge between text and graph."""

from .expressions import NotKnown
from .pipeline import Choice, lower

__all__ = ["Choice", "NotKnown", "lower"]
