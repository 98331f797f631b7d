"""The last stages: require, emit, write."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ...runtime.dataclass import dataclass, replace
from ...runtime.key import key_of
from ..contract.feature import Feature, Impossible
from ..contract.flatten import flatten
from ..contract.job import Pipeline
from ..contract.jobs import Assignment, Work, work
from ..contract.require import capability_errors
from ..contract.target import Emission
from ..diagnostics.diagnostic import Severity, error
from ..ir import meaning
from ..ir.definitions import ContainerBody
from ..ir.graph import Graph
from ..ir.nodes import Join, Task
from ..ir.values import Json, Literal, NodeId
from ..lower import NotKnown
from ..passes.fold import fold
from ..passes.keys import PYTHON
from ..passes.lift import lift
from ..source import Span
from ..types.types import DATE, is_artifact
from .build import Built, report_unknown
from .choose import Chosen
from .front import Checked, Targets, Usage
from .parameters import DAY

if TYPE_CHECKING:
    from .sketch import Sketch

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Compiled:
    """Everything that `compile` writes, by path below the output folder, and what it is of."""

    files: dict[str, bytes]
    emission: Emission
    pipeline: Pipeline


def emit(checked: Checked, built: Built, targets: Targets) -> Compiled | None:
    """The documents, or None when the report says why not. Nothing is written."""
    report, chosen = checked.report, built.chosen
    built = replace(built, graph=flatten(built.graph))
    where = chosen.span or dict(built.graph.spans)[""]
    _refuse(checked, chosen, targets, built.graph)
    if report.has_errors:
        return None
    graph = lift(built.graph)
    _untagged_images(checked, built, where)
    done = work(graph, built.specs, _assignment(checked, chosen, where))
    emission, problems = chosen.target.emit(done.pipeline)
    report.extend(problems)
    if emission is None or report.has_errors:
        return None
    return Compiled(_files(built, done, emission), emission, done.pipeline)


def refuse_partitions(checked: Checked, chosen: Chosen, targets: Targets) -> bool:
    """Whether a pipeline has partitions, which the target cannot say; all that it cannot say of
    the pipeline is in the report then. Keys that only a run knows do not hide the rest.

    Raises `NotKnown` after reporting it.
    """
    if not isinstance(chosen.target.features[Feature.PARTITION], Impossible):
        return False
    program = checked.program
    sources = [] if program is None else [program, *program.modules.values()]
    if not any("partition" in each.source.text for each in sources):
        return False
    from .sketch import sketch

    drawn = sketch(checked, chosen, is_drawn=False)
    if not any(isinstance(n, Join) and n.kind == "partition" for n in drawn.graph.everything()):
        return False
    _refuse_sketch(checked, chosen, targets, drawn)
    return True


def refuse_rest(checked: Checked, chosen: Chosen, targets: Targets) -> None:
    """After a first `NotKnown`: reports all else for which the pipeline cannot be compiled."""
    from .sketch import sketch

    with suppress(NotKnown):
        _refuse_sketch(checked, chosen, targets, sketch(checked, chosen, is_drawn=False))


def _refuse_sketch(checked: Checked, chosen: Chosen, targets: Targets, drawn: Sketch) -> None:
    for problem in drawn.unknown:
        report_unknown(checked, chosen, problem)
    # Where the day is not known that is said by itself, and any day may stand for it.
    graph = fold(drawn.graph, {DAY: meaning.constant(DATE, date.min)})
    _refuse(checked, chosen, targets, flatten(graph))


def _refuse(checked: Checked, chosen: Chosen, targets: Targets, graph: Graph) -> None:
    """Reports what the target cannot say, and what the compiling needs and is not told."""
    others = {k: targets.load(k).features for k in targets.kinds if k != chosen.kind}
    title, features = chosen.target.title, chosen.target.features
    checked.report.extend(capability_errors(graph, title, features, chosen.span, others))
    _missing_settings(checked, chosen, chosen.span or dict(graph.spans)[""])


def _assignment(checked: Checked, chosen: Chosen, where: Span) -> Assignment:
    return Assignment(
        target=chosen.name,
        kind=chosen.kind,
        artifacts=str(chosen.settings["artifacts"]),
        settings=chosen.settings,
        default_image=_pinned(checked, chosen.image or default_image()),
        span=where,
    )


def _pinned(checked: Checked, image: str) -> str:
    return image if checked.lock is None else checked.lock.image(image)


def default_image() -> str:
    """The image of steps that name none: the compiling Python's minor version."""
    return f"python:{PYTHON}-slim"


