"""Takes stock of what a project uses that is kept elsewhere: images, packages, modules."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from ...runtime.artifact import is_url
from ...runtime.dataclass import dataclass, field
from ..check.modules import NotFound
from ..check.values import Program
from ..check.walk import nodes
from ..ir.definitions import ContainerBody
from ..ir.graph import Graph
from ..ir.nodes import Task
from ..ir.settings import Environment
from ..lock import Module
from ..lower import Mistaken, NotKnown
from ..lower.expressions import Expressions
from ..manifest import MANIFEST
from ..passes.host import on_host
from ..passes.keys import PYTHON
from ..passes.pins import leads_elsewhere, wants, ways
from ..project import Project
from ..sections import EDITION
from ..syntax import ast
from .choose import Chosen, on
from .disk import STDLIB
from .emit import default_image
from .front import Checked, Targets
from .packages import locate
from .sketch import sketch

_SKIPPED = frozenset({"__pycache__", "node_modules"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """A list of requirements for a Python. `folder` is where its paths lead from, `options` how
    the packages are reached."""

    wants: tuple[str, ...]
    python: str
    folder: Path
    options: tuple[str, ...]


@dataclass(slots=True)
class Used:
    """What is used: images by their references, lists of requirements, modules from outside, and
    `sources`, the URLs that are named in full.

    `anywhere` are the lists that say no Python; `unlockable` those that lead to other files.
    """

    images: list[str] = field(default_factory=list)
    environments: dict[tuple[tuple[str, ...], str], Wanted] = field(default_factory=dict)
    modules: dict[str, Module] = field(default_factory=dict)
    anywhere: set[tuple[str, ...]] = field(default_factory=set)
    unlockable: dict[str, str] = field(default_factory=dict)
    sources: list[str] = field(default_factory=list)


def files_of(project: Project, folder: Path) -> list[Path]:
    """The `.mlp` files of a project in a folder, by name; those of other projects in it are not."""
    found: list[Path] = []
    for place, folders, names in os.walk(folder):
        here = Path(place)
        mine = here == folder or not (here / MANIFEST).is_file()
        deeper = (project.root / MANIFEST).is_file() and mine and "pyvenv.cfg" not in names
        folders[:] = (
            sorted(n for n in folders if not n.startswith(".") and n not in _SKIPPED)
            if deeper
            else []
        )
        if mine:
            found += [here / name for name in names if name.endswith(".mlp")]
    return sorted(file for file in found if file.is_file())


def used_by(files: Iterable[Checked], targets: Targets) -> Used:
    """What checked files without errors use, on any of their targets."""
    used = Used()
    for checked in files:
        for image in _written(checked):
            _note_image(used, image)
        for chosen in _choices(checked, targets):
            graph = _sketched(checked, chosen)
            if graph is not None:
                _note(used, graph, chosen, checked.project)
        _note_modules(used, checked)
        used.sources += (url for url in _urls(checked) if url not in used.sources)
    used.images.sort()
    used.sources.sort()
    return used


def _written(checked: Checked) -> Iterator[str]:
    """The images that a file names where no pipeline may lead, and that of `mlp.toml`."""
    assert checked.program is not None
    top = Expressions(checked.program, {})
    for node in nodes(checked.program.file):
        match node:
            case ast.SetBlock(key=ast.Name(text="environment"), settings=settings):
                values = [
                    each.value
                    for each in settings
                    if isinstance(each, ast.SetValue) and each.key.text == "image"
                ]
            case ast.Run(kind=ast.Name(text="container"), body=body):
                values = [body]
            case _:
                continue
        for value in values:
            try:
                found = top.known(value)
            except (NotKnown, Mistaken):
                continue
            if isinstance(found, str):
                yield found
    image = checked.project.environment.get("image")
    if isinstance(image, str):
        yield image


def _urls(checked: Checked) -> Iterator[str]:
    """The URLs that `dataset` and `file` are given and that are known when compiling."""
    assert checked.program is not None
    top = Expressions(checked.program, {})
    for node in nodes(checked.program.file):
        match node:
            case ast.Call(
                callee=ast.NameRef(name="dataset" | "file"), arguments=(ast.Argument(value=value),)
            ):
                try:
                    found = top.known(value)
                except (NotKnown, Mistaken):
                    continue
                if isinstance(found, str) and is_url(found) and not found.startswith("file:"):
                    yield found
            case _:
                continue


def _choices(checked: Checked, targets: Targets) -> Iterator[Chosen]:
    """Every pipeline on every target of the file, and here."""
    program = checked.program
    assert program is not None
    for pipeline in program.pipelines:
        yield on(program, targets, pipeline, None)
        for block in program.targets.values():
            yield on(program, targets, pipeline, block.name.text)


def _sketched(checked: Checked, chosen: Chosen) -> Graph | None:
    """The pipeline, with what parameters decide at its default; None where only a run can say."""
    report = list(checked.report.diagnostics)
    try:
        graph = sketch(checked, chosen, is_drawn=False).graph
    except NotKnown:
        return None
    finally:
        checked.report.diagnostics[:] = report
    at_home = chosen.kind == "local" and chosen.settings.get("containers") == "host"
    return on_host(graph) if at_home else graph


def _note(used: Used, graph: Graph, chosen: Chosen, project: Project) -> None:
    for node in graph.everything():
        if not isinstance(node, Task):
            continue
        body, environment = node.definition.body, node.settings.environment
        image = body.image if isinstance(body, ContainerBody) else environment.image
        if image is not None:
            _note_image(used, image)
        else:
            _note_environment(used, environment, project)
    if chosen.kind != "local" and chosen.image is None:
        _note_image(used, default_image())


def _note_image(used: Used, image: str) -> None:
    if image and "@" not in image and image not in used.images:
        used.images.append(image)


def _note_environment(used: Used, environment: Environment, project: Project) -> None:
    wanted = wants(environment)
    listed = environment.requirements
    if not wanted:
        if left := leads_elsewhere(environment):
            used.unlockable[listed[0] if listed else "packages"] = left
        return
    python = environment.python or PYTHON
    if environment.python is None:
        used.anywhere.add(wanted)
    folder = project.folder if listed is None else (project.folder / listed[0]).parent
    options = () if listed is None else ways(listed[1])
    used.environments.setdefault((wanted, python), Wanted(wanted, python, folder, options))


def _note_modules(used: Used, checked: Checked) -> None:
    """The modules from outside that a file leads to, by the names that `use` has for them."""
    assert checked.program is not None
    programs: tuple[Program, ...] = (checked.program, *checked.program.modules.values())
    for program in programs:
        for use in program.file.declarations:
            if isinstance(use, ast.UseModule | ast.UseNames):
                name = use.path.text
                module = _standard(name) or _packaged(name, checked.project)
                if module is not None:
                    used.modules[name] = module


def _standard(name: str) -> Module | None:
    first, *below = name.split(".")
    if first != "std":
        return None
    base = STDLIB.joinpath(*below)
    for file in (base.with_name(f"{base.name}.mlp"), base / "__init__.mlp"):
        if file.is_file():
            return Module(str(EDITION), _digest(file))
    return None


def _packaged(name: str, project: Project) -> Module | None:
    located = locate(name, project, ())
    if isinstance(located, NotFound):
        return None
    return Module(located.package.version, _digest(located.file))


def _digest(file: Path) -> str:
    return f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}"
