"""Refusals: what this machine cannot run, said with its place before anything starts."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from ...compiler.contract.runner import Request
from ...compiler.diagnostics.diagnostic import Diagnostic, Label, error
from ...compiler.ir.definitions import ContainerBody, NotebookBody, ShellBody
from ...compiler.ir.nodes import Task
from .budget import Amount, asked, machine
from .containers import ENGINES, image_of, silent, wanted
from .recipes import is_wanted
from .unmakable import unmakable
from .untold import untold


def refusals(request: Request) -> list[Diagnostic]:
    """Every reason why the run may not start, each said once."""
    path = os.environ.get("PATH")
    gpus = request.settings.get("gpus")
    limit = machine(gpus if isinstance(gpus, int) else None)
    engine = wanted(request.settings, path)
    tasks = [node for node in request.graph.everything() if isinstance(node, Task)]
    found = [*untold(request.graph, request.secrets_file, request.state.parent)]
    for task in tasks:
        body = task.definition.body
        if not request.oversubscribe:
            found += _too_large(task, limit)
        image = image_of(task)
        if image is not None:
            found += _image(task, image, engine)
            continue
        found += unmakable(task, request.folder)
        if isinstance(body, NotebookBody) and (lacking := _lacking(task)):
            found.append(_no_kernel(task, lacking))
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


def _image(task: Task, image: str, engine: str | None) -> Iterator[Diagnostic]:
    """A step must run in the image that its key names, or not at all."""
    body = task.definition.body
    if task.settings.environment.launcher == "none" and not isinstance(
        body, ContainerBody | ShellBody
    ):
        yield _no_image(
            task,
            f'`launcher = "none"` says that {image} has no Python',
            ("add Python 3.10 or newer to the image, and leave `launcher` out",),
        )
    elif engine is None:
        yield _no_image(task, f"there is no {' or '.join(ENGINES)} on the PATH")
    elif (said := silent(engine)) is not None:
        yield _no_image(task, f"{Path(engine).name} does not answer: {said}")


def _no_image(task: Task, why: str, ways: tuple[str, ...] = ()) -> Diagnostic:
    own = isinstance(task.definition.body, ContainerBody)
    span = None if own else task.settings.span("environment.image")
    return error(
        "MLP0903",
        f"this machine cannot run the image of `{task.definition.name}`",
        span or task.definition.span,
        "runs in a container",
        notes=[why],
        help=ways
        or (
            "install docker or podman, and start it",
            'or run the step here: `containers = "host"` in the local target, under a key of its '
            "own",
            "or compile the pipeline for another target: `mlp targets` shows which run containers",
        ),
    )


def _lacking(task: Task) -> list[str]:
    """The packages that running a notebook needs of the Python that `mlp` runs on."""
    wanted = ["nbclient"] if is_wanted(task) else ["nbclient", "ipykernel"]
    return [name for name in wanted if find_spec(name) is None]


def _no_kernel(task: Task, lacking: list[str]) -> Diagnostic:
    return error(
        "MLP0903",
        f"this machine cannot run the notebook of `{task.definition.name}`",
        task.definition.span,
        f"needs {' and '.join(lacking)}",
        notes=[f"{' and '.join(lacking)} cannot be imported by the Python that `mlp` runs on"],
        help=['`pip install "millpond[notebook]"`'],
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
