"""Settings for one kind of target, inside a step."""

from __future__ import annotations

from collections.abc import Mapping

from ..diagnostics.diagnostic import Edit, Fix
from ..syntax import ast
from .blocks import check_settings
from .closest import closest, listed
from .finding import finding
from .keys import Owner
from .scope import FileScope, Scope
from .settings import STEP_SETTINGS
from .values import TargetFacts


def check_patch(patch: ast.TargetPatch, inner: Scope, targets: Mapping[str, TargetFacts]) -> None:
    kind = patch.target.text
    facts = targets.get(kind)
    if facts is None:
        report_unknown_kind(patch.target, targets, inner.file)
        return
    rules = (*facts.step_settings, *STEP_SETTINGS)
    owner = Owner(kind, "MLP0904", f"`{kind}`", compiled=False)
    check_settings(patch.settings, rules, owner, inner)


def report_unknown_kind(
    kind: ast.Name, targets: Mapping[str, TargetFacts], scope: FileScope
) -> None:
    near = closest(kind.text, targets)
    label = "nothing of this name is installed"
    if kind.text in scope.target_names:
        near, label = None, f"`{kind.text}` is a target; write its kind"
    fixes = []
    if near is not None:
        fixes.append(Fix(f"write `{near}`", (Edit(kind.span, near),), safe=True))
    scope.add(
        finding(
            "MLP0901",
            f"there is no target kind `{kind.text}`",
            kind.span,
            f"did you mean `{near}`?" if near else label,
            notes=(f"installed: {listed(targets)}",),
            fixes=fixes,
        )
    )
