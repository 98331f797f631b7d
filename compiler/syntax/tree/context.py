"""What every builder is given: the tokens being read and where to report small mistakes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from ....runtime.dataclass import dataclass, field
from ...diagnostics.diagnostic import Diagnostic
from ...source import Span
from .. import ast
from ..tokens import Tokens


@dataclass(slots=True)
class Context:
    """The tokens of one parse and the mistakes found while building its tree.

    `inner(start, end)` parses an interpolated expression, None where it is broken and reported.
    """

    tokens: Tokens
    inner: Callable[[int, int], ast.Expr | None]
    mistakes: list[Diagnostic] = field(default_factory=list)

    def span(self, first: int, last: int) -> Span:
        """From the start of token `first` to the end of token `last`."""
        tokens = self.tokens
        return Span(tokens.source.name, tokens.starts[first], tokens.ends[last])

    def name(self, token: int) -> ast.Name:
        return ast.Name(self.tokens.text(token), self.tokens.span(token))

    def maybe_name(self, token: int | None) -> ast.Name | None:
        return None if token is None else self.name(token)

    def doc(self, first: int) -> str | None:
        return self.tokens.docs.get(first)


# A builder gets the context, the numbers of its first and last token, and the parts its row in
# BUILDERS names, in that order, None for one left out. A part is what a builder made of it, the
# number of a token, or a list of either: Any, since only the grammar knows which.
Builder: TypeAlias = Callable[..., Any]
Builders: TypeAlias = Mapping[str, tuple[Builder, tuple[str, ...]]]
