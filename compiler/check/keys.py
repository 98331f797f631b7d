"""Keys of settings: unknown ones, and those that are set twice."""

from __future__ import annotations

from collections.abc import Mapping

from ...runtime.dataclass import dataclass
from ..diagnostics.diagnostic import Edit, Fix, Label
from ..source import Span
from ..syntax import ast
from ..types.settings import SettingRule
from .closest import closest, listed
from .finding import finding
from .infer import infer
from .scope import Scope


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose settings are read: the words and the code of "there is no setting called …".

    `compiled` says that nothing later than the compile stage may stand in them, `record` that a
    block of them is written as a record, `retry = { … }`.
    """

    where: str
    code: str = "MLP0502"
    title: str | None = None
    compiled: bool = False
    record: bool = False


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


# What other tools call a setting, and where its value stands here.
_ELSEWHERE = {
    "retries": "retry.attempts", "max_retries": "retry.attempts", "attempts": "retry.attempts",
    "cpus": "resources.cpu", "cores": "resources.cpu", "mem": "resources.memory",
    "ram": "resources.memory", "gpus": "resources.gpu", "docker": "environment.image",
    "docker_image": "environment.image", "container": "environment.image",
    "base_image": "environment.image", "pip": "environment.packages",
    "dependencies": "environment.packages", "env_vars": "env", "variables": "env",
}  # fmt: skip
COMMANDS = frozenset(("command", "cmd", "script", "entrypoint", "args", "shell", "python"))


def _place(key: str, rules: Mapping[str, SettingRule]) -> str | None:
    """`block.key` of a setting that stands one block deeper, or has another name there."""
    meant = _ELSEWHERE.get(key, key)
    for rule in rules.values():
        for inner in rule.block:
            if f"{rule.name}.{inner.name}" == meant or inner.name == meant:
                return f"{rule.name}.{inner.name}"
    word = meant.rpartition(".")[2]
    return word if word != key and word in rules else None


def report_unknown_setting(
    setting: ast.Setting, rules: Mapping[str, SettingRule], owner: Owner, scope: Scope
) -> None:
    """A key that no rule knows."""
    key, names = setting.key, list(rules)
    near, place = closest(key.text, names), _place(key.text, rules)
    label = f"did you mean `{near}`?" if near else "nothing of this name can be set here"
    fixes: list[Fix] = []
    help_: tuple[str, ...] = ()
    if near is not None:
        fixes.append(Fix(f"rename it to `{near}`", (Edit(key.span, near),), safe=True))
    elif place is not None and "." in place:
        block, _, inner = place.partition(".")
        label = f"it belongs in `{block}`, as `{inner}`"
        if isinstance(setting, ast.SetValue):
            sign = " =" if owner.record else ""
            written = f"{block}{sign} {{ {inner} = {scope.file.text(setting.value.span)} }}"
            fixes.append(Fix(f"write `{written}`", (Edit(setting.span, written),), safe=False))
    elif place is not None:
        label = f"it is called `{place}` here"
        fixes.append(Fix(f"rename it to `{place}`", (Edit(key.span, place),), safe=True))
    elif key.text in COMMANDS and "env" in rules:
        help_ = ('what a step runs is its `run` line: `run shell """…"""`',)
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
            label,
            help=help_,
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
