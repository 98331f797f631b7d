"""Target blocks: the kind, its own settings, parameters, defaults and overrides."""

from __future__ import annotations

from collections.abc import Mapping

from ...runtime.dataclass import replace
from ..diagnostics.diagnostic import Edit, Fix, Label
from ..source import Span
from ..syntax import ast
from ..types.settings import SettingRule
from ..types.types import SECRET, Unknown, show
from .assign import Place, fits
from .blocks import check_settings
from .closest import closest, listed
from .finding import finding
from .infer import infer
from .keys import Owner, report_twice
from .members import excused, owners, report_no_member, value_member
from .names import report_inside
from .patches import report_unknown_kind
from .scope import FileScope, Module, Scope
from .secrets import report_misplaced_secret
from .settings import STEP_SETTINGS
from .values import CheckedPipeline, CheckedStep, Port, TargetFacts
from .walk import statements

_PARTS = ("params", "defaults")


def check_target(
    target: ast.Target,
    pipelines: Mapping[str, CheckedPipeline],
    targets: Mapping[str, TargetFacts],
    scope: FileScope,
) -> None:
    """Checks one target block against the facts of its kind."""
    if target.kind is None and target.name.text not in targets:
        scope.add(
            finding(
                "MLP0901",
                f"target `{target.name.text}` does not say its kind",
                target.name.span,
                f"write `{target.name.text}: KIND`",
                notes=(f"installed: {listed(targets)}",),
            )
        )
        return
    kind = target.kind if target.kind is not None else target.name
    facts = targets.get(kind.text)
    if facts is None:
        report_unknown_kind(kind, targets, scope)
    place = Scope(scope)
    step_rules = (*(facts.step_settings if facts is not None else ()), *STEP_SETTINGS)
    owner = Owner(kind.text, "MLP0904", f"`{kind.text}`", compiled=True)
    own: list[ast.Setting] = []
    seen: dict[str, Span] = {}
    for setting in target.settings:
        name = setting.key.text
        if name not in _PARTS or not isinstance(setting, ast.SetBlock):
            own.append(setting)
        elif name in seen:
            report_twice(name, setting.key.span, seen[name], place)
        elif name == "params":
            seen[name] = setting.key.span
            _check_params(setting, pipelines, place)
        else:
            seen[name] = setting.key.span
            if facts is not None:
                inside = replace(owner, compiled=False)
                check_settings(setting.settings, step_rules, inside, place)
    if facts is not None:
        rules = (*facts.settings, *(SettingRule(part, None) for part in _PARTS))
        check_settings(own, rules, owner, place)
    nodes = _nodes(pipelines)
    overridden: dict[str, Span] = {}
    for override in target.overrides:
        text = override.ref.text
        if text in overridden:
            report_twice(text, override.ref.span, overridden[text], place)
        overridden.setdefault(text, override.ref.span)
        _check_override(override, nodes, place)
        if facts is not None:
            inside = replace(owner, compiled=False)
            check_settings(override.settings, step_rules, inside, place)


def _nodes(pipelines: Mapping[str, CheckedPipeline]) -> dict[str, Span]:
    """The names of all nodes, those inside blocks too."""
    found: dict[str, Span] = {}
    for pipeline in pipelines.values():
        for item in statements(pipeline.syntax.items):
            if isinstance(item, ast.Bind):
                found.setdefault(item.name.text, item.name.span)
    return found


def _check_params(
    block: ast.SetBlock, pipelines: Mapping[str, CheckedPipeline], scope: Scope
) -> None:
    ports: dict[str, list[Port]] = {}
    for pipeline in pipelines.values():
        for port in pipeline.parameters:
            ports.setdefault(port.name, []).append(port)
    seen: dict[str, Span] = {}
    for setting in block.settings:
        name = setting.key.text
        if name in seen:
            report_twice(name, setting.key.span, seen[name], scope)
            continue
        seen[name] = setting.key.span
        if isinstance(setting, ast.SetBlock):
            scope.file.add(
                finding(
                    "MLP0301",
                    "settings given, a value wanted",
                    setting.key.span,
                    f"write `{name} = …`",
                )
            )
            continue
        found = ports.get(name, [])
        wanted = found[0].type if found else Unknown()
        type_ = infer(setting.value, scope, wanted)
        if type_ == SECRET:
            report_misplaced_secret(setting.value.span, scope.file)
        elif not found:
            _report_parameter(setting.key, ports, pipelines, scope)
        else:
            for port in found:
                if not fits(setting.value, type_, port.type, Place(name, port.type_span), scope):
                    break


