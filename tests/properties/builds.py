"""Sources in a folder of their own: what they are built into, and their bodies, imported."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import note
from properties.past import Bodies
from properties.sources import STEPS, Source

from millpond.compiler.driver.build import Built, build
from millpond.compiler.driver.choose import choose
from millpond.compiler.driver.front import front
from millpond.compiler.driver.parameters import given_values
from millpond.face.api import TARGETS

MODULES = ("acts", "parts", "tools", "tools.sums", "tools.widths")


@contextmanager
def folder() -> Iterator[Path]:
    with TemporaryDirectory() as name:
        yield Path(name)


def built(source: Source, place: Path) -> Built | None:
    """What a run of the source would do; None where it may not start, or does not check."""
    file = source.write(place)
    note(file.read_text("utf-8"))
    checked = front(file, TARGETS)
    if checked.report.has_errors:
        return None
    chosen = choose(checked, TARGETS, "main", "here")
    values = given_values(checked, chosen, source.given, complete=True)
    found = build(checked, chosen, values, frozen=True)
    return None if found.refused or checked.report.has_errors else found


def bodies(source: Source, place: Path) -> Bodies:
    """The functions of the source as they stand in its folder, and what its script does."""
    held = {name: sys.modules.pop(name, None) for name in MODULES}
    keeps, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    sys.path.insert(0, str(place))
    importlib.invalidate_caches()
    try:
        acts = importlib.import_module("acts")
        found = {name: vars(acts)[name] for name in STEPS if name != "cut"}
    finally:
        sys.path.remove(str(place))
        sys.dont_write_bytecode = keeps
        for name, module in held.items():
            sys.modules.pop(name, None)
            if module is not None:
                sys.modules[name] = module
    return {**found, "cut": lambda a: (a + source.tokens["CUT"] + source.tokens["TOOL"]) % 5}
