"""Everything that may be said about a call: resources, environment, retries, cache, checks."""

from __future__ import annotations

from ...runtime.dataclass import dataclass, field
from ..source import Span
from .values import Json


@dataclass(frozen=True, slots=True)
class Resources:
    """`cpu` in cores; `memory`, `disk` and `shm` in bytes; None where not asked for."""

    cpu: float | None = None
    memory: int | None = None
    gpu: int | None = None
    gpu_type: str | None = None
    disk: int | None = None
    shm: int | None = None


@dataclass(frozen=True, slots=True)
class Environment:
    """Where a body runs. Files are (path from the program's folder, content); `launcher` is `none`
    for images sans Python."""

    image: str | None = None
    python: str | None = None
    lockfile: tuple[str, str] | None = None
    requirements: tuple[str, str] | None = None
    packages: tuple[str, ...] = ()
    launcher: str | None = None


@dataclass(frozen=True, slots=True)
class Backoff:
    """`kind` is `exponential` or `linear`; `first` in seconds."""

    kind: str
    first: float
    most: float | None = None


@dataclass(frozen=True, slots=True)
class Retry:
    """`attempts` counts the first one."""

    attempts: int = 1
    backoff: Backoff | None = None
    on: tuple[str, ...] = ("infrastructure", "failure", "timeout")


@dataclass(frozen=True, slots=True)
class Cache:
    """`ttl` in seconds; `version` and `key` enter the key."""

    enabled: bool = True
    ttl: float | None = None
    version: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Checks:
    """Whether the checks of schemas are made on outputs; `sample` is a share of the rows."""

    made: bool = True
    sample: float | None = None


@dataclass(frozen=True, slots=True)
class SecretRef:
    """The environment variable `variable` gets the secret called `name`."""

    variable: str
    name: str


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything said about one call, after step, `with`, target defaults and override.

    `target` holds the engine's own keys for this node (`instance`, `node_selector`), as JSON;
    `spans` where each setting was written, for messages alone.
    """

    resources: Resources = Resources()
    environment: Environment = Environment()
    retry: Retry = Retry()
    timeout: float | None = None
    cache: Cache = Cache()
    checks: Checks = Checks()
    env: tuple[tuple[str, str], ...] = ()
    secrets: tuple[SecretRef, ...] = ()
    effects: bool = False
    isolate: bool = False
    target: tuple[tuple[str, Json], ...] = ()
    spans: tuple[tuple[str, Span], ...] = field(default_factory=tuple, repr=False, compare=False)

    def span(self, name: str) -> Span | None:
        """Where a setting was written: `resources.gpu`, `timeout`."""
        return dict(self.spans).get(name)
