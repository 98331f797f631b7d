"""One reason why a node is no hit."""

from __future__ import annotations

from ...runtime.dataclass import dataclass
from ..ir.values import NodeId
from ..source import Span


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a node is not a hit; `part` is the leaf of the key that changed, `was` and `now` its
    values where they can be said in words.

    `span` is what the program says of it. Where the change itself stands elsewhere, `file` names
    that file, seen from the program's folder; `quote` is the line that changed, of that file or of
    what `span` covers. `of` is the node that decides, where it is another one; `input`
    the input of the step that a reason is about, whose argument the call of `call` may write.
    """

    part: str
    text: str
    was: str | None = None
    now: str | None = None
    span: Span | None = None
    file: str | None = None
    quote: str | None = None
    of: NodeId | None = None
    input: str | None = None
    call: Span | None = None
