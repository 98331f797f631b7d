"""Jobs: what a worker is told of one attempt, where it runs and what it finds there included."""

from __future__ import annotations

import os
from pathlib import Path
from typing import cast

from ...compiler.contract.runner import Request
from ...compiler.ir.values import ContainerBody
from ...runtime.secrets import SecretError, resolve
from . import containers
from .attempt import Job
from .containers import Container
from .environments import NotMadeError, recipe_of
from .trial import Trial


class CannotStartError(Exception):
    """An attempt lacks something that was there when the run began; in the user's words."""


class Jobs:
    """Makes the jobs of one run."""

    def __init__(self, request: Request, run: str) -> None:
        self._request = request
        self._run = run
        self._engine = containers.installed(os.environ.get("PATH"))
        self._numbers: dict[int, int] = {}
        self._made = 0

    def job(self, trial: Trial, log: Path) -> Job:
        """Raises `CannotStartError`."""
        self._made += 1
        request, task, work = self._request, trial.task, trial.work
        try:
            secrets = resolve(work.spec, os.environ)
            recipe = recipe_of(task, request.folder, request.state, os.environ)
        except (SecretError, NotMadeError) as problem:
            raise CannotStartError(str(problem)) from None
        more = dict(secrets)
        if task.settings.effects:
            more["MLP_IDEMPOTENCY_KEY"] = work.once(self._run, task.id)
        container = None
        if isinstance(task.definition.body, ContainerBody):
            container = Container(
                cast(str, self._engine),
                task.definition.body.image,
                f"mlp-{self._run}-{self._made}",
                task.settings.resources,
            )
        return Job(
            self._numbers.setdefault(id(work.spec), len(self._numbers)),
            work.arguments,
            work.key,
            work.inputs,
            request.source_roots,
            more,
            tuple(secrets.values()),
            str(log),
            task.settings.timeout,
            trial.fresh or recipe is not None,
            container,
            recipe,
        )
