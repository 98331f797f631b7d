"""Random edits of random code, run before and after: what changes a result changes the digest."""

from __future__ import annotations

import random
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from bodies import hunt, renames
from bodies.found import FOUND
from bodies.fragments import FRAGMENTS
from bodies.refactorings import refactored
from hypothesis import Phase, given, note, settings
from hypothesis import strategies as st

from millpond.compiler.bodies.slice import Slice

EDITS = 4
# An example runs five processes: there are few of them, and none is made smaller.
few = settings(
    max_examples=settings().max_examples // 4,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)


def judged(files: hunt.Files) -> tuple[Slice | str, str]:
    with TemporaryDirectory() as name:
        hunt.write(files, Path(name))
        return hunt.cut(Path(name)), hunt.outcome(Path(name))


def sliced(files: hunt.Files) -> Slice | str:
    with TemporaryDirectory() as name:
        hunt.write(files, Path(name))
        return hunt.cut(Path(name))


@few
@given(st.integers(0, 2**32))
def test_what_changes_a_result_changes_the_digest(seed: int) -> None:
    draw = random.Random(seed)
    files = hunt.plain(hunt.project(draw))
    code, gave = judged(files)
    assert isinstance(code, Slice), code
    assert not gave.startswith(hunt.BROKEN), gave
    for change in islice(hunt.changes(files, draw), EDITS):
        edited, gives = judged(change.files)
        # Code that cannot be imported any more gives no result, and replaces none.
        if isinstance(edited, Slice) and gives != gave and not gives.startswith(hunt.BROKEN):
            note(f"{change.what}\n{gave}\n{gives}")
            assert edited.digest != code.digest
            assert edited.table != code.table


@few
@given(st.integers(0, 2**32))
def test_a_refactoring_that_changes_a_result_changes_the_digest(seed: int) -> None:
    draw = random.Random(seed)
    files = hunt.plain(hunt.project(draw))
    code = sliced(files)
    assert isinstance(code, Slice), code
    for what, now in islice(refactored(files, draw), EDITS):
        edited = sliced(now)
        if isinstance(edited, Slice) and (
            edited.digest == code.digest or edited.table == code.table
        ):
            (_, gave), (_, gives) = judged(files), judged(now)
            note(f"{what}\n{gave}\n{gives}")
            assert gives == gave or gives.startswith(hunt.BROKEN)


@few
@given(st.integers(0, 2**32))
def test_new_names_change_nothing_that_runs(seed: int) -> None:
    draw = random.Random(seed)
    files = hunt.plain(hunt.project(draw))
    code, gave = judged(files)
    assert isinstance(code, Slice), code
    with TemporaryDirectory() as name:
        hunt.write(files, Path(name))
        read = hunt.audience(Path(name))
    for _ in range(EDITS):
        change = renames.new_name(files, draw)
        if change is None:
            continue
        what, files = change
        edited, gives = judged(files)
        note(f"{what}\n{gave}\n{gives}")
        assert isinstance(edited, Slice), edited
        assert gives == gave or edited.digest != code.digest
        if not (read.names or read.errors):
            assert gives == gave
            assert edited.digest == code.digest
        assert (edited.digest == code.digest) == (edited.table == code.table)


@few
@given(st.integers(0, 2**32))
def test_a_new_name_of_the_entry_changes_nothing_that_runs(seed: int) -> None:
    draw = random.Random(seed)
    files = hunt.plain(hunt.project(draw))
    other = {**files, hunt.MAIN: files[hunt.MAIN].replace("def run(", "def brand_new(")}
    found = []
    for given_files, entry in ((files, "run"), (other, "brand_new")):
        with TemporaryDirectory() as name:
            hunt.write(given_files, Path(name))
            read = hunt.audience(Path(name), entry)
            found.append((hunt.cut(Path(name), entry), hunt.outcome(Path(name), entry)))
    (code, gave), (edited, gives) = found
    assert isinstance(code, Slice)
    assert isinstance(edited, Slice)
    assert gives == gave or edited.digest != code.digest
    if not (read.names or code.reasons):
        assert gives == gave
        assert edited.digest == code.digest


@few
@given(st.integers(0, 2**32))
def test_what_says_nothing_changes_no_digest(seed: int) -> None:
    """Comments, layout, docstrings that nobody reads, functions that nobody calls."""
    draw = random.Random(seed)
    files = hunt.project(draw)
    said = {name: _talkative(text, draw) for name, text in files.items()}
    spare = {
        name: f"{text}\ndef nobody_calls_this():\n    return 1\n" for name, text in files.items()
    }
    with TemporaryDirectory() as name:
        found = []
        for number, each in enumerate((files, hunt.plain(files), said, spare)):
            folder = Path(name, str(number))
            hunt.write(each, folder)
            code = hunt.cut(folder)
            assert isinstance(code, Slice)
            found.append(code)
    first = found[0]
    assert all(code.digest == first.digest and code.table == first.table for code in found[:3])
    # Where all that a module holds may be reached, a new function counts.
    if not first.reasons:
        assert found[3].digest == first.digest


def _talkative(text: str, draw: random.Random) -> str:
    lines = []
    for line in text.splitlines():
        lines += ["", "# a word"] * draw.randrange(2)
        lines.append(line + draw.choice(["", "   # why", "  "]))
    return "\n".join(lines) + "\n\n\n"


@pytest.mark.parametrize("number", range(len(FRAGMENTS)))
def test_every_fragment_runs_and_has_a_slice(number: int) -> None:
    files = {
        k.replace("{p}", "part"): v.replace("{p}", "part") for k, v in FRAGMENTS[number].items()
    }
    files[hunt.MAIN] = "import part\ndef run():\n    return part.value()\n"
    code, gave = judged(files)
    assert isinstance(code, Slice)
    assert gave.startswith("["), gave


@pytest.mark.parametrize(("files", "name", "old", "new"), [each[1:] for each in FOUND],
                         ids=[each[0] for each in FOUND])  # fmt: skip
def test_found(files: hunt.Files, name: str, old: str, new: str) -> None:
    files = {name: old, **files, hunt.MAIN: "import part\ndef run():\n    return part.value()\n"}
    assert old in files[name]
    before, gave = judged(files)
    after, gives = judged({**files, name: files[name].replace(old, new)})
    assert gave != gives
    assert isinstance(before, Slice)
    assert isinstance(after, Slice)
    assert before.digest != after.digest
    assert before.table != after.table
