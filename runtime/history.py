"""History: which result each node of a pipeline had last, and which definitions ever ran here.

It explains and estimates; it never decides what runs. Losing it costs explanations only.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from statistics import median
from typing import NamedTuple, TypeAlias, cast

from .artifact import Json
from .key import digest_json, outputs_of, stem_of
from .record import Record
from .store import Store, StoreRefusedError, StoreUnreachableError

_TABLES = """
create table if not exists nodes(
    pipeline text, node text, result text, seconds real, primary key(pipeline, node)
) without rowid;
create table if not exists stems(stem text primary key) without rowid;
create table if not exists names(
    result text primary key, pipeline text, node text, step text
) without rowid;
create table if not exists times(
    number integer primary key, result text not null unique, seconds real not null
);
create table if not exists texts(digest text primary key, content text) without rowid;
"""
ANYTHING = frozenset({"*"})
"""What a store may hold that cannot be looked through."""
_RECENT = 9
"""How many of a node's times an estimate looks at: older ones say little of today's code."""


_Medians: TypeAlias = "dict[tuple[str, str], float]"


def _static(parts: Json, outputs: Json) -> str:
    """What all results of a definition share, and few others do."""
    held = cast("dict[str, Json]", parts)
    return digest_json([held.get("body"), held.get("environment"), outputs])


def _symbols(explained: Json) -> set[str]:
    """The functions and constants that explain a body."""
    found = explained.get("symbols") if isinstance(explained, dict) else None
    return set(found) if isinstance(found, dict) else set()


class Name(NamedTuple):
    """What people call a result: the step of a pipeline that gave it first, as which node."""

    pipeline: str
    node: str
    step: str


class History:
    """The history of one project, in a file of its own beside the store.

    `read_only` never creates the file: a plan leaves no trace. Where the store is not the project's
    own, what is asked for is not what runs `here` find.
    """

    def __init__(
        self, file: Path, store: Store | None, *, read_only: bool = False, here: bool = True
    ) -> None:
        self.here = here
        self._store = store
        self._nodes: dict[tuple[str, str], tuple[str, float | None]] = {}
        self._stems: set[str] = set()
        self._stored: frozenset[str] | None = None
        self._medians: tuple[_Medians, _Medians] | None = None
        self._connection: sqlite3.Connection | None = None
        if read_only and not file.exists():
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._connection = self._opened(file)
        except sqlite3.OperationalError:
            # it cannot be written to, or read, just now; nothing depends on it
            return
        except sqlite3.DatabaseError:
            # a damaged history is worth nothing: begin anew
            if read_only:
                return
            file.unlink(missing_ok=True)
            self._connection = self._opened(file)

    def _opened(self, file: Path) -> sqlite3.Connection:
        connection = sqlite3.connect(file, timeout=30, isolation_level=None)
        connection.executescript(_TABLES)
        for pipeline, node, result, seconds in connection.execute("select * from nodes"):
            self._nodes[pipeline, node] = (result, seconds)
        self._stems = {stem for (stem,) in connection.execute("select stem from stems")}
        return connection

    def lookup(self, key: str, max_age: float | None = None) -> Record | None:
        """The whole, usable result of a key, no older than `max_age` seconds."""
        return None if self._store is None else self._store.lookup(key, max_age)

    def may_have(self, spec: Mapping[str, Json]) -> bool:
        """Whether a definition may have given any result that the store holds: runs of this project
        remember those they met, but results also come from other machines, and outlive a history
        that is lost. Of a shared store that holds anything nobody can tell."""
        if self._store is None:
            return False
        if stem_of(spec) in self._stems:
            return True
        if self._stored is None:
            self._stored = self._held()
        return self._stored is ANYTHING or _static(spec["parts"], outputs_of(spec)) in self._stored

    def _held(self) -> frozenset[str]:
        """What definitions the records of the store say that they are of."""
        from .nearby import is_shared, records_of

        assert self._store is not None
        try:
            if is_shared(self._store):
                return ANYTHING
        except StoreRefusedError:
            raise
        except StoreUnreachableError:
            return ANYTHING
        return frozenset(
            _static(record.parts, record.parts.get("outputs")) for record in records_of(self._store)
        )

    def last(self, pipeline: str, node: str) -> Record | None:
        """The newest result of a node, or None."""
        found = self._nodes.get((pipeline, node))
        return None if found is None or self._store is None else self._store.record(found[0])

    def failed(self, pipeline: str, node: str) -> str | None:
        """The last run of a pipeline, where the node failed in it: runs are told of elsewhere."""
        return None

    def first(self, result: str) -> Name | None:
        """The node that gave a result first, None where nobody remembers."""
        if self._connection is None:
            return None
        query = "select pipeline, node, step from names where result = ?"
        try:
            found = self._connection.execute(query, (result,)).fetchone()
        except sqlite3.OperationalError:
            return None
        return None if found is None else Name(*found)

    @property
    def away(self) -> str | None:
        """Why the results of others were not looked at, where they could not be."""
        away = getattr(self._store, "away", None)
        return away if isinstance(away, str) else None

    def met(self) -> list[Name]:
        """All nodes, of all pipelines, that had a result, with the steps that gave them."""
        steps = {result: name.step for result, name in self.names().items()}
        return [
            Name(pipeline, node, steps.get(result, node))
            for (pipeline, node), (result, _) in self._nodes.items()
        ]

    def seconds(self, pipeline: str, node: str) -> float | None:
        """How long the node took when it last ran."""
        found = self._nodes.get((pipeline, node))
        return None if found is None else found[1]

    def estimate(self, pipeline: str, node: str, step: str) -> float | None:
        """How long a node will take, in seconds: the median of what it took, else the median of
        what nodes of its step took, which knows of partitions that have never run."""
        if self._medians is None:
            self._medians = self._measured()
        nodes, steps = self._medians
        known = nodes.get((pipeline, node))
        if known is None:
            known = self.seconds(pipeline, node)
        return steps.get((pipeline, step)) if known is None else known

    def _measured(self) -> tuple[_Medians, _Medians]:
        """The median of what each node took, and of what the nodes of each step did."""
        nodes: dict[tuple[str, str], list[float]] = {}
        steps: dict[tuple[str, str], list[float]] = {}
        for pipeline, node, step, seconds in self._times():
            nodes.setdefault((pipeline, node), []).append(seconds)
            steps.setdefault((pipeline, step), []).append(seconds)
        return (
            {name: median(found[-_RECENT:]) for name, found in nodes.items()},
            {name: median(found) for name, found in steps.items()},
        )

    def _times(self) -> list[tuple[str, str, str, float]]:
        """What every result took to make, in the order in which they came to be known."""
        if self._connection is None:
            return []
        try:
            return self._connection.execute(
                "select pipeline, node, step, seconds from times join names using (result)"
                " order by number"
            ).fetchall()
        except sqlite3.OperationalError:
            return []

    def alike(self, step: str, spec: Mapping[str, Json]) -> Iterator[Record]:
        """The results that a step may have given, here or on another machine: those that runs of
        this project met under its name, then all in the store that say so or have its body."""
        seen: set[str] = set()
        known = self._connection
        if known is not None and self._store is not None:
            query = "select result from names where step = ?"
            for (result,) in known.execute(query, (step,)).fetchall():
                record = self._store.record(result)
                if record is not None:
                    seen.add(result)
                    yield record
        if self._store is None:
            return
        from .nearby import records_of

        parts, explained = cast("dict[str, Json]", spec["parts"]), spec["explain"]
        for record in self._reached(records_of(self._store)):
            if record.id in seen:
                continue
            shared = _symbols(record.provenance.get("explain")) & _symbols(explained)
            of = record.provenance.get("step")
            if of == step or record.parts.get("body") == parts["body"] or (of is None and shared):
                yield record

    def _reached(self, records: Iterator[Record]) -> Iterator[Record]:
        """Those that can be had: where the shared store is away, the near ones."""
        try:
            yield from records
        except StoreRefusedError:
            raise
        except StoreUnreachableError:
            return

    def text(self, digest: str) -> str | None:
        """A script or a list of packages that a result was made with, by its sha256."""
        if self._connection is None:
            return None
        try:
            query = "select content from texts where digest = ?"
            found = self._connection.execute(query, (digest,)).fetchone()
        except sqlite3.OperationalError:
            return None
        return None if found is None else str(found[0])

    def names(self) -> dict[str, Name]:
        """What results are called, by their ids."""
        if self._connection is None:
            return {}
        rows = self._connection.execute("select result, pipeline, node, step from names")
        return {result: Name(*name) for result, *name in rows}

    def explaining(self) -> set[str]:
        """The ids of the results that a plan compares with: their records should stay."""
        return {result for result, _ in self._nodes.values()}

    def remember(
        self,
        pipeline: str,
        results: Iterable[tuple[str, str, float | None]],
        stems: Iterable[str],
        steps: Mapping[str, str] = {},
        texts: Iterable[str] = (),
    ) -> None:
        """Stores (node, result id, seconds) and the definitions that ran, in one transaction;
        `steps` has the step of each node, `texts` what `text` is to find later."""
        if self._connection is None:
            return
        rows = [
            (pipeline, node, result, seconds)
            for node, result, seconds in results
            if self._nodes.get((pipeline, node)) != (result, seconds)
        ]
        # A disk that is full, or can only be read, is no reason to fail a run that has ended.
        with suppress(sqlite3.OperationalError):
            self._connection.execute("begin immediate")
            try:
                self._write(pipeline, rows, stems, steps, texts)
                self._connection.execute("commit")
            except BaseException:
                with suppress(sqlite3.OperationalError):
                    self._connection.execute("rollback")
                raise

    def _write(
        self,
        pipeline: str,
        rows: list[tuple[str, str, str, float | None]],
        stems: Iterable[str],
        steps: Mapping[str, str],
        texts: Iterable[str],
    ) -> None:
        assert self._connection is not None
        self._connection.executemany("insert or replace into nodes values(?, ?, ?, ?)", rows)
        self._connection.executemany(
            "insert or ignore into names values(?, ?, ?, ?)",
            [(result, pipeline, node, steps.get(node, node)) for _, node, result, _ in rows],
        )
        self._connection.executemany(
            "insert or ignore into times(result, seconds) values(?, ?)",
            [(result, seconds) for _, _, result, seconds in rows if seconds is not None],
        )
        self._connection.executemany(
            "insert or ignore into texts values(?, ?)",
            [(hashlib.sha256(text.encode()).hexdigest(), text) for text in texts],
        )
        self._connection.executemany(
            "insert or ignore into stems values(?)", [(stem,) for stem in stems]
        )

    def close(self) -> None:
        if self._connection is not None:
            with closing(self._connection):
                self._connection = None
