"""Running a notebook: parameters put in behind their cell, all cells in a kernel, then the outputs.

Needs nbclient in the Python that runs this, and ipykernel in the one of the kernel.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from . import child
from .artifact import Json
from .failure import BodyError
from .inputs import Given
from .key import Spec
from .process import hidden, mask

_NAME = "millpond"
_START = (
    "import importlib, sys; sys.path[0] = sys.argv[1]; "
    "importlib.import_module(sys.argv[2]).main(sys.argv[3:])"
)
_INJECTED = "injected-parameters"
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def main(desk_path: str) -> int:
    desk = Path(desk_path)
    return child.answer(desk, lambda job: run_notebook(job, desk))


def run_notebook(job: child.Order, desk: Path) -> dict[str, Json]:
    """Every output, checked, as it can be sent; the notebook as it came out lies on the desk.

    Raises `BodyError`.
    """
    notebook = written(job)
    kernel = job.kernel or child.own()
    _execute(notebook, kernel, desk, _secrets(job.spec))
    outcome = json.loads((desk / child.OUTCOME).read_text(encoding="utf-8"))
    if "failure" in outcome:
        raise BodyError(outcome["failure"], outcome["trace"])
    return cast("dict[str, Json]", outcome["outputs"])


def written(job: child.Order) -> dict[str, Any]:
    """The notebook with its parameters, in the form that it has as a file."""
    cells: list[dict[str, Any]] = []
    given = _parameters(job)
    rows = cast("list[tuple[str, str, list[str]]]", job.spec["cells"])
    for kind, source, tags in rows:
        cells.append(_cell(len(cells), kind, source, tags))
        if kind == "code" and "parameters" in tags and given:
            cells.append(_cell(len(cells), "code", given, [_INJECTED]))
            given = ""
    language = {"name": "python"}
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": language,
        },
        "cells": cells,
    }


def _cell(number: int, kind: str, source: str, tags: list[str]) -> dict[str, Any]:
    cell: dict[str, Any] = {
        "id": f"cell-{number}",
        "cell_type": kind,
        "metadata": {"tags": tags} if tags else {},
        "source": source,
    }
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    return cell


def paths_of(spec: Spec, outputs: Path) -> dict[str, Path]:
    """The path of each output that the notebook writes itself."""
    return {name: outputs / name for name in cast("list[str]", spec["paths"])}


def _parameters(job: child.Order) -> str:
    """The cell that sets what the step passes, as text."""
    values: dict[str, object] = dict(job.laid)
    for name, path in paths_of(job.spec, job.place.outputs).items():
        values[f"out_{name}"] = path
    return "\n".join(f"{name} = {literal(value)}" for name, value in values.items())


def literal(value: object) -> str:
    """A value as Python that needs no import and binds no name beside its own."""
    match value:
        case Given(path=path):
            return literal(path)
        case Path():
            return f"__import__('pathlib').Path({str(value)!r})"
        case datetime() | date() | timedelta():
            module, _, rest = repr(value).partition(".")
            return f"__import__({module!r}).{rest.replace('datetime.', _DATETIME)}"
        case list():
            return f"[{', '.join(map(literal, value))}]"
        case dict():
            items = (f"{literal(key)}: {literal(item)}" for key, item in value.items())
            return f"{{{', '.join(items)}}}"
        case _:
            return repr(value)


_DATETIME = "__import__('datetime')."  # in `datetime.datetime(…, tzinfo=datetime.timezone.utc)`


def _execute(
    notebook: dict[str, Any], kernel: child.Python, desk: Path, secrets: list[bytes]
) -> None:
    """Runs all cells in order, and what collects the outputs behind them."""
    try:
        nbformat: Any = importlib.import_module("nbformat")
        nbclient: Any = importlib.import_module("nbclient")
        client_of: Any = importlib.import_module("jupyter_client")
    except ImportError as problem:
        raise BodyError(f"a notebook needs nbclient in this environment: {problem}") from None
    shown = len(notebook["cells"])
    collect = f"__import__('sys').modules[{kernel.package + '.kernel'!r}].collect()"
    whole = {**notebook, "cells": [*notebook["cells"], _cell(shown, "code", collect, [])]}
    document = nbformat.from_dict(whole)

    def told(cell: Any, cell_index: int, execute_reply: Any) -> None:
        if cell_index < shown:
            for text in _printed(cell.get("outputs", [])):
                print(text, end="" if text.endswith("\n") else "\n", flush=True)
            _keep(document, shown, desk, secrets)

    manager = _manager(client_of, kernel, desk)
    # A socket in a folder of our own: nobody else on the machine reads along. Its path must be
    # short, which that of a desk is not.
    sockets = tempfile.TemporaryDirectory(prefix="mlp-")
    manager.transport = "ipc"
    manager.connection_file = os.path.join(sockets.name, "kernel.json")
    client = nbclient.NotebookClient(
        document,
        km=manager,
        timeout=None,
        resources={"metadata": {"path": os.getcwd()}},
        on_cell_executed=told,
        record_timing=False,
    )
    try:
        client.execute()
    except nbclient.exceptions.CellExecutionError as problem:
        trace = _COLOURS.sub("", "\n".join(_trace(document)))
        text = str(problem.evalue).strip()
        said = f"{problem.ename}: {text}" if text else problem.ename
        raise BodyError(f"{_failed(document)}{said}", trace) from None
    except (nbclient.exceptions.DeadKernelError, RuntimeError) as problem:
        raise BodyError(f"the notebook's kernel is gone: {problem}{_why(desk)}") from None
    finally:
        _keep(document, shown, desk, secrets)
        sockets.cleanup()


def _manager(client_of: Any, kernel: child.Python, desk: Path) -> Any:
    """What starts a kernel of ours, whatever kernels this machine has."""
    folder = desk / "kernels"
    (folder / _NAME).mkdir(parents=True, exist_ok=True)
    entry = f"{kernel.package}.kernel"
    words = [kernel.program, "-c", _START, kernel.root, entry, str(desk), "{connection_file}"]
    content = {"argv": words, "display_name": _NAME, "language": "python"}
    (folder / _NAME / "kernel.json").write_text(json.dumps(content), encoding="utf-8")
    specs = client_of.kernelspec.KernelSpecManager(
        kernel_dirs=[str(folder)], ensure_native_kernel=False
    )
    return client_of.AsyncKernelManager(kernel_name=_NAME, kernel_spec_manager=specs)


def _why(desk: Path) -> str:
    try:
        return "; " + (desk / "kernel.txt").read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def _printed(outputs: list[Mapping[str, Any]]) -> Iterator[str]:
    """What a cell has shown, as far as it is text."""
    for output in outputs:
        text = output.get("text") or (output.get("data") or {}).get("text/plain")
        if isinstance(text, str) and text:
            yield _COLOURS.sub("", text)


def _trace(document: Any) -> Iterator[str]:
    """The traceback of the cell that failed."""
    for cell in document["cells"]:
        for output in cell.get("outputs", []):
            if output["output_type"] == "error":
                yield from output["traceback"]
                yield ""


def _failed(document: Any) -> str:
    """Where it failed, as somebody counts who looks at the notebook: `code cell 3, line 2: `."""
    number = 0
    where = ""
    for cell in document["cells"]:
        if cell["cell_type"] != "code" or _INJECTED in cell["metadata"].get("tags", []):
            continue
        number += 1
        for output in cell["outputs"]:
            if output["output_type"] == "error":
                trace = _COLOURS.sub("", "\n".join(output["traceback"]))
                line = re.search(rf"In ?\[{cell['execution_count']}\], line (\d+)", trace)
                where = f"code cell {number}{f', line {line[1]}' if line else ''}: "
    return where


def _secrets(spec: Spec) -> list[bytes]:
    declared = cast("dict[str, Json]", spec.get("secrets") or {})
    return hidden(os.environ[name] for name in declared if name in os.environ)


def _keep(document: Any, shown: int, desk: Path, secrets: list[bytes]) -> None:
    """Writes down what came out so far, for people: no secret may be read in it."""
    nbformat: Any = importlib.import_module("nbformat")
    kept = {**document, "cells": document["cells"][:shown]}
    clean = nbformat.from_dict(_masked(kept, secrets) if secrets else kept)
    # Half a character, which a cell may print, becomes the escape that JSON has for it.
    text = nbformat.writes(clean).encode(errors="backslashreplace")
    (desk / child.EXECUTED).write_bytes(text)


def _masked(data: Any, secrets: list[bytes]) -> Any:
    if isinstance(data, str):
        text = mask(data.encode(errors="surrogatepass"), secrets)
        return text.decode(errors="surrogatepass")
    if isinstance(data, list):
        return [_masked(item, secrets) for item in data]
    if isinstance(data, dict):
        return {_masked(name, secrets): _masked(item, secrets) for name, item in data.items()}
    return data
