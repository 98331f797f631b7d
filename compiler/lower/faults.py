"""Why a program that checks cannot be lowered: values that are not known yet, or fit nowhere."""

from __future__ import annotations

from ..source import Span
from ..syntax import ast


class NotKnown(Exception):  # noqa: N818  (caught by the driver, which says MLP0902)
    """A setting, or the path of a file that is named, is not known yet on this target."""

    def __init__(self, expression: ast.Expr, what: str = "setting") -> None:
        super().__init__("not known when compiling")
        self.expression = expression
        self.what = what


class RangeNotKnown(Exception):  # noqa: N818  (caught by the driver, which says MLP0903)
    """A partition goes through keys that only the run's parameters decide."""

    def __init__(self, keyword: Span, bound: ast.Expr) -> None:
        super().__init__("its keys are known only when the run is submitted")
        self.keyword = keyword
        self.bound = bound


class Mistaken(Exception):  # noqa: N818  (caught by the driver, which says so at the place)
    """Known values that make no sense together: a mistake of whoever gave them."""

    def __init__(
        self, code: str, message: str, written: ast.Expr, label: str, help_: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message)
        self.code = code
        self.written = written
        self.span = written.span
        self.label = label
        self.help = help_
