"""Lowering: from a checked program to a graph; the one bridge between text and graph."""

from .faults import Mistaken, NotKnown, RangeNotKnown
from .frame import Choice
from .pipeline import lower

__all__ = ["Choice", "Mistaken", "NotKnown", "RangeNotKnown", "lower"]
