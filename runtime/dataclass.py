"""`dataclass`, `field` and `replace` as the standard library has them, but light to import.

The standard decorator writes and compiles six functions for each class as it is declared; for the
200 kinds of value in the compiler that took longer than checking a file with them. `declare.py`
waits until the first value of a class is made. Type checkers read the standard decorator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass, field, replace
else:
    from .declare import dataclass, field, replace

__all__ = ["dataclass", "field", "replace"]
