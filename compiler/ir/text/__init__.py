"""The text form of graphs: `to_text` writes it, `from_text` reads it back."""

from .read import from_text
from .spell import expression_text
from .write import to_text

__all__ = ["expression_text", "from_text", "to_text"]
