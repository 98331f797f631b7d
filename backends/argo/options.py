"""The settings of a target block, read and checked: what a schema of types cannot say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import urlsplit

from ...compiler.contract.job import Pipeline
from ...compiler.diagnostics.diagnostic import Diagnostic
from ...compiler.ir.values import Json
from ..unfit import unfit
from .settings import GPU_LABEL
from .storage import Storage

if TYPE_CHECKING:
    from .model import Toleration

LABEL_VALUE: Final = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?")
LABEL_KEY: Final = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?"
)
_OBJECT = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Tolerance:
    """A taint that does not keep a pod away; None where nothing is said."""

    key: str | None
    operator: str
    value: str | None
    effect: str | None
    seconds: int | None

    def document(self) -> Toleration:
        """In Kubernetes' words."""
        written: Toleration = {"operator": self.operator}
        if self.key is not None:
            written = {"key": self.key, "operator": self.operator}
        if self.value is not None:
            written["value"] = self.value
        if self.effect is not None:
            written["effect"] = self.effect
        if self.seconds is not None:
            written["tolerationSeconds"] = self.seconds
        return written


@dataclass(frozen=True, slots=True)
class Placement:
    """On which nodes pods may run; what a step says is added to what its target says."""

    selector: tuple[tuple[str, str], ...] = ()
    tolerations: tuple[Tolerance, ...] = ()
    priority_class: str | None = None

    def under(self, target: Placement) -> Placement:
        """A step's placement within its target's: Argo takes a step's words instead of both."""
        return Placement(
            tuple({**dict(target.selector), **dict(self.selector)}.items()),
            tuple(dict.fromkeys((*target.tolerations, *self.tolerations))),
            self.priority_class or target.priority_class,
        )


@dataclass(frozen=True, slots=True)
class Options:
    """A target block of kind `argo`."""

    storage: Storage
    namespace: str | None
    service_account: str | None
    image_pull_secrets: tuple[str, ...]
    priority: int | None
    gpu_label: str
    placement: Placement


def options(pipeline: Pipeline) -> tuple[Options | None, list[Diagnostic]]:
    """The target's settings, or what is wrong with them."""
    settings = pipeline.settings
    problems = unfit(pipeline, _problems(pipeline))
    if problems:
        return None, problems
    url = urlsplit(pipeline.artifacts)
    storage = Storage(
        scheme=url.scheme,
        bucket=url.netloc,
        folder=url.path.strip("/"),
        endpoint=_text(settings, "endpoint"),
        region=_text(settings, "region"),
        credentials=_text(settings, "credentials"),
    )
    return (
        Options(
            storage=storage,
            namespace=_text(settings, "namespace"),
            service_account=_text(settings, "service_account"),
            image_pull_secrets=_texts(settings, "image_pull_secrets"),
            priority=cast("int | None", settings.get("priority")),
            gpu_label=_text(settings, "gpu_label") or GPU_LABEL,
            placement=placement(settings),
        ),
        [],
    )


def placement(settings: Mapping[str, Json]) -> Placement:
    """The placement that a settings block asks for."""
    selector = cast("dict[str, Json]", settings.get("node_selector") or {})
    tolerations = cast("list[Json]", settings.get("tolerations") or [])
    return Placement(
        tuple((key, _label_text(value)) for key, value in selector.items()),
        tuple(_tolerance(cast("dict[str, Json]", row)) for row in tolerations),
        _text(settings, "priority_class"),
    )


def placement_problems(settings: Mapping[str, Json]) -> Iterator[tuple[str, str, str]]:
    """What is wrong with a placement: what is needed, what was found, an example."""
    where = placement(settings)
    for key, value in where.selector:
        if LABEL_KEY.fullmatch(key) is None or LABEL_VALUE.fullmatch(value) is None:
            yield (
                "a `node_selector` of node labels",
                f"{key} = {value}",
                'node_selector { "karpenter.sh/capacity-type" = "spot" }',
            )
    for tolerance in where.tolerations:
        if tolerance.key is None and tolerance.operator == "Equal":
            yield (
                "`tolerations` with a key for each value",
                tolerance.value or "",
                'tolerations = [{ key = "dedicated", value = "ml", effect = "NoSchedule" }]',
            )
    if where.priority_class is not None and _OBJECT.fullmatch(where.priority_class) is None:
        yield (
            "a `priority_class` that is a Kubernetes name",
            where.priority_class,
            'priority_class = "batch-low"',
        )


def _tolerance(row: Mapping[str, Json]) -> Tolerance:
    value = _text(row, "value")
    return Tolerance(
        key=_text(row, "key"),
        operator=_text(row, "operator") or ("Exists" if value is None else "Equal"),
        value=value,
        effect=_text(row, "effect"),
        seconds=cast("int | None", row.get("seconds")),
    )


def _problems(pipeline: Pipeline) -> Iterator[tuple[str, str, str]]:
    settings = pipeline.settings
    url = urlsplit(pipeline.artifacts)
    if url.scheme not in ("s3", "gs") or not url.netloc or url.query or url.fragment:
        yield (
            "an `artifacts` folder in a bucket, s3:// or gs://",
            pipeline.artifacts,
            'artifacts = "s3://bucket/folder"',
        )
    for name in ("namespace", "service_account", "credentials"):
        text = _text(settings, name)
        if text is not None and _OBJECT.fullmatch(text) is None:
            yield (f"a `{name}` that is a Kubernetes name", text, f'{name} = "ml-staging"')
    for text in _texts(settings, "image_pull_secrets"):
        if _OBJECT.fullmatch(text) is None:
            yield (
                "`image_pull_secrets` that are Kubernetes names",
                text,
                'image_pull_secrets = ["registry"]',
            )
    endpoint = _text(settings, "endpoint")
    if endpoint is not None:
        address = urlsplit(endpoint)
        if address.scheme not in ("http", "https") or not address.netloc or address.path.strip("/"):
            yield (
                "an `endpoint` that is the address of a server",
                endpoint,
                'endpoint = "http://minio.argo:9000"',
            )
    label = _text(settings, "gpu_label")
    if label is not None and LABEL_KEY.fullmatch(label) is None:
        yield "a `gpu_label` that is a node label", label, f'gpu_label = "{GPU_LABEL}"'
    yield from placement_problems(settings)


def _text(settings: Mapping[str, Json], name: str) -> str | None:
    value = settings.get(name)
    return None if value is None else str(value)


def _texts(settings: Mapping[str, Json], name: str) -> tuple[str, ...]:
    values = settings.get(name) or []
    return tuple(str(value) for value in cast("list[Json]", values))


def _label_text(value: Json) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
