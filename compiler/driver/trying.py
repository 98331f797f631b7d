"""Runs single steps for tests: a process each, the project's store, no limits on resources."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ..ir.meaning import descriptor_of
from ..ir.nodes import Task
from ..passes.keys import Spec
from ..project import Project

if TYPE_CHECKING:
    from ...runtime.store import Store


class Broken(Exception):  # noqa: N818  (what a step came to)
    """A step failed; `log` has the last lines that it wrote."""

    def __init__(self, message: str, log: str) -> None:
        super().__init__(message)
        self.log = log


class Bench:
    """Where steps are tried. Store and runtime are loaded with the first one: a file whose tests
    are all stubbed is done before."""

    def __init__(self, project: Project, roots: tuple[Path, ...]) -> None:
        self.project = project
        self.roots = roots
        self._store: Store | None = None
        self._folder: Path | None = None
        self._tried = 0

    @property
    def store(self) -> Store:
        if self._store is None:
            from .results import store_of

            self._store = store_of(self.project)
        return self._store

    def run(
        self, task: Task, spec: Spec, arguments: Mapping[str, object]
    ) -> tuple[dict[str, object], bool]:
        """The outputs of a step, and whether a stored result answered. Raises `Broken`."""
        import os
        import tempfile

        from ...runtime.retry import AttemptFailed
        from ...runtime.step import Surroundings, Work, result_of

        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="millpond-test-"))
        self._tried += 1
        folder = self._folder / str(self._tried)
        folder.mkdir()
        said: list[str] = []
        with (folder / "log").open("w+b") as log:
            around = Surroundings(
                self.store, folder, self.roots, os.environ, log, said.append, "test", task.id
            )
            try:
                record, hit = result_of(Work.of(spec.json, arguments), around)
            except AttemptFailed as problem:
                raise Broken(str(problem), problem.trace or _tail(log)) from None
        ports = task.definition.outputs
        return {p.name: record.value(p.name, descriptor_of(p.type)) for p in ports}, hit

    def close(self) -> None:
        """Makes what was stored durable, and removes the rest."""
        if self._store is not None:
            self._store.close()
        if self._folder is not None:
            import shutil

            shutil.rmtree(self._folder, ignore_errors=True)


def _tail(log: BinaryIO, most: int = 15) -> str:
    log.flush()
    log.seek(0)
    lines = log.read().decode("utf-8", "replace").splitlines()
    return "\n".join(lines[-most:])
