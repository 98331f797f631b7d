"""Processes that publish, commit and collect, killed at random instants of just that."""

from __future__ import annotations

import time
from pathlib import Path

from kill.rounds import killed, rounds, script, sound
from store.results import content, key_of

from millpond.runtime.folder import FolderStore
from millpond.runtime.session import Claims

PUBLISH = """
    import random, sys
    from pathlib import Path
    sys.path.insert(0, "tests")
    from store.results import made
    from millpond.runtime.folder import FolderStore
    root, seed = Path(sys.argv[1]), int(sys.argv[2])
    dice = random.Random(seed)
    store = FolderStore(root)
    print("ready", flush=True)
    while True:
        name = dice.randrange(40)
        record = made(store, name, f"of {name} " * 5000, tree=name % 3 == 0)
        if dice.random() < 0.5:
            store.publish(record)
            print(name, flush=True)
        else:
            store.commit(record)
            if dice.random() < 0.2:
                store.flush()
                print(name, flush=True)
"""

COLLECT = """
    import sys, time
    from pathlib import Path
    from millpond.runtime.collect import Rules, alone, collect
    from millpond.runtime.folder import FolderStore
    root = Path(sys.argv[1])
    print("ready", flush=True)
    while True:
        store = FolderStore(root)
        with alone(root):
            collect(store, Rules(keep=0.0), time.time())
        store.close()
"""


def _all_right(root: Path, place: Path) -> int:
    """Every answer in the store is the right one, to the last byte; how many there are."""
    sound(root)
    store = FolderStore(root)
    right = 0
    for name in range(40):
        record = store.lookup(key_of(name))
        if record is not None:
            assert content(store, record, place / str(name)) == f"of {name} " * 5000
            right += 1
    store.close()
    return right


def test_a_publisher_that_is_killed_has_lost_nothing_that_it_called_done(tmp_path: Path) -> None:
    root = tmp_path / "store"
    for number, dice in rounds(14):
        process = script(PUBLISH, root, number)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(dice.uniform(0, 0.12))
        done = {int(line) for line in killed(process).split()}
        place = tmp_path / str(number)
        place.mkdir()
        assert _all_right(root, place) >= len(done)
        store = FolderStore(root)
        assert all(store.lookup(key_of(name)) is not None for name in done)
        store.close()


def test_a_collector_that_is_killed_takes_no_object_of_a_result_that_stays(tmp_path: Path) -> None:
    root = tmp_path / "store"
    for number, dice in rounds(10):
        publisher, collector = script(PUBLISH, root, number), script(COLLECT, root)
        for process in (publisher, collector):
            assert process.stdout is not None
            process.stdout.readline()
        time.sleep(dice.uniform(0, 0.15))
        first, second = (publisher, collector) if number % 2 else (collector, publisher)
        killed(first)
        time.sleep(dice.uniform(0, 0.03))
        killed(second)
        place = tmp_path / str(number)
        place.mkdir()
        _all_right(root, place)
    # Nobody lives: all that the dead have claimed is free again, and the rest can go.
    claims = Claims(root)
    claims.refresh()
    assert claims.live == set()
    claims.close()
