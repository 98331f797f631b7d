"""`mlp cache push` and `pull`: results to and from a store that is shared."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from ...runtime.transfer import Moved, pull, push
from ..driver.front import Targets, Usage
from ..driver.keeping import Keeping, keeping, nodes_called, results_of_run, run_here
from ..driver.planned import keys_of
from .amounts import counted, size_of
from .options import parse, parser, path_of, values_of, with_format, with_project
from .plain import one_line
from .show import print_json


def run(words: Sequence[str], targets: Targets) -> int:
    """Moves all results, or those of a run or of a pipeline; 1 where some could not be moved."""
    verb = words[0]
    out = verb == "push"
    says = "send results to a shared store" if out else "fetch results from a shared store"
    built = parser(
        f"cache {verb}",
        says,
        f"mlp cache {verb} s3://team/pond flights.mlp\n  mlp cache {verb} --run latest",
    )
    built.add_argument(
        "words",
        metavar="URL | FILE [name=value]",
        nargs="*",
        help="the store, by default the one of `mlp.toml`; a `.mlp` file: only what it needs now",
    )
    built.add_argument("--run", metavar="RUN", help="only the results of a run, or of the `latest`")
    built.add_argument("--pipeline", metavar="NAME", help="which one, where FILE has several")
    with_project(built)
    with_format(built, "human", "json")
    options = parse(built, words[1:])
    url, file, values = _apart(options.words)
    if file is not None and options.run is not None:
        raise Usage("name a run or a file, not both")
    path = None if file is None else path_of(file)
    project = options.project if path is None else str(path.resolve().parent)
    with keeping(project, fresh=not out) as here:
        far = here.far(url)
        keys = None
        if path is not None:
            behind = None if out else far.url
            keys = keys_of(path, values_of(values), options.pipeline, targets, behind)
        elif options.run is not None:
            keys = _keys_of_run(here, options.run)
        seen = _watcher("sending" if out else "fetching")
        if out:
            results = [
                kept
                for kept in here.results()
                if (keys is None or kept.key in keys) and kept.answers_others
            ]
            moved = push(here.store, far, results, seen)
        else:
            moved = pull(here.store, far, far.keys() if keys is None else sorted(keys), seen)
        seen(None)
        lacking = nodes_called(moved.lacking, here.results(), here.history.names())
        where = far.url
    if options.format == "json":
        print_json(
            {
                "version": 1,
                "store": where,
                "results": moved.results,
                "there": moved.there,
                "files": moved.objects,
                "bytes": moved.bytes,
                "lacking": len(moved.lacking),
            }
        )
    else:
        _tell(moved, lacking, where, out=out)
    return 1 if moved.lacking else 0


def _apart(words: Sequence[str]) -> tuple[str | None, str | None, list[str]]:
    """The URL, the file and the values among words. Raises `Usage`."""
    urls = [word for word in words if "://" in word.partition("=")[0]]
    files = [word for word in words if word not in urls and word.endswith(".mlp")]
    values = [word for word in words if word not in urls and word not in files]
    if len(urls) > 1 or len(files) > 1:
        raise Usage("name one URL and one file at most")
    if values and not files:
        raise Usage(f"`{values[0]}` is neither a URL nor a `.mlp` file")
    return next(iter(urls), None), next(iter(files), None), values


def _keys_of_run(here: Keeping, word: str) -> set[str]:
    ids = results_of_run(run_here(here, word))
    records = (here.store.record(id) for id in ids)
    return {record.key for record in records if record is not None}


def _watcher(doing: str) -> Callable[[Moved | None], None]:
    """One line that changes, on a terminal; None ends it."""
    if not sys.stderr.isatty():
        return lambda moved: None

    def seen(moved: Moved | None) -> None:
        if moved is None:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            return
        done = f"{counted(moved.results, 'result')}, {size_of(moved.bytes)}"
        print(f"\r\x1b[K{doing}: {done}", end="", file=sys.stderr, flush=True)

    return seen


def _tell(moved: Moved, lacking: Sequence[str], where: str, *, out: bool) -> None:
    what = f"{counted(moved.results, 'result')}, {counted(moved.objects, 'file')}"
    verb, way = ("sent", "to") if out else ("fetched", "from")
    print(f"{verb} {what}, {size_of(moved.bytes)} {way} {one_line(where)}")
    if moved.there:
        print(f"{counted(moved.there, 'result')} {'was' if moved.there == 1 else 'were'} there")
    if moved.lacking:
        names = ", ".join(f"`{one_line(name)}`" for name in lacking) or "some"
        end = "look: mlp cache verify" if out else "their files are gone or damaged there"
        print(f"could not move {names}; {end}")
