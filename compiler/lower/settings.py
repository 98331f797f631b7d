"""Lowers settings: what step, call and target say about one node, joined by precedence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ...runtime.dataclass import dataclass, field, replace
from ..ir.settings import (
    Backoff,
    Cache,
    Checks,
    Environment,
    Resources,
    Retry,
    SecretRef,
    Settings,
)
from ..ir.values import Json
from ..source import Span
from ..syntax import ast
from .reader import Reader

Block = dict[str, Json]
PORTABLE = frozenset(
    "resources environment retry timeout cache checks env secrets effects isolate".split()
)
_FILES = ("lockfile", "requirements")
_LISTS = frozenset((*_FILES, "packages"))


@dataclass(frozen=True, slots=True)
class Voice:
    """Whoever says something about a node: `known` gives the value of an expression written there,
    `read` looks up files named there."""

    known: Callable[[ast.Expr], Json]
    read: Reader


@dataclass(frozen=True, slots=True)
class Layers:
    """Who may say something about a node, weakest first: the project, the target's defaults, the
    step, the step's patch for the target's kind, the call, the target's overrides."""

    step: ast.Step
    call: ast.WithClause | None
    target: ast.Target | None
    kind: str
    overrides: tuple[ast.Override, ...] = ()
    project: Mapping[str, Json] = field(default_factory=dict)


def settings_of(layers: Layers, program: Voice, step: Voice, caller: Voice) -> Settings:
    """The settings of one node; project and target speak in the voice of the whole program."""
    joined: Block = {}
    if layers.project:
        joined = _opened({"environment": dict(layers.project)}, program)
    own = [_opened(written, voice) for written, voice in _written(layers, program, step, caller)]
    general = [_opened(written, program) for written in _defaults(layers, program)]
    if next((layer["effects"] for layer in reversed(own) if "effects" in layer), False) is True:
        # What changes the world is tried again only if it is said of that step.
        general = [{n: v for n, v in layer.items() if n != "retry"} for layer in general]
    for layer in (*general, *own):
        joined = _over(_making_way(joined, layer), layer)
    return replace(_settings(joined), spans=tuple(_places(layers)))


def _places(layers: Layers) -> Iterator[tuple[str, Span]]:
    """Where each setting was written, weakest first, so that the strongest is found last."""
    target, step = layers.target, layers.step
    if target is not None:
        for setting in target.settings:
            if setting.key.text == "defaults" and isinstance(setting, ast.SetBlock):
                yield from _spans(setting.settings)
    yield from _spans(step.settings)
    for patch in step.patches:
        yield from _spans(patch.settings)
    if layers.call is not None:
        for argument in layers.call.arguments:
            if argument.name is not None:
                yield argument.name.text, argument.span
    for override in layers.overrides:
        yield from _spans(override.settings)


def _spans(settings: tuple[ast.Setting, ...], above: str = "") -> Iterator[tuple[str, Span]]:
    for setting in settings:
        yield above + setting.key.text, setting.span
        if isinstance(setting, ast.SetBlock):
            yield from _spans(setting.settings, f"{above}{setting.key.text}.")


def _defaults(layers: Layers, program: Voice) -> Iterator[Block]:
    """What the target says of all steps."""
    for setting in () if layers.target is None else layers.target.settings:
        if setting.key.text == "defaults" and isinstance(setting, ast.SetBlock):
            yield plain(setting.settings, program.known)


def _written(
    layers: Layers, program: Voice, step: Voice, caller: Voice
) -> Iterator[tuple[Block, Voice]]:
    """What is said of this step or node alone, weakest first."""
    syntax = layers.step
    yield plain(syntax.settings, step.known), step
    for patch in syntax.patches:
        if patch.target.text == layers.kind:
            yield plain(patch.settings, step.known), step
    if layers.call is not None:
        arguments = ((a.name, a.value) for a in layers.call.arguments if a.name is not None)
        yield {name.text: _told(value, caller.known) for name, value in arguments}, caller
    for override in layers.overrides:
        yield plain(override.settings, program.known), program


def _told(value: ast.Expr, known: Callable[[ast.Expr], Json]) -> Json:
    """An option of a call as JSON; a record stands for a block, whose values have types apart."""
    if isinstance(value, ast.Record):
        return {entry.key.text: _told(entry.value, known) for entry in value.entries}
    return known(value)


