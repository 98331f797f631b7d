"""Random edits of sources: those that change what is done, and those that only look so."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from hypothesis import strategies as st
from properties.sources import FUNCTIONS, NOISE, REACHES, TOKENS, Said, Source

NUMBER = re.compile(r"(?<![\w.-])\d(?![\w.%-])")


@dataclass(frozen=True)
class Edit:
    """A change of one field. `blamed` is the part of a key that it may be told as, "" where it is
    in no key; what is said to a step or call names it in `of`."""

    what: str
    change: Callable[[Source], Source] = field(repr=False, compare=False)
    blamed: str = ""
    of: str = ""

    def __call__(self, source: Source) -> Source:
        return self.change(source)


def after(source: Source, edits: list[Edit]) -> Source:
    """The source with all edits made, in order."""
    for edit in edits:
        source = edit(source)
    return source


def _number(place: int) -> Edit:
    def change(source: Source) -> Source:
        found = list(NUMBER.finditer(source.text))
        if not found:
            return source
        at = found[place % len(found)].start()
        digit = (int(source.text[at]) + 1) % 10
        return replace(source, text=f"{source.text[:at]}{digit}{source.text[at + 1 :]}")

    return Edit(f"number {place} in the pipelines", change, "arguments")


def _parameter(name: str, value: str) -> Edit:
    return Edit(
        f"{name} = {value}",
        lambda s: replace(s, given={**s.given, name: value}),
        "arguments",
    )


def _token(name: str) -> Edit:
    return Edit(
        f"the constant {name}",
        lambda s: replace(s, tokens={**s.tokens, name: s.tokens[name] + 1}),
        "body",
        name,
    )


def _body(name: str, how: str) -> Edit:
    return Edit(
        f"the function {name}: {how}",
        lambda s: replace(s, bodies={**s.bodies, name: how}),
        "body",
        name,
    )


def _data(name: str) -> Edit:
    return Edit(
        f"the content of {name}",
        lambda s: replace(s, data={**s.data, name: s.data[name] + 1}),
        "inputs.rows",
        name,
    )


def _default(value: int) -> Edit:
    return Edit(f"b: Int = {value}", lambda s: replace(s, default=value), "arguments.b", "add")


def _variable(name: str) -> Callable[[Said], Said]:
    return lambda said: replace(said, env={**said.env, name: said.env.get(name, 2) + 1})


def _noisy(pair: tuple[str, str]) -> Callable[[Said], Said]:
    return lambda said: said if pair in said.noise else replace(said, noise=(*said.noise, pair))


@st.composite
def _said(
    draw: st.DrawFn, source: Source, change: Callable[[Said], Said], what: str, blamed: str
) -> Edit:
    """The same said at any level, of steps that are called."""

    def told(found: Mapping[str, Said], name: str) -> dict[str, Said]:
        return {**found, name: over(found.get(name, Said()))}

    def over(said: Said) -> Said:
        return change(said) if said.cached else said

    calls = [pair for pair in source.written() if pair[1] != "note"]
    level = draw(st.sampled_from(("default", "step", "call", "target"))) if calls else "default"
    if level == "default":
        return Edit(f"{what} by default", lambda s: replace(s, defaults=over(s.defaults)), blamed)
    call, step = draw(st.sampled_from(calls))
    match level:
        case "step":
            return Edit(
                f"{what} of the step {step}",
                lambda s: replace(s, steps=told(s.steps, step)),
                blamed,
                step,
            )
        case "call":
            return Edit(
                f"{what} of the call {call}",
                lambda s: replace(s, calls=told(s.calls, call)),
                blamed,
                call,
            )
        case _:
            return Edit(
                f"{what} of {step} on the target",
                lambda s: replace(s, overrides=told(s.overrides, step)),
                blamed,
                step,
            )


SETTINGS = {
    "env A": (_variable("A"), "settings.env.A"),
    "env B": (_variable("B"), "settings.env.B"),
    "cache.version": (
        lambda said: replace(said, version=(said.version or 2) + 1),
        "settings.version",
    ),
    "cache.key": (lambda said: replace(said, key=(said.key or 2) + 1), "settings.key"),
}
KINDS = ("number", "number", "p", "q", "token", "token", "body", "data", "default", *SETTINGS)


@st.composite
def telling(draw: st.DrawFn, source: Source) -> Edit:
    """An edit of one field that is in keys, or in what the pipeline does with them."""
    used = {step for _, step in source.written()}
    kind = draw(st.sampled_from(KINDS))
    match kind:
        case "number":
            return _number(draw(st.integers(0, 200)))
        case "p":
            return _parameter("p", str(draw(st.integers(0, 6))))
        case "q":
            return _parameter("q", str(draw(st.lists(st.integers(0, 4), max_size=3))))
        case "token":
            known = [token for step in sorted(used) for token in REACHES.get(step, ())]
            return _token(draw(st.sampled_from(known or [*TOKENS])))
        case "body":
            names = [name for name in FUNCTIONS if name in used] or [*FUNCTIONS]
            return _body(draw(st.sampled_from(names)), draw(st.sampled_from(("same", "more"))))
        case "data":
            read = [name for name in source.data if f"data/{name}" in source.text]
            return _data(draw(st.sampled_from(read or [*source.data])))
        case "default":
            return _default(draw(st.integers(2, 4)))
        case _:
            change, blamed = SETTINGS[kind]
            return draw(_said(source, change, kind, blamed))


LAYOUTS = (
    "comments", "docs", "spare", "backwards", "labels", "renamed steps", "renamed bindings",
    "renamed callees", "steps elsewhere", "data elsewhere",
)  # fmt: skip


@st.composite
def quiet(draw: st.DrawFn, source: Source) -> Edit:
    """An edit that is in no key, whatever it looks like."""
    if draw(st.booleans()):
        word = draw(st.sampled_from(LAYOUTS))
        return Edit(word, lambda s: replace(s, layout=s.layout ^ {word}))
    pair = draw(st.sampled_from(NOISE))
    return draw(_said(source, _noisy(pair), pair[0], ""))
