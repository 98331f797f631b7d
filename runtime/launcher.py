"""The launcher: what an engine starts for every node; `python code.zip` ends up here."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import cast

from . import helper_node
from .artifact import Json
from .binding import BindingError, bind, input_optional
from .descriptors import ValueMismatch
from .evaluate import EvaluationError
from .inputs import input_types
from .opening import open_store
from .options import USAGE, Options, UsageError, parse_options
from .record import Record
from .removal import remove
from .retry import EXIT_CODES, AttemptFailed
from .step import Surroundings, Work, result_of
from .store import Store, StoreUnreachableError

DONE, FAILED, INFRASTRUCTURE = 0, 1, 75

# The whole of a bundle's `__main__.py`.
MAIN = "from millpond_runtime.launcher import main\nraise SystemExit(main())\n"


class _FailedError(Exception):
    """The node failed; the exit code says whether the engine may try again."""

    def __init__(self, code: int, message: str, trace: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.trace = trace


@dataclass(frozen=True, slots=True)
class Bundle:
    """The zip of one step definition, or the folder it was unpacked to."""

    path: Path

    def json(self, name: str) -> dict[str, Json]:
        """A JSON member. Raises `FileNotFoundError`."""
        if self.path.is_dir():
            return cast("dict[str, Json]", json.loads((self.path / name).read_bytes()))
        with zipfile.ZipFile(self.path) as archive:
            try:
                return cast("dict[str, Json]", json.loads(archive.read(name)))
            except KeyError:
                raise FileNotFoundError(name) from None

    def unpack(self, folder: Path) -> None:
        """Put `code/` and `files/` into a folder; both exist afterwards."""
        for name in ("code", "files"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        if self.path.is_dir():
            for name in ("code", "files"):
                if (self.path / name).is_dir():
                    shutil.copytree(self.path / name, folder / name, dirs_exist_ok=True)
            return
        with zipfile.ZipFile(self.path) as archive:
            for name in archive.namelist():
                if name.startswith(("code/", "files/")):
                    archive.extract(name, folder)


def say(message: str) -> None:
    """One line for the engine's log."""
    print(f"millpond: {message}", file=sys.stderr, flush=True)


def main(argv: Sequence[str] | None = None, bundle: Path | None = None) -> int:
    """Run one node and return the exit code: 0 done, 1 failed, 75 infrastructure, 137 memory."""
    try:
        options = parse_options(sys.argv[1:] if argv is None else argv)
    except UsageError as problem:
        say(f"{problem}\n{USAGE}")
        return FAILED
    # An engine that stops the container must not leave the body behind.
    signal.signal(signal.SIGTERM, _stop)
    if options.scratch is not None:
        options.scratch.mkdir(parents=True, exist_ok=True)
    folder = Path(mkdtemp(prefix="millpond-", dir=options.scratch)).resolve()
    try:
        _launch(options, Bundle(bundle or Path(sys.argv[0]).resolve()), folder)
    except _FailedError as failed:
        say(str(failed))
        if failed.trace:
            print(failed.trace, end="", file=sys.stderr, flush=True)
        return failed.code
    finally:
        remove(folder)
    return DONE


def _stop(number: int, _: object) -> None:
    raise SystemExit(128 + number)


def _launch(options: Options, bundle: Bundle, folder: Path) -> None:
    node = options.helper or options.node
    try:
        store = open_store(options.store)
        bundle.unpack(folder)
        if options.helper is not None:
            record = _helper(options, bundle, store, folder)
        else:
            record = _step(options, bundle, store, folder)
        store.close()
        _answer(options, record)
    except StoreUnreachableError as problem:
        raise _FailedError(
            INFRASTRUCTURE, f"{node or 'the step'}: the store failed: {problem}"
        ) from None
    except (BindingError, ValueMismatch) as problem:
        raise _FailedError(FAILED, f"{node or 'the step'} cannot start: {problem}") from None


def _step(options: Options, bundle: Bundle, store: Store, folder: Path) -> Record:
    spec = bundle.json("step.json")
    arguments = bind(
        input_types(spec),
        input_optional(spec["inputs"]),
        options.arguments,
        store,
        folder / "files",
    )
    name = options.node or str(spec.get("name") or spec.get("function") or spec["kind"])
    around = Surroundings(
        store=store,
        folder=folder,
        roots=(folder / "code",),
        outer=os.environ,
        log=sys.stderr.buffer,
        say=lambda text: say(f"step {name}: {text}"),
        run=options.run,
        node=options.node,
    )
    try:
        record, hit = result_of(Work.of(spec, arguments), around)
    except AttemptFailed as failed:
        text = f"step {name} failed: {failed}"
        raise _FailedError(EXIT_CODES[failed.cause], text, failed.trace) from None
    say(f"step {name} {'was done before' if hit else 'is done'}: {record.id}")
    return record


def _helper(options: Options, bundle: Bundle, store: Store, folder: Path) -> Record:
    helpers = cast("dict[str, dict[str, Json]]", bundle.json("helpers.json")["helpers"])
    name = cast(str, options.helper)
    if name not in helpers:
        raise BindingError(f"there is no helper called `{name}`")
    helper = helpers[name]
    types = helper_node.input_types(helper)
    arguments = bind(types, frozenset(), options.arguments, store, folder / "files")
    try:
        return helper_node.run_helper(
            helper, arguments, store, lambda text: say(f"{name}: {text}"), _tell
        )
    except helper_node.GateClosed as closed:
        raise _FailedError(FAILED, f"{name} failed: {closed}") from None
    except EvaluationError as problem:
        raise _FailedError(FAILED, f"{name} has no value: {problem}") from None


def _tell(line: str) -> None:
    print(line, flush=True)


def _answer(options: Options, record: Record) -> None:
    """Leave the result id, and what the engine itself needs to see, where it looks for them."""
    if options.result is not None:
        _write(options.result, record.id)
    if options.result_json is not None:
        _write(options.result_json, json.dumps({"result": record.id}))
    for output, path in options.emit:
        data = record.json(output)
        _write(path, data if isinstance(data, str) else json.dumps(data))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
