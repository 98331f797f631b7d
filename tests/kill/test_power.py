"""Power cuts: what the index speaks of has reached the disk before, by the system's own calls."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from local.project import ROOT

WRITE = """
    import sys
    from pathlib import Path
    sys.path.insert(0, "tests")
    from store.results import made
    from millpond.runtime.folder import FolderStore
    store = FolderStore(Path(sys.argv[1]))
    store.lookup("none")
    for round in range(3):
        for name in range(3):
            record = made(store, (round, name), tree=round == 2)
            store.commit(record)
        store.flush()
    store.publish(made(store, "at once"))
    store.close()
"""
_CALL = re.compile(r"^\d+\s+(?:[\d.]+\s+)?(\w+)\((.*)")
_HEX = re.compile(r"objects/[0-9a-f]{2}/([0-9a-f]{64})")
_PLACED = ("rename", "renameat", "renameat2")


def test_objects_reach_the_disk_before_the_index_speaks_of_them(tmp_path: Path) -> None:
    if shutil.which("strace") is None:
        pytest.fail("this test watches system calls: install strace")
    trace = tmp_path / "trace"
    calls = "trace=rename,renameat,renameat2,fsync,fdatasync,syncfs,write,pwrite64"
    subprocess.run(
        [
            *("strace", "-f", "-y", "-e", calls, "-o", str(trace)),
            *(sys.executable, "-c", textwrap.dedent(WRITE), str(tmp_path / "store")),
        ],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=120,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
    )
    afloat: set[str] = set()
    synced = spoken = 0
    for line in trace.read_text(errors="replace").splitlines():
        found = _CALL.match(line)
        if found is None:
            continue
        call, words = found.groups()
        hexes = _HEX.findall(words)
        if call in _PLACED and hexes:
            afloat.add(hexes[-1])
        elif call == "syncfs":
            synced += len(afloat)
            afloat.clear()
        elif call in ("fsync", "fdatasync") and hexes:
            synced += len(afloat.intersection(hexes))
            afloat.difference_update(hexes)
        elif call in ("write", "pwrite64") and "index.sqlite-wal" in words:
            spoken += 1
            assert not afloat, f"the index is written before {afloat} reached the disk"
    assert synced >= 10, "nothing was seen to reach the disk"
    assert spoken, "nothing was seen to enter the index"
