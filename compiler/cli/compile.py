"""`mlp compile`: write a pipeline down for Argo, Kubeflow or SageMaker."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from ..driver.build import build
from ..driver.choose import Chosen, choose
from ..driver.emit import Compiled, emit, read_back, refuse_partitions, refuse_rest, write
from ..driver.front import Checked, Targets, Usage, front
from ..driver.parameters import DAY, given_values
from ..ir.graph import Graph
from ..lower import NotKnown
from .options import parse, parser, path_of, values_of, with_file, with_format
from .show import print_json, refuse, show_report


def run(words: Sequence[str], targets: Targets) -> int:
    """Compiles for one target; 1 where the pipeline or the documents have errors."""
    built = parser(
        "compile",
        "write a pipeline down for Argo, Kubeflow or SageMaker",
        "mlp compile flights.mlp --target staging -o out/staging",
    )
    with_file(built, values=True, target=True)
    built.add_argument("-o", "--output", metavar="DIR", help="where to; empty, or ours")
    built.add_argument(
        "--day", metavar="D", help="the `run.day` of a pipeline that reads it, such as 2026-11-22"
    )
    built.add_argument(
        "--validate", action="store_true", help="hold the documents against the vendor's models"
    )
    built.add_argument(
        "--dump-ir",
        metavar="PASS",
        nargs="?",
        const="all",
        help="print the graph behind a pass (`--dump-ir=fold`) or behind all, and stop",
    )
    with_format(built, "human", "short", "json")
    options = parse(built, words)
    values = values_of(options.values)
    if options.day is not None:
        values[DAY] = options.day
    path = path_of(options.file)
    output: str | None = options.output
    if output is None and options.dump_ir is None:
        raise Usage("say where to with `-o DIR`")
    checked = front(path, targets)
    if checked.report.has_errors:
        return refuse(checked, options.format)
    chosen = choose(checked, targets, options.pipeline, options.target)
    if output is None or options.dump_ir is not None:
        return _dump(checked, chosen, values, options.dump_ir)
    if chosen.kind == "local":
        command = shlex.join(("mlp", "run", options.file))
        raise Usage(f"`{chosen.name}` runs on this machine; use `{command}`")
    compiled = _compiled(checked, chosen, values, targets)
    if compiled is None:
        return refuse(checked, options.format)
    folder = Path(output)
    write(compiled, folder)
    findings = (
        chosen.target.validate(read_back(folder, compiled.emission.files))
        if options.validate
        else []
    )
    if options.format == "json":
        print_json(
            {
                "version": 1,
                "target": chosen.name,
                "kind": chosen.kind,
                "output": str(folder),
                "files": sorted(compiled.files),
                "sizes": [
                    {"what": s.what, "actual": s.actual, "limit": s.limit, "unit": s.unit}
                    for s in compiled.emission.sizes
                ],
                "validated": options.validate,
                "findings": [{"file": f.file, "where": f.where, "what": f.what} for f in findings],
            }
        )
    else:
        show_report(checked, options.format)
        _tell(compiled, chosen, folder)
        for finding in findings:
            print(f"{finding.file}: {finding.where}: {finding.what}", file=sys.stderr)
        if options.validate and not findings:
            print(f"valid: {chosen.target.title} takes these documents")
    return 1 if findings else 0


def _compiled(
    checked: Checked, chosen: Chosen, values: dict[str, str], targets: Targets
) -> Compiled | None:
    bound = given_values(checked, chosen, values, complete=False)
    try:
        if refuse_partitions(checked, chosen, targets):
            return None
        return emit(checked, build(checked, chosen, bound, frozen=False), targets)
    except NotKnown:
        refuse_rest(checked, chosen, targets)
        return None


def _tell(compiled: Compiled, chosen: Chosen, folder: Path) -> None:
    for name in compiled.emission.files:
        print(f"wrote {folder / name}")
    for size in compiled.emission.sizes:
        limit = "" if size.limit is None else f" of {size.limit:,}"
        print(f"{size.what}: {size.actual:,}{limit} {size.unit}")
    for note in compiled.emission.notes:
        print(note)
    print(f"next: see {folder / 'README.md'}")


def _dump(checked: Checked, chosen: Chosen, values: dict[str, str], wanted: str) -> int:
    from ..ir.text import to_text

    seen: list[str] = []

    def watch(name: str, graph: Graph) -> None:
        seen.append(name)
        if wanted in ("all", name):
            print(f"# after {name}\n{to_text(graph)}")

    bound = given_values(checked, chosen, values, complete=False)
    try:
        build(checked, chosen, bound, frozen=False, watch=watch)
    except NotKnown:
        return refuse(checked, "human")
    if wanted not in ("all", *seen):
        raise Usage(f"there is no pass called `{wanted}`; there are {', '.join(seen)}")
    return 0
