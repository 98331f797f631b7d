"""Reasons: the leaves in which a stored result's key differs from today's, in the user's words."""

from .changes import changes
from .reason import Reason

__all__ = ["Reason", "changes"]
