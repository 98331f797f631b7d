"""The folder store against a model of it: results put, published, pinned, collected, hurt, mended,
and processes killed in the middle of it."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from store.results import content, key_of, made

from millpond.runtime.collect import Rules, alone, collect
from millpond.runtime.digest import digest_file
from millpond.runtime.folder import FolderStore
from millpond.runtime.health import Kind, examine
from millpond.runtime.mend import mend, rebuild

NAMES = st.integers(0, 9)
INSTANTS = st.integers(1, 900)


def text_of(name: int) -> str:
    return f"what {name} is about"


def put(store: FolderStore, name: int, *, wait: bool) -> None:
    record = made(store, name, text_of(name), tree=name % 3 == 0)
    if wait:
        store.publish(record)
    else:
        store.commit(record)
        store.flush()


def sweep(store: FolderStore) -> None:
    with alone(store.root):
        collect(store, Rules(0.0), time.time() + 1)


class Store(RuleBasedStateMachine):
    """`there` are the names whose results answer, `pinned` those among them that no collection
    takes, `hurt` those whose bytes were changed or removed behind the store's back."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="millpond-machine-"))
        self.root = self.folder / "store"
        self.store = FolderStore(self.root)
        self.there: set[int] = set()
        self.pinned: set[int] = set()
        self.hurt: dict[int, Kind] = {}

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)

    @initialize()
    def begin(self) -> None:
        put(self.store, 0, wait=True)
        self.there.add(0)

    def again(self) -> None:
        """Another process comes to the store."""
        self.store.close()
        self.store = FolderStore(self.root)

    @rule(name=NAMES, wait=st.booleans())
    def publishes(self, name: int, wait: bool) -> None:
        put(self.store, name, wait=wait)
        if self.hurt.pop(name, None) is Kind.CHANGED and self._own(name) is not None:
            # The same bytes were there by length: only reading them tells that they are not.
            self.hurt[name] = Kind.CHANGED
        self.there.add(name)

    @rule(name=NAMES)
    def looks(self, name: int) -> None:
        record = self.store.lookup(key_of(name))
        expected = name in self.there and self.hurt.get(name) is not Kind.MISSING
        assert (record is not None) is expected
        if record is not None and name not in self.hurt:
            place = self.folder / "copy"
            assert content(self.store, record, place) == text_of(name)
            shutil.rmtree(place) if place.is_dir() else place.unlink()

    @rule(name=NAMES)
    def pins(self, name: int) -> None:
        standing = self.store.index.find([key_of(name)]).get(key_of(name))
        if standing is not None:
            self.store.index.pin([standing.record.id], "wanted")
            self.pinned.add(name)

    @rule(name=NAMES)
    def unpins(self, name: int) -> None:
        standing = self.store.index.find([key_of(name)]).get(key_of(name))
        if standing is not None:
            self.store.index.unpin([standing.record.id])
            self.pinned.discard(name)

    @rule()
    def collects(self) -> None:
        self.again()
        sweep(self.store)
        self.there &= self.pinned
        self.hurt = {name: how for name, how in self.hurt.items() if name in self.there}

    def _own(self, name: int) -> Path | None:
        """The file of a result that it shares with no other."""
        standing = self.store.index.find([key_of(name)]).get(key_of(name))
        if standing is None:
            return None
        (artifact,) = standing.record.artifacts()
        hex = artifact.hex
        if artifact.is_tree:
            own = (e for e in self.store.manifest(artifact) if e["path"] == "own")
            hex = next(own)["digest"]
        return self.store.object_path(hex)

    @rule(name=NAMES, at=st.integers(0, 10_000), harm=st.sampled_from((Kind.CHANGED, Kind.MISSING)))
    def is_hurt(self, name: int, at: int, harm: Kind) -> None:
        # What there is depends on when kills came: nothing is drawn from it.
        if name not in self.there or name in self.hurt:
            return
        path = self._own(name)
        assert path is not None
        path.chmod(0o644)
        if harm is Kind.MISSING:
            path.unlink()
        else:
            whole = bytearray(path.read_bytes())
            whole[at // 8 % len(whole)] ^= 1 << at % 8
            path.write_bytes(whole)
        self.hurt[name] = harm

    @rule()
    def is_mended(self) -> None:
        found = examine(self.store)
        done = mend(self.store, found, None)
        assert set(done.lost) == {key_of(name) for name in self.hurt}
        self.there -= self.hurt.keys()
        self.pinned -= self.hurt.keys()
        self.hurt.clear()

    @rule()
    def loses_its_index(self) -> None:
        self.store.close()
        rebuild(self.root)
        self.store = FolderStore(self.root)
        before = set(self.there)
        self._look_anew()
        assert before <= self.there

    @rule(name=NAMES, wait=st.booleans(), instant=INSTANTS)
    def is_killed_while_it_publishes(self, name: int, wait: bool, instant: int) -> None:
        done = self._killed(instant, lambda store: put(store, name, wait=wait))
        if name in self.hurt:
            path = self._own(name)
            if self.hurt[name] is Kind.MISSING and path is not None and path.exists():
                del self.hurt[name]
        elif self.store.lookup(key_of(name)) is not None:
            self.there.add(name)
        else:
            assert not done
            assert name not in self.there

    @rule(instant=INSTANTS)
    def is_killed_while_it_collects(self, instant: int) -> None:
        self.again()
        self._killed(instant, sweep)
        before = set(self.there)
        self._look_anew()
        assert before & self.pinned <= self.there <= before

    def _look_anew(self) -> None:
        """What a killed collection has let go may be in the ledger still, or not."""
        self.there = {n for n in range(10) if self.store.index.find([key_of(n)])}
        self.hurt = {}
        for name in self.there:
            path = self._own(name)
            if path is None or not path.exists():
                self.hurt[name] = Kind.MISSING
            elif digest_file(path) != path.name:
                self.hurt[name] = Kind.CHANGED

    def _killed(self, instant: int, work: object) -> bool:
        """Does work in a process that is killed at its so many-th call of C; whether it got by."""
        assert callable(work)
        self.store.close()
        pid = os.fork()
        if pid == 0:
            calls = 0

            def count(frame: FrameType, event: str, argument: object) -> None:
                nonlocal calls
                calls += event == "c_call"
                if calls >= instant:
                    os.kill(os.getpid(), signal.SIGKILL)

            try:
                store = FolderStore(self.root)
                sys.setprofile(count)
                work(store)
                store.close()
            finally:
                sys.setprofile(None)
                os._exit(0)
        _, status = os.waitpid(pid, 0)
        self.store = FolderStore(self.root)
        return os.waitstatus_to_exitcode(status) == 0

    @invariant()
    def what_answers_is_what_is_there(self) -> None:
        names = range(10)
        found = self.store.lookup_many(map(key_of, names))
        missing = {name for name, how in self.hurt.items() if how is Kind.MISSING}
        assert {name for name in names if key_of(name) in found} == self.there - missing

    @invariant()
    def damage_is_found_and_nothing_else(self) -> None:
        health = examine(self.store)
        assert health.hurt == {key_of(name) for name in self.hurt}, health.damages
        kinds = sorted(damage.kind.name for damage in health.damages)
        assert kinds == sorted(kind.name for kind in self.hurt.values()), health.damages


TestStore = Store.TestCase
TestStore.settings = settings(
    max_examples=settings.default.max_examples // 6, stateful_step_count=20
)
