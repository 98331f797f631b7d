"""`mlp cache`: look at, check, shrink and move the results that are kept here."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import cast

from ..driver.front import Targets, Usage
from .app import Command
from .options import parser

VERBS = {
    "ls": "list what is kept, by pipeline and step",
    "verify": "hold every byte against its digest; --repair mends what can be mended",
    "gc": "remove what nothing has used for long",
    "push": "send results to a shared store",
    "pull": "fetch results from a shared store",
    "pin": "keep the results of a run, whatever their age",
    "unpin": "let the results of a run go like all others",
}

_FILES = {"push": "move", "pull": "move", "unpin": "pin"}


def run(words: Sequence[str], targets: Targets) -> int:
    """Hands over to the verb: `ls` is in `cached_ls.py`."""
    verb = words[0] if words else "--help"
    if verb in VERBS:
        module = cast(Command, import_module(f".cached_{_FILES.get(verb, verb)}", __package__))
        return module.run(words, targets)
    built = parser(
        "cache", "look at, check, shrink and move the results that are kept here", "mlp cache gc"
    )
    width = max(map(len, VERBS)) + 2
    lines = "\n".join(f"  {name:<{width}}{says}" for name, says in VERBS.items())
    built.usage = "mlp cache VERB [options]"
    built.description = f"{built.description}\n\n{lines}\n\n`mlp cache VERB --help` says more."
    if verb not in ("--help", "-h"):
        raise Usage(f"there is no `mlp cache {verb}`; it takes {', '.join(VERBS)}")
    built.print_help()
    return 0 if words else 2
