"""Chooses the pipeline and the target that a command works on."""

from __future__ import annotations

from collections.abc import Mapping

from ...runtime.dataclass import dataclass
from ..check.values import Program
from ..contract.target import Target
from ..ir.values import Json
from ..lower.expressions import Expressions
from ..lower.settings import plain
from ..source import Span
from ..syntax import ast
from .front import Checked, Targets, Usage


@dataclass(frozen=True, slots=True)
class Chosen:
    """The pipeline and target that a command works on. `block` is None for a bare kind.

    `settings` are the block's own keys, `params` what it says of parameters; `image` is what its
    `defaults` name for all steps.
    """

    pipeline: str
    name: str
    kind: str
    target: Target
    block: ast.Target | None
    settings: dict[str, Json]
    params: Mapping[str, ast.Expr]
    image: str | None

    @property
    def span(self) -> Span | None:
        return None if self.block is None else self.block.name.span


def choose(checked: Checked, targets: Targets, pipeline: str | None, target: str | None) -> Chosen:
    """What to work on. Raises `Usage` where the words fit nothing in the file."""
    program = program_of(checked)
    names = list(program.pipelines)
    if pipeline is not None and pipeline not in names:
        raise Usage(f"there is no pipeline called `{pipeline}`; the file has {listed(names)}")
    if pipeline is None and len(names) != 1:
        if not names:
            raise Usage("the file has no pipeline")
        raise Usage(f"the file has several pipelines; say `--pipeline` with {_either(names)}")
    return on(program, targets, pipeline or names[0], target)


def on(program: Program, targets: Targets, pipeline: str, target: str | None) -> Chosen:
    """A pipeline on a target of the file; on this machine where none is named, as the file's own
    target for it says if there is just one. Raises `Usage`."""
    block, kind = _target(program, targets, target)
    known = Expressions(program, {}).known
    own = () if block is None else block.settings
    params = {
        setting.key.text: setting.value
        for part in own
        if part.key.text == "params" and isinstance(part, ast.SetBlock)
        for setting in part.settings
        if isinstance(setting, ast.SetValue)
    }
    said = plain(tuple(part for part in own if part.key.text != "params"), known)
    defaults = said.pop("defaults", {})
    environment = defaults.get("environment") if isinstance(defaults, dict) else None
    image = environment.get("image") if isinstance(environment, dict) else None
    return Chosen(
        pipeline,
        kind if block is None else block.name.text,
        kind,
        targets.load(kind),
        block,
        said,
        params,
        image if isinstance(image, str) else None,
    )


def _target(program: Program, targets: Targets, name: str | None) -> tuple[ast.Target | None, str]:
    blocks = {
        block.name.text: (block, block.kind.text if block.kind else block.name.text)
        for block in program.targets.values()
    }
    if name is None:
        local = [found for found in blocks.values() if found[1] == "local"]
        return local[0] if len(local) == 1 else (None, "local")
    if name in blocks:
        return blocks[name]
    if name in targets.kinds:
        return None, name
    has = ", ".join(f"`{block}` ({kind})" for block, (_, kind) in blocks.items())
    more = f"; the file has {has}" if has else ""
    raise Usage(
        f"there is no target called `{name}`{more}; the kinds are {listed(list(targets.kinds))}"
    )


def program_of(checked: Checked) -> Program:
    assert checked.program is not None, "only a checked program comes this far"
    return checked.program


def listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _either(names: list[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return " or ".join([", ".join(quoted[:-1]), quoted[-1]]) if len(quoted) > 1 else quoted[0]
