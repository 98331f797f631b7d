"""Refusals: what this machine cannot run, said with its place before anything starts."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

from ...compiler.contract.runner import Request
from ...compiler.diagnostics.diagnostic import Diagnostic, Label, error
from ...compiler.ir.values import ContainerBody, Environment, ShellBody, Task
from .budget import Amount, asked, machine
from .containers import ENGINES, installed
from .unmakable import unmakable


def refusals(request: Request) -> list[Diagnostic]:
    """Every reason why the run may not start, each said once."""
    path = os.environ.get("PATH")
    gpus = request.settings.get("gpus")
    limit = machine(gpus if isinstance(gpus, int) else None)
    found: list[Diagnostic] = []
    for task in request.graph.everything():
        if not isinstance(task, Task):
            continue
        body = task.definition.body
        if not request.oversubscribe:
            found += _too_large(task, limit)
        if isinstance(body, ContainerBody):
            found += [] if installed(path) else [_no_containers(task)]
            continue
        found += _environment(task, task.settings.environment)
        found += unmakable(task, request.folder)
        if isinstance(body, ShellBody) and shutil.which("bash", path=path) is None:
            found.append(_no_bash(task))
    return list(dict.fromkeys(found))


def _too_large(task: Task, limit: Amount) -> Iterator[Diagnostic]:
    wanted = asked(task.settings.resources)
    if wanted.within(limit):
        return
    parts = [
        ("cpu", f"{wanted.cpu:g}", f"{limit.cpu:g}", wanted.cpu > limit.cpu),
        ("memory", _size(wanted.memory), _size(limit.memory), wanted.memory > limit.memory),
        ("gpu", str(wanted.gpu), str(limit.gpu), wanted.gpu > limit.gpu),
    ]
    asks = ", ".join(f"{name} = {much}" for name, much, _, beyond in parts if beyond)
    has = ", ".join(f"{name} = {most}" for name, _, most, beyond in parts if beyond)
    yield error(
        "MLP0907",
        f"this machine does not have {asks}",
        task.span,
        f"asks for {asks}",
        labels=[Label(task.definition.span, "the step")],
        notes=[f"there is {has} here"],
        help=[
            "`mlp run --oversubscribe` runs it with what there is",
            "or ask for less here: `override` in the local target",
        ],
    )


def _size(size: int) -> str:
    for unit, factor in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6), ("KB", 10**3)):
        if size >= factor:
            return f"{size / factor:.4g}{unit}"
    return f"{size}B"


def _no_containers(task: Task) -> Diagnostic:
    return error(
        "MLP0903",
        f"this machine cannot run the image of `{task.definition.name}`",
        task.definition.span,
        "runs in a container",
        notes=[f"there is no {' or '.join(ENGINES)} on the PATH"],
        help=[
            "install docker or podman, and start it",
            "or compile the pipeline for another target: `mlp targets` shows which run containers",
        ],
    )


def _no_bash(task: Task) -> Diagnostic:
    return error(
        "MLP0903",
        f"this machine cannot run the shell step `{task.definition.name}`",
        task.definition.span,
        "needs bash",
        notes=["there is no bash on the PATH"],
        help=["install bash"],
    )


def _environment(task: Task, environment: Environment) -> Iterator[Diagnostic]:
    """A step must run in the environment that its key names, or not at all."""
    name, span = task.definition.name, task.definition.span
    if environment.image is not None:
        yield error(
            "MLP0910",
            f"running `{name}` in an image on this machine is not built yet",
            span,
            f"runs in {environment.image}",
            notes=[
                "a result made outside of the image must not be taken for one made in it",
            ],
            help=[
                "move `image` to the `defaults` or an `override` of the targets that need it, "
                "so that a local run uses the Python that `mlp` runs on"
            ],
        )
