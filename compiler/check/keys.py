"""Keys of settings: unknown ones, and those that are set twice."""

from __future__ import annotations

from collections.abc import Iterable

from ...runtime.dataclass import dataclass
from ..diagnostics.diagnostic import Edit, Fix, Label
from ..source import Span
from ..syntax import ast
from .closest import closest, listed
from .finding import finding
from .infer import infer
from .scope import Scope


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose settings are read: the words and the code of "there is no setting called …".

    `compiled` says that nothing later than the compile stage may stand in them.
    """

    where: str
    code: str = "MLP0502"
    title: str | None = None
    compiled: bool = False


def report_twice(name: str, second: Span, first: Span, scope: Scope) -> None:
    scope.file.add(
        finding(
            "MLP0504",
            f"`{name}` is set twice",
            second,
            "again here",
            labels=(Label(first, "first here"),),
            help=("keep one of them",),
        )
    )


def report_unknown_setting(key: ast.Name, names: Iterable[str], owner: Owner, scope: Scope) -> None:
    """A key that no rule knows."""
    near = closest(key.text, names)
    fixes = []
    if near is not None:
        fixes.append(Fix(f"rename it to `{near}`", (Edit(key.span, near),), safe=True))
    if owner.title is not None:
        message = f"{owner.title} has no setting called `{key.text}`"
    else:
        message = f"there is no setting called `{key.text}` in `{owner.where}`"
    known = listed(names)
    scope.file.add(
        finding(
            owner.code,
            message,
            key.span,
            f"did you mean `{near}`?" if near else "nothing of this name can be set here",
            notes=(f"there are {known}",) if known else (),
            fixes=fixes,
        )
    )


def touch(setting: ast.Setting, scope: Scope) -> None:
    """Types what an unknown key was given, so that names in it count as used."""
    if isinstance(setting, ast.SetValue):
        infer(setting.value, scope)
        return
    for inner in setting.settings:
        touch(inner, scope)
