"""Compares two versions of a pipeline as values: what changed, what re-runs, who is affected."""

from .compare import compare
from .values import Category, Difference, Version

__all__ = ["Category", "Difference", "Version", "compare"]
