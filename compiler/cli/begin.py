"""Begins a command that asks about a plan: the file checked, and the graph of its pipeline."""

from __future__ import annotations

from argparse import Namespace
from typing import NamedTuple

from ..driver.build import Built, startable
from ..driver.choose import Chosen, choose
from ..driver.front import Checked, Targets, front
from .options import path_of, values_of
from .show import refuse


class Begun(NamedTuple):
    """A file without errors, the target and the pipeline that were chosen, and the graph."""

    checked: Checked
    chosen: Chosen
    built: Built


def begin(options: Namespace, targets: Targets) -> Begun | int:
    """What `file`, `values`, `pipeline` and `target` of the options say; the exit code where the
    file has errors, which are shown."""
    values = values_of(options.values)
    checked = front(path_of(options.file), targets)
    if checked.report.has_errors:
        return refuse(checked, options.format)
    chosen = choose(checked, targets, options.pipeline, options.target)
    built = startable(checked, chosen, values)
    return refuse(checked, options.format) if built is None else Begun(checked, chosen, built)
