"""Lowering: from a checked program to a graph; the one bridge between text and graph."""

from .faults import Mistaken, NotBuilt, NotKnown, RangeNotKnown
from .frame import Choice
from .pipeline import lower

__all__ = ["Choice", "Mistaken", "NotBuilt", "NotKnown", "RangeNotKnown", "lower"]