def _opened(layer: Block, voice: Voice) -> Block:
    """The layer with the contents of the files that its environment names beside their paths."""
    environment = layer.get("environment")
    if not isinstance(environment, dict):
        return layer
    opened: Block = {}
    for name, value in environment.items():
        if name in _FILES and isinstance(value, str):
            text = voice.read.file(value).decode("utf-8", "replace")
            opened[name] = [voice.read.place_of(value), text]
        elif name == "packages":
            opened[name] = [_led(entry, voice) for entry in _texts(value)]
        else:
            opened[name] = value
    return {**layer, "environment": opened}


def _led(entry: str, voice: Voice) -> str:
    """A package by its path, from where it will be installed; all others as they are."""
    if not entry.startswith(("./", "../")):
        return entry
    place = voice.read.place_of(entry)
    return place if place.startswith(("./", "../")) else f"./{place}"


def plain(settings: tuple[ast.Setting, ...], known: Callable[[ast.Expr], Json]) -> Block:
    """A settings block as JSON."""
    return {
        setting.key.text: known(setting.value)
        if isinstance(setting, ast.SetValue)
        else plain(setting.settings, known)
        for setting in settings
    }


def _making_way(under: Block, over: Block) -> Block:
    """What lies below without its list of packages where `over` brings a list of its own."""
    below, above = under.get("environment"), over.get("environment")
    if not isinstance(below, dict) or not isinstance(above, dict) or not _LISTS & set(above):
        return under
    rest: Block = {name: value for name, value in below.items() if name not in _LISTS}
    return {**under, "environment": rest}


def _over(under: Block, over: Block) -> Block:
    """`over` wins leaf by leaf; a block keeps what it does not say again."""
    joined = dict(under)
    for name, value in over.items():
        below = joined.get(name)
        if isinstance(value, dict) and isinstance(below, dict):
            joined[name] = _over(below, value)
        else:
            joined[name] = value
    return joined


def _settings(joined: Block) -> Settings:
    def block(name: str) -> Block:
        value = joined.get(name)
        return value if isinstance(value, dict) else {}

    resources, environment, retry = block("resources"), block("environment"), block("retry")
    return Settings(
        resources=Resources(
            cpu=_number(resources.get("cpu")),
            memory=_whole(resources.get("memory")),
            gpu=_whole(resources.get("gpu")),
            gpu_type=_text(resources.get("gpu_type")),
            disk=_whole(resources.get("disk")),
            shm=_whole(resources.get("shm")),
        ),
        environment=Environment(
            image=_text(environment.get("image")),
            python=_text(environment.get("python")),
            lockfile=_file(environment.get("lockfile")),
            requirements=_file(environment.get("requirements")),
            packages=tuple(_texts(environment.get("packages"))),
            launcher=_text(environment.get("launcher")),
        ),
        retry=Retry(
            attempts=_whole(retry.get("attempts")) or 1,
            backoff=_backoff(retry.get("backoff")),
            on=tuple(_texts(retry["on"])) if "on" in retry else Retry().on,
        ),
        timeout=_number(joined.get("timeout")),
        cache=_cache(joined.get("cache")),
        checks=_checks(joined.get("checks")),
        env=tuple(sorted((name, _shown(value)) for name, value in block("env").items())),
        secrets=tuple(
            SecretRef(name, str(value)) for name, value in sorted(block("secrets").items())
        ),
        effects=joined.get("effects") is True,
        isolate=joined.get("isolate") is True,
        target=tuple(
            sorted((name, value) for name, value in joined.items() if name not in PORTABLE)
        ),
    )


def _cache(value: Json) -> Cache:
    if isinstance(value, dict):
        return Cache(
            enabled=value.get("enabled") is not False,
            ttl=_number(value.get("ttl")),
            version=None if value.get("version") is None else _shown(value["version"]),
            key=None if value.get("key") is None else _shown(value["key"]),
        )
    return Cache(enabled=value is not False)


def _checks(value: Json) -> Checks:
    if isinstance(value, dict):
        return Checks(sample=_number(value.get("sample")))
    return Checks(made=value is not False)


def _backoff(value: Json) -> Backoff | None:
    if isinstance(value, dict):
        first = _number(value.get("first"))
        if first is not None:
            return Backoff(str(value["kind"]), first, _number(value.get("max")))
    first = _number(value)
    return None if first is None else Backoff("linear", first)


def _file(value: Json) -> tuple[str, str] | None:
    match value:
        case [str(path), str(content)]:
            return path, content
        case _:
            return None


def _number(value: Json) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _whole(value: Json) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _text(value: Json) -> str | None:
    return None if value is None else str(value)


def _texts(value: Json) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []


def _shown(value: Json) -> str:
    """A value of an environment variable: `true`, `4`, text as it is."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
