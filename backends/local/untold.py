"""Secrets that this machine does not have or does not keep well, said before anything starts."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from pathlib import Path

from ...compiler.diagnostics.diagnostic import Diagnostic, Severity, error
from ...compiler.ir.graph import Graph
from ...compiler.ir.nodes import Task, walk
from ...compiler.ir.settings import SecretRef
from ...runtime.secrets import names_of
from .secrets import SERVICE, Vault, is_in_git, is_open


def untold(graph: Graph, file: Path | None, root: Path) -> Iterator[Diagnostic]:
    """What is wrong with the secrets that tasks declare; nothing is read where none does. `root` is
    the project's folder.

    A hook that lacks one may never come to run, and when it does its failure is reported.
    """
    vault = Vault(os.environ, file)
    tasks = (node for node in graph.everything() if isinstance(node, Task))
    asking = [task for task in tasks if task.settings.secrets]
    hooked = {node.id for hook in graph.hooks for node in walk(hook.nodes)}
    if asking and file is not None:
        yield from _badly_kept(file.resolve(), root.resolve())
    for task in asking:
        for secret in task.settings.secrets:
            if vault.find(secret) is None:
                severity = Severity.WARNING if task.id in hooked else Severity.ERROR
                yield _missing(task, secret, vault, severity)


def _missing(task: Task, secret: SecretRef, vault: Vault, severity: Severity) -> Diagnostic:
    span = task.settings.span(f"secrets.{secret.variable}") or task.definition.span
    name = next(n for n in names_of(secret.variable, secret.name) if n.isidentifier())
    return error(
        "MLP0903",
        f"this machine cannot give `{task.definition.name}` its secret `{secret.variable}`",
        span,
        "nowhere to be found",
        notes=list(vault.places(secret)),
        help=[
            f"set the environment variable `{name}`",
            f"or keep it: `keyring set {SERVICE} {secret.name}`",
        ],
        severity=severity,
    )


def _badly_kept(file: Path, root: Path) -> Iterator[Diagnostic]:
    if is_in_git(file, os.environ.get("PATH")):
        yield error(
            "MLP0903",
            f"this machine cannot keep secrets in `{file.name}`: git takes it",
            None,
            notes=[f"it is {file}"],
            help=[
                f"add `{file.name}` to `.gitignore`, or keep it outside of the repository",
                "whoever has seen a secret knows it: give those that were committed new values",
            ],
        )
    if is_open(file):
        yield error(
            "MLP0507",
            f"everybody on this machine can read the secrets in `{file.name}`",
            None,
            notes=[f"it is {file}"],
            # What lies elsewhere may be meant for others to read.
            help=[f"`chmod 600 {shlex.quote(str(file))}`"]
            if file.is_relative_to(root)
            else ["let `[secrets]` in `mlp.toml` name a file that only you can read"],
            severity=Severity.WARNING,
        )