def _report_parameter(
    key: ast.Name,
    ports: Mapping[str, list[Port]],
    pipelines: Mapping[str, CheckedPipeline],
    scope: Scope,
) -> None:
    near = closest(key.text, ports)
    fixes = []
    if near is not None:
        fixes.append(Fix(f"rename it to `{near}`", (Edit(key.span, near),), safe=True))
    names = listed(pipelines, "or")
    subject = f"{names} has" if names else "this file has no pipeline and"
    known = ", ".join(f"`{name}: {show(found[0].type)}`" for name, found in ports.items())
    scope.file.add(
        finding(
            "MLP0208",
            f"{subject} no parameter called `{key.text}`",
            key.span,
            f"did you mean `{near}`?" if near else "no pipeline takes this",
            notes=(f"parameters: {known}",) if known else (),
            fixes=fixes,
        )
    )


def _check_override(override: ast.Override, nodes: Mapping[str, Span], scope: Scope) -> None:
    """Whether an override names a step or a node; which step it is, is kept for lowering."""
    file = scope.file
    parts = override.ref.parts
    qualifier = parts[0].text if len(parts) > 1 else None
    if qualifier == "step" and len(parts) > 2:
        parts, qualifier = parts[1:], parts[1].text
    last = parts[len(parts) - 1]
    name = last.text
    if qualifier is not None and qualifier not in ("step", "node"):
        if qualifier in file.modules and len(parts) == 2:
            _override_of_module(override, file.modules[qualifier], last, file)
            return
        file.add(
            finding(
                "MLP0201",
                f"nothing here is called `{override.ref.text}`",
                override.ref.span,
                f"write `step.{name}` or `node.{name}`",
            )
        )
        return
    step, node = file.steps.get(name), nodes.get(name)
    if qualifier is None and step is not None and node is not None:
        file.add(
            finding(
                "MLP0906",
                f"`override {name}`: a step and a node have this name",
                override.ref.span,
                "which of the two?",
                labels=(
                    Label(step.syntax.name.span, "the step"),
                    Label(node, "the node"),
                ),
                help=(f"write `override step.{name}` or `override node.{name}`",),
            )
        )
        return
    if qualifier != "node" and step is not None:
        file.typing.overrides[id(override)] = step
        if step.module != file.source.name:
            file.used.add(name)
        return
    if (qualifier != "step" and node is not None) or name in file.broken:
        return
    inside = next(owners(name, file), None)
    if qualifier != "node" and inside is not None:
        report_inside(name, override.ref.span, inside, scope)
        return
    choices = {
        None: [*file.steps, *nodes],
        "step": list(file.steps),
        "node": list(nodes),
    }[qualifier]
    near = closest(name, choices)
    fixes = []
    if near is not None:
        fixes.append(Fix(f"rename it to `{near}`", (Edit(last.span, near),), safe=True))
    what = {None: "no step and no node", "step": "no step", "node": "no node"}[qualifier]
    file.add(
        finding(
            "MLP0201",
            f"nothing here is called `{name}`",
            last.span,
            f"did you mean `{near}`?" if near else f"{what} has this name",
            fixes=fixes,
        )
    )


def _override_of_module(
    override: ast.Override, module: Module, name: ast.Name, file: FileScope
) -> None:
    """`override steps.split { … }`: settings of a step that another file declares."""
    file.used.add(module.name)
    step = value_member(module, name.text)
    if isinstance(step, CheckedStep):
        file.typing.overrides[id(override)] = step
    elif not excused(module, name.text):
        report_no_member(module, name, "step", file)