def _missing_settings(checked: Checked, chosen: Chosen, where: Span) -> None:
    program, report = checked.program, checked.report
    blocks = [
        block.name.text
        for block in (program.targets.values() if program is not None else ())
        if block.kind is not None and block.kind.text == chosen.kind
    ]
    for rule in chosen.target.settings:
        if rule.required and rule.name not in chosen.settings:
            report.add(
                error(
                    "MLP0909",
                    f"{chosen.target.title} needs the setting `{rule.name}`",
                    where,
                    f"add `{rule.name}` to this target"
                    if chosen.block
                    else "compiled for a kind, without a target block",
                    notes=[rule.doc] if rule.doc else [],
                    help=[f"say `--target {name}`, which the file declares" for name in blocks]
                    if blocks and chosen.block is None
                    else [
                        f"write `{rule.name} = {rule.example}` in `target {chosen.name}: "
                        f"{chosen.kind} {{ … }}`"
                    ],
                )
            )


def _untagged_images(checked: Checked, built: Built, where: Span) -> None:
    bare = [
        node.id
        for node in built.graph.nodes
        if isinstance(node, Task)
        and not isinstance(node.definition.body, ContainerBody)
        and node.settings.environment.image is None
    ]
    if bare:
        checked.report.add(
            error(
                "MLP0509",
                f"no image is named for {_few(bare)}",
                where,
                f"they will run in `{_pinned(checked, default_image())}`",
                notes=_bare_image(str(built.chosen.settings.get("artifacts", ""))),
                help=['write `defaults { environment { image = "…@sha256:…" } }` in the target'],
                severity=Severity.LINT,
            )
        )


_FILE_SYSTEMS = {"s3": "s3fs", "gs": "gcsfs"}


def _file_system(artifacts: str) -> str | None:
    """The package by which the launcher reaches the store."""
    return _FILE_SYSTEMS.get(artifacts.partition("://")[0])


def _bare_image(artifacts: str) -> list[str]:
    package = _file_system(artifacts)
    if package is None:
        return []
    return [f"the launcher reaches {artifacts} by `fsspec` and `{package}`, which it does not hold"]


def _readme(next_steps: str, artifacts: str) -> str:
    package = _file_system(artifacts)
    if package is None:
        return next_steps
    return (
        f"{next_steps}\nEvery image holds Python with `fsspec` and `{package}`: "
        "the launcher reaches the store through them.\n"
    )


def _few(names: list[NodeId], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(f"`{name}`" for name in names[:most]) + more


def _files(built: Built, done: Work, emission: Emission) -> dict[str, bytes]:
    files = dict(emission.files)
    files.update({f"code/{digest}.zip": data for digest, data in sorted(done.bundles.items())})
    files["README.md"] = _readme(emission.next_steps, done.pipeline.artifacts).encode()
    manifest: dict[str, Json] = {
        "version": 1,
        "pipeline": done.pipeline.name,
        "target": built.chosen.name,
        "kind": built.chosen.kind,
        "files": [
            {"path": path, "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
            for path, data in sorted(files.items())
        ],
        "keys": keys_of(built),
        "sizes": [
            {"what": s.what, "actual": s.actual, "limit": s.limit, "unit": s.unit}
            for s in emission.sizes
        ],
    }
    files[MANIFEST] = (json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode()
    return files


def keys_of(built: Built) -> dict[str, Json]:
    """The key of each task, or null where only the run can know it."""
    keys: dict[str, Json] = {}
    for node in built.graph.nodes:
        if isinstance(node, Task):
            known = all(
                isinstance(value, Literal) and not is_artifact(port.type)
                for (_, value), port in zip(node.arguments, node.definition.inputs, strict=True)
            )
            arguments = (
                {name: meaning.evaluate(value, {}) for name, value in node.arguments}
                if known
                else None
            )
            keys[node.id] = (
                None if arguments is None else key_of(built.specs[node.id].json, arguments)[0]
            )
    return keys


def write(compiled: Compiled, folder: Path) -> None:
    """Puts the files in place. Raises `Usage` unless the folder is empty or an output of ours.

    A file that is not ours is never touched.
    """
    earlier = _earlier(folder)
    foreign = [p for p in sorted(compiled.files) if p not in earlier and (folder / p).exists()]
    if foreign:
        raise Usage(f"{folder / foreign[0]} would be overwritten; `mlp compile` did not write it")
    for path in sorted(earlier - compiled.files.keys()):
        (folder / path).unlink(missing_ok=True)
    for path, data in compiled.files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        if not (place.is_file() and place.read_bytes() == data):
            place.write_bytes(data)


def read_back(folder: Path, names: Mapping[str, bytes]) -> dict[str, bytes]:
    """The documents as they lie on the disk now."""
    return {name: (folder / name).read_bytes() for name in names}


def _earlier(folder: Path) -> set[str]:
    """The files that an earlier compile left in the folder."""
    if not folder.exists():
        return set()
    if not folder.is_dir():
        raise Usage(f"{folder} is a file, not a folder")
    if not any(folder.iterdir()):
        return set()
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        listed = {MANIFEST, *(str(entry["path"]) for entry in manifest["files"])}
    except (OSError, ValueError, KeyError, TypeError):
        raise Usage(
            f"{folder} holds files that `mlp compile` did not write; choose an empty folder"
        ) from None
    inside = folder.resolve()
    return {path for path in listed if (folder / path).resolve().is_relative_to(inside)}
