"""The static half of every key: the step spec that plan, engine and launcher share."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Mapping
from typing import assert_never

from ...runtime.dataclass import dataclass
from ...runtime.key import stem_of
from ..ir.definitions import (
    Body,
    BundledFile,
    ContainerBody,
    NotebookBody,
    Pickled,
    PythonBody,
    ShellBody,
)
from ..ir.graph import Graph
from ..ir.meaning import descriptor_of, to_json
from ..ir.nodes import Task
from ..ir.settings import Environment
from ..ir.values import Json, NodeId
from ..source import Span
from ..types.image import digest_of
from ..types.types import Dataset, ListOf, MapOf, Metrics, Optional, Row, Type, show
from .pins import left_open, wants

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"

Locate = Callable[[Span], str]
"""The place of a span in words that hold on every machine: `flights.mlp:31:9`."""


@dataclass(frozen=True, slots=True)
class Spec:
    """A step as the launcher reads it, the files that travel with it, and why no result answers
    another run (`uncacheable`), or None where one may. `stem` is what all its keys share."""

    json: dict[str, Json]
    files: tuple[BundledFile, ...]
    uncacheable: str | None
    stem: str


def specs(graph: Graph, locate: Locate, *, unpickle: bool = True) -> dict[NodeId, Spec]:
    """One spec per task, those in blocks and hooks too; tasks that run the same thing in the same
    way share one."""
    printed: dict[int, str] = {}
    made: dict[tuple[int, str], Spec] = {}
    table: dict[NodeId, Spec] = {}
    for node in graph.everything():
        if isinstance(node, Task):
            settings = printed.get(id(node.settings))
            if settings is None:
                settings = printed[id(node.settings)] = repr(node.settings)
            variant = (id(node.definition), settings)
            spec = made.get(variant)
            if spec is None:
                spec = made[variant] = spec_of(node, locate, unpickle=unpickle)
            table[node.id] = spec
    return table


def spec_of(task: Task, locate: Locate, *, unpickle: bool = True) -> Spec:
    """The step spec of one task; `semantics.md` 2 and 3 say what it holds and why.

    Without `unpickle` no model is given as an object; that is in no key, as a result is the same.
    """
    definition, settings = task.definition, task.settings
    reason = _uncacheable(task)
    how, files = _body(definition.body)
    retry, backoff = settings.retry, settings.retry.backoff
    checks: dict[tuple[str, str], Json] = {
        schema: [
            {
                "text": check.text,
                "expr": to_json(check.condition),
                "policy": check.policy,
                "message": None if check.message is None else to_json(check.message),
            }
            for check in found
        ]
        for schema, found in definition.checks
    }
    spec: dict[str, Json] = {
        "runtime": 1,
        "step": definition.name,
        **how,
        "inputs": [
            [p.name, checked_type(p.type, checks), p.default is not None] for p in definition.inputs
        ],
        "outputs": [
            [p.name, checked_type(p.type, checks), show(p.type), locate(p.span)]
            for p in definition.outputs
        ],
        "parts": {
            "body": _body_part(definition.body),
            "environment": environment_part(settings.environment, definition.body),
            "settings": _settings_part(task),
            "salt": "",
        },
        "explain": _explanation(definition.body),
        "uncacheable": reason,
        "env": dict(settings.env),
        "secrets": {s.variable: {"source": "env", "name": s.name} for s in settings.secrets},
        "timeout": settings.timeout,
        "retry": {
            "attempts": retry.attempts,
            "backoff": None
            if backoff is None
            else {"kind": backoff.kind, "first": backoff.first, "max": backoff.most},
            "on": list(retry.on),
        },
        "cpu": settings.resources.cpu,
        "cache": settings.cache.enabled,
        "ttl": settings.cache.ttl,
        "effects": settings.effects,
    }
    made = _checks_made(task)
    if made is not None:
        spec["checks"] = made
    if not unpickle:
        spec["pickle"] = "never"
    if isinstance(definition.body, PythonBody | NotebookBody):
        if definition.body.pickled:
            spec["pickled"] = list(definition.body.pickled.modules)
        beside = [file.path.removeprefix("code/") for file in files if not _is_module(file)]
        if beside:
            spec["beside"] = [*beside]
    return Spec(spec, files, reason, stem_of(spec))


def _is_module(file: BundledFile) -> bool:
    return file.path.endswith(".py")


def checked_type(type_: Type, checks: Mapping[tuple[str, str], Json]) -> Json:
    """The type as the runtime reads it, with the checks of its schemas beside their columns."""
    match type_:
        case Dataset(Row() as row) | Metrics(Row() as row):
            plain = descriptor_of(type_)
            assert isinstance(plain, list)
            return [*plain, *_checks_of(row, checks)]
        case ListOf(inner):
            return ["List", checked_type(inner, checks)]
        case MapOf(inner):
            return ["Map", checked_type(inner, checks)]
        case Optional(inner):
            return ["optional", checked_type(inner, checks)]
        case Row(columns=columns):
            fields: list[Json] = [[c.name, checked_type(c.type, checks)] for c in columns]
            return ["record", fields, *_checks_of(type_, checks)]
        case _:
            return descriptor_of(type_)


def _checks_of(row: Row, checks: Mapping[tuple[str, str], Json]) -> list[Json]:
    """The third part of a descriptor, where its schema has checks."""
    found = checks.get((row.source, row.name or ""))
    return [] if found is None else [found]


def _body(body: Body) -> tuple[dict[str, Json], tuple[BundledFile, ...]]:
    match body:
        case PythonBody(module=module, function=function, files=files):
            return {"kind": "python", "module": module, "function": function}, files
        case ShellBody(text=text, files=files):
            how: dict[str, Json] = {"kind": "shell", "text": text}
            if files:
                how["scripts"] = [file.path.removeprefix("code/") for file in files]
            return how, files
        case ContainerBody(image=image, command=command):
            return {
                "kind": "container",
                "image": image,
                "command": [to_json(part) for part in command],
            }, ()
        case NotebookBody(path=path, cells=cells, paths=paths, files=files):
            return {
                "kind": "notebook",
                "notebook": path,
                "cells": [[cell.kind, cell.source, list(cell.tags)] for cell in cells],
                "paths": list(paths),
            }, files
        case _:
            assert_never(body)


def _body_part(body: Body) -> Json:
    match body:
        case PythonBody(digest=digest, pickled=named):
            return {"kind": "python", "digest": digest, **_pickled(named)}
        case ShellBody(text=text, files=files):
            return {
                "kind": "shell",
                "text": hashlib.sha256(text.encode()).hexdigest(),
                "files": {f.path: hashlib.sha256(f.content).hexdigest() for f in files},
            }
        case ContainerBody(image=image, command=command):
            return {
                "kind": "container",
                "image": digest_of(image) or image or None,
                "command": [to_json(part) for part in command],
            }
        case NotebookBody(digest=digest, pickled=named):
            return {"kind": "notebook", "digest": digest, **_pickled(named)}
        case _:
            assert_never(body)


def _pickled(named: Pickled | None) -> dict[str, Json]:
    """Pickled objects say where their classes lie: then the names of modules count."""
    return {} if named is None else {"pickled": named.digest}


def environment_part(environment: Environment, body: Body) -> Json:
    """What actually executes: an image's digest, a lock's content, else Python and its packages.

    Another Python than the one that `mlp` runs on has the packages that are declared, and no other.
    """
    # Without the launcher a body sees the variables of its image, and not only ours.
    bare: dict[str, Json] = {"launcher": "none"} if environment.launcher == "none" else {}
    if isinstance(body, ContainerBody):
        return bare
    if environment.image is not None:
        return {"image": digest_of(environment.image) or environment.image, **bare}
    python = environment.python or PYTHON
    for name, file in (("lock", environment.lockfile), ("requirements", environment.requirements)):
        if file is not None:
            return {"python": python, name: hashlib.sha256(file[1].encode()).hexdigest()}
    if environment.packages:
        return {"python": python, "packages": [*sorted(environment.packages)]}
    if environment.python not in (None, PYTHON):
        return {"python": python, "packages": []}
    if isinstance(body, PythonBody | NotebookBody):
        return {"python": python, "packages": list(body.packages)}
    return {} if environment.python is None else {"python": python}


def _settings_part(task: Task) -> Json:
    cache, made = task.settings.cache, _checks_made(task)
    part: dict[str, Json] = {
        "env": dict(task.settings.env),
        "version": cache.version,
        "key": cache.key,
    }
    return part if made is None else {**part, "checks": made}


def _checks_made(task: Task) -> Json:
    """Which checks of schemas a step makes, None for all of them."""
    checks = task.settings.checks
    if not checks.made:
        return False
    return None if checks.sample is None else {"sample": checks.sample}


def _uncacheable(task: Task) -> str | None:
    settings, body = task.settings, task.definition.body
    image = body.image if isinstance(body, ContainerBody) else settings.environment.image
    if settings.effects:
        return "it has effects outside (`effects = true`)"
    if not settings.cache.enabled:
        return "it reads the world outside (`cache = false`)"
    if image and digest_of(image) is None:
        return (
            f"the image `{image}` is named by a tag, which may move, so it runs in every run; "
            "`mlp lock` pins it"
        )
    if image is None and (entry := left_open(settings.environment)) is not None:
        return (
            f"{entry} pins no version, so nobody knows what it will be tomorrow"
            f"{': `mlp lock` writes it down' if wants(settings.environment) else ''}"
        )
    if isinstance(body, PythonBody | NotebookBody) and body.unseen is not None:
        return body.unseen
    return None


def _explanation(body: Body) -> Json:
    """What explains a change to people but must not enter a key: names of files and symbols, and
    which package needs which."""
    if isinstance(body, PythonBody | NotebookBody):
        needs: dict[str, Json] = {"needs": dict(body.needs)} if body.needs else {}
        return {"symbols": dict(body.symbols), **needs}
    return {}
