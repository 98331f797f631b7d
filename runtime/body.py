"""Running a Python body in this process: bind the inputs, call, collect the outputs."""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import Protocol, cast, runtime_checkable

from .arrow import TableError
from .artifact import Json
from .codecs import CodecError, element, reader, write
from .descriptors import Type, ValueMismatch, has_artifacts, kind, part
from .digest import digest_path
from .failure import BodyError as BodyError
from .function import Function, FunctionError, load
from .inputs import Given, file_name, input_types
from .key import Spec
from .nested import Label, map_artifacts
from .outputs import UNFIT, WRITTEN, Output, OutputError, checked, declared
from .state import seed
from .texts import parse


@runtime_checkable
class _NamedTuple(Protocol):
    def _asdict(self) -> dict[str, object]: ...


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where a body runs: its scratch folder, and the folders its code is imported from; `planned`
    has the code as it was when the run was planned.

    A returned path may lie in `scratch`, at an input, or below one of `roots`.
    """

    scratch: Path
    roots: tuple[Path, ...]
    planned: Path | None = None

    @property
    def outputs(self) -> Path:
        return self.scratch / "outputs"


@dataclass(frozen=True, slots=True)
class Ready:
    """A body whose modules are imported, with what each call of it needs to know."""

    spec: Spec
    place: Workplace
    function: Function
    read: dict[str, Type]
    """The inputs with artifacts: where these lie or what a reader makes of them is passed."""
    outputs: list[Output]
    written: tuple[str, ...]
    """The outputs that the function writes itself, to paths that it is given."""
    has_files: bool


def run_body(spec: Spec, laid: Mapping[str, object], place: Workplace) -> dict[str, Json]:
    """Call a Python body with laid inputs; every output, checked, in the form that can be sent.

    Raises `BodyError`. The caller has set variables and folder (see `state.become`).
    """
    return call_body(ready(spec, place), laid)


def call_body(body: Ready, laid: Mapping[str, object]) -> dict[str, Json]:
    """`run_body` for a body that is ready."""
    outputs, place = body.outputs, body.place
    try:
        given = _bind(body, laid)
        if body.has_files:
            place.outputs.mkdir(exist_ok=True)
        paths = {name: place.outputs / name for name in body.written}
        given.update({f"out_{name}": path for name, path in paths.items()})
    except (FunctionError, CodecError, TableError) as problem:
        raise BodyError(str(problem)) from None
    except BaseException as problem:
        raise _raised(problem) from None
    try:
        # After the import: numpy's generator is there to be seeded once the module has loaded it.
        seed()
        returned = body.function.call(**given)
    except BaseException as problem:
        raise _raised(problem) from None
    try:
        waited = [output for output in outputs if output.name not in paths]
        return collect(
            outputs, paths, _given_back(waited, returned, several=bool(paths)), laid, place
        )
    except (OutputError, CodecError) as problem:
        raise BodyError(str(problem)) from None
    except RecursionError:
        raise BodyError("what it returned holds itself, or is nested too deeply") from None
    except Exception as problem:
        # Objects of a user's own run their own code when they are looked at.
        failed = _raised(problem)
        raise BodyError(f"what it returned cannot be read: {failed}", failed.trace) from None


def ready(spec: Spec, place: Workplace) -> Ready:
    """A body, its modules imported unless they are already. Raises `BodyError`."""
    module, name = cast(str, spec["module"]), cast(str, spec["function"])
    try:
        function = load(module, name, place.roots, place.planned)
    except FunctionError as problem:
        raise BodyError(str(problem)) from None
    except BaseException as problem:
        raise _raised(problem) from None
    read = {name: type for name, type in input_types(spec).items() if has_artifacts(type)}
    outputs = declared(spec)
    written = tuple(o.name for o in outputs if f"out_{o.name}" in function.parameters)
    has_files = bool(written) or any(has_artifacts(o.type) for o in outputs)
    return Ready(spec, place, function, read, outputs, written, has_files)


def _raised(problem: BaseException) -> BodyError:
    frames = problem.__traceback__
    while frames is not None and frames.tb_frame.f_globals.get("__package__") == __package__:
        frames = frames.tb_next
    name = type(problem).__name__
    try:
        text = str(problem).strip()
        trace = "".join(traceback.format_exception(type(problem), problem, frames))
    except Exception:  # its own way to say what it is
        return BodyError(name, "".join(traceback.format_tb(frames)))
    return BodyError(f"{name}: {text}" if text else name, trace)


def _bind(body: Ready, laid: Mapping[str, object]) -> dict[str, object]:
    spec, function = body.spec, body.function
    given: dict[str, object] = {}
    for name, value in laid.items():
        if name not in function.parameters and not function.takes_more:
            raise FunctionError(
                f"`{spec['module']}:{spec['function']}` has no parameter called `{name}`"
            )
        given[name] = value
        type = body.read.get(name)
        if type is not None:
            annotation = element(function.annotations.get(name), type)
            unpickle = spec.get("pickle") != "never"
            given[name] = _read(name, type, value, annotation, unpickle=unpickle)
    return given


def _read(name: str, type: Type, value: object, annotation: object, *, unpickle: bool) -> object:
    def read(_: Label, of: Type, item: object) -> object:
        given = cast(Given, item)
        codec = reader(annotation, of, pickled=given.pickled, unpickle=unpickle)
        if codec is None:
            return given.path
        # Reading a model runs what its bytes say.
        if kind(of) == "Model" and digest_path(given.path)[0] != given.digest:
            raise CodecError("these are not the bytes that its step made; see `mlp cache verify`")
        return codec(given.path)

    try:
        return map_artifacts(type, value, read)
    except (CodecError, TableError) as problem:
        raise CodecError(f"input `{name}`: {problem}") from None


def _given_back(
    waited: Sequence[Output], returned: object, *, several: bool
) -> Mapping[str, object]:
    if isinstance(returned, _LAZY):
        what = "a generator"
        if isinstance(returned, CoroutineType):
            what = "a coroutine"
            returned.close()
        elif isinstance(returned, AsyncGeneratorType):
            what = "an asynchronous generator"
        raise CodecError(f"the function returned {what}; return the values themselves")
    return _named(waited, returned, several=several)


def collect(
    outputs: Sequence[Output],
    paths: Mapping[str, Path],
    values: Mapping[str, object],
    laid: Mapping[str, object],
    place: Workplace,
) -> dict[str, Json]:
    """Every output, checked, in the form that can be sent: what was written to a path, else the
    value. Raises `OutputError`, `CodecError`.
    """
    collected: dict[str, Json] = {}
    for output in outputs:
        try:
            if output.name in paths:
                value = from_path(output, paths[output.name])
            else:
                value = _written(output, values[output.name], laid, place)
            collected[output.name] = checked(output, value)
        except UNFIT as problem:
            raise output.blamed(problem) from None
    return collected


_LAZY = (GeneratorType, CoroutineType, AsyncGeneratorType)


def _named(waited: Sequence[Output], returned: object, *, several: bool) -> Mapping[str, object]:
    """The values by their outputs; `several` says that others were written to their paths."""
    names = [output.name for output in waited]
    if not waited:
        return {}
    if len(waited) == 1 and not (several and _is_named(waited[0], returned)):
        return {names[0]: returned}
    if isinstance(returned, _NamedTuple):
        returned = returned._asdict()
    if not isinstance(returned, Mapping):
        kind = returned.__class__.__name__
        raise CodecError(
            f"a mapping or named tuple with {_listed(names)} is wanted, a {kind} was returned"
        )
    if set(returned) != set(names):
        raise CodecError(
            f"{_listed(names)} are declared, {_listed(map(str, returned))} were returned"
        )
    return cast("Mapping[str, object]", returned)


def _is_named(output: Output, returned: object) -> bool:
    """Whether the last of several outputs is in a mapping of its own, which is not its value."""
    if isinstance(returned, _NamedTuple):
        returned = returned._asdict()
    if not isinstance(returned, Mapping) or set(returned) != {output.name}:
        return False
    type = part(output.type) if kind(output.type) == "optional" else output.type
    if kind(type) == "Metrics":
        return isinstance(returned[output.name], Mapping)
    return kind(type) not in ("Json", "Map", "Model", "record")


def _listed(names: object) -> str:
    return ", ".join(f"`{name}`" for name in cast("list[str]", names))


_MOST_TEXT = 1 << 28


def from_path(output: Output, path: Path) -> object:
    """What a body left at the path it was given for an output. Raises `ValueMismatch`."""
    if path.is_symlink():
        # A link may lead to what the body made or was given, never out of its scratch folder.
        try:
            found = path.resolve()
        except (OSError, RuntimeError):  # of its own kind before Python 3.13
            raise ValueMismatch(f"{path.name} is a link that goes in a circle") from None
        if not found.is_relative_to(path.parents[1].resolve()):
            raise ValueMismatch(f"{path.name} is a link that leaves this step's folder")
        path = found
    if has_artifacts(output.type):
        return path if path.exists() else None
    if not path.exists():
        return None
    if not path.is_file():
        kind = "folder" if path.is_dir() else "pipe" if path.is_fifo() else "device or socket"
        raise ValueMismatch(f"{path.name} is a {kind}; the value is read from a plain file")
    if path.stat().st_size > _MOST_TEXT:
        raise ValueMismatch(f"{path.name} is larger than any value, which has {_MOST_TEXT:,} bytes")
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise ValueMismatch(f"{path.name} holds bytes that are not UTF-8") from None
    return parse(output.type, text.removesuffix("\n"))


def _written(output: Output, value: object, laid: Mapping[str, object], place: Workplace) -> object:
    if isinstance(value, Mapping) and not isinstance(value, dict):
        value = dict(value)

    if not has_artifacts(output.type):
        return value

    def settle(label: Label, type: Type, item: object) -> object:
        if item is None:
            raise ValueMismatch("nothing was returned")
        if isinstance(item, Path):
            path = item.resolve()
            if not any(path.is_relative_to(each) for each in _allowed(laid, place)):
                raise CodecError(f"{item} lies outside of this step and its project")
            return path
        folder = place.outputs / WRITTEN
        folder.mkdir(exist_ok=True)
        # A dash within a key is no dash between two.
        names = (file_name(word).replace("-", "%2D") for word in label)
        return write(type, item, folder, "-".join((output.name, *names)))

    return map_artifacts(output.type, value, settle)


def _allowed(laid: Mapping[str, object], place: Workplace) -> list[Path]:
    found = [place.scratch.resolve(), *(root.resolve() for root in place.roots)]

    def visit(value: object) -> None:
        if isinstance(value, Given):
            found.append(value.path.resolve())
        elif isinstance(value, dict):
            for item in value.values():
                visit(item)
        elif isinstance(value, list):
            for item in value:
                visit(item)

    for value in laid.values():
        visit(value)
    return found
