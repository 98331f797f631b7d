"""Random programs with all that stands around them: settings at every level, code, data.

A source knows which of its parts make a piece of work: see `identity`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import strategies as st
from properties.programs import DATA, programs

from millpond.runtime.artifact import Artifact

STEPS = ("add", "maybe", "spread", "total", "pair", "risky", "note", "weigh", "cut")
NAMES = ("A", "B")
"""The variables that bodies are given: said at several levels, the strongest counts."""

CODE = {
    "acts.py": """\
{comment}import os

import tools.sums
from parts import Mill, scale
from tools import WIDTH as wide

LOW = {LOW}


def add(a: int, b: int) -> int:
{add}    return (scale(a) + b + int(os.environ.get("A", "0"))) % 7


def maybe(a: int) -> int | None:
{maybe}    return None if a % LOW == 0 else a


def spread(n: int) -> list[int]:
{spread}    n += int(os.environ.get("B", "0"))
    return [(n + i) % 5 for i in range(n % wide)]


def total(xs: list[int], more: int | None = None) -> int:
{total}    return (tools.sums.whole(xs) + 2 * (more or 0)) % 7


def pair(a: int) -> dict[str, int]:
{pair}    return {{"x": a % 3, "y": (a + Mill().turn()) % 7}}


def risky(a: int) -> int:
{risky}    if a % 4 == 1:
        raise ValueError(f"{{a}} is one too many")
    return a


def note(a: int) -> int:
{note}    return a


def weigh(rows) -> int:
{weigh}    return int(rows.read_text()) % 7
""",
    "parts.py": """\
{comment}FACTOR = {FACTOR}


def scale(a: int) -> int:
    return FACTOR * a


class Mill:
    wheels = {WHEELS}

    def turn(self) -> int:
        return self.wheels
""",
    "tools/__init__.py": """\
{comment}from .widths import WIDTH
""",
    "tools/widths.py": """\
{comment}WIDTH = {WIDTH}
""",
    "tools/sums.py": """\
{comment}START = {START}


def whole(xs: list[int], start: int = START) -> int:
    return sum(xs, start)
""",
    "tool.sh": "echo $(( (a + $1 + {TOOL}) % 5 ))\n",
}
REACHES: Mapping[str, tuple[str, ...]] = {
    "add": ("FACTOR",),
    "maybe": ("LOW",),
    "spread": ("WIDTH",),
    "total": ("START",),
    "pair": ("WHEELS",),
    "cut": ("CUT", "TOOL"),
}
"""The constants behind each step, in whatever module they stand."""
TOKENS = {
    "LOW": 3, "FACTOR": 3, "WHEELS": 5, "WIDTH": 4, "START": 0, "CUT": 12, "TOOL": 0,
}  # fmt: skip
EDITED = {"same": "    a = {0} + 0\n", "more": "    {0} = {0} + 1\n"}
"""Lines for the beginning of a function: one comes to the same as before, the other does not."""
FUNCTIONS = {"add": "a", "maybe": "a", "spread": "n", "pair": "a", "risky": "a"}
"""The functions that are edited, with what they take."""
PORTS = {
    "add": "(a: Int, b: Int = {default}) -> (v: Int)",
    "maybe": "(a: Int) -> (v: Int?)",
    "spread": "(n: Int) -> (xs: List[Int])",
    "total": "(xs: List[Int], more: Int?) -> (v: Int)",
    "pair": "(a: Int) -> (x: Int, y: Int)",
    "weigh": "(rows: File) -> (v: Int)",
}


@dataclass(frozen=True)
class Said:
    """What one place says of a step: the first three are in keys, the rest is not."""

    env: Mapping[str, int] = field(default_factory=dict)
    version: int | None = None
    key: int | None = None
    cached: bool = True
    noise: tuple[tuple[str, str], ...] = ()

    @property
    def speaks_of_cache(self) -> bool:
        ttl = any(name == "ttl" for name, _ in self.noise)
        return not self.cached or ttl or self.version is not None or self.key is not None

    def settings(self) -> list[tuple[str, str]]:
        """Names and values; a value in braces is a block."""
        found = []
        if self.env:
            pairs = ", ".join(f'{name} = "{value}"' for name, value in self.env.items())
            found.append(("env", f"{{ {pairs} }}"))
        cache = [("version", f'"{self.version}"')] if self.version is not None else []
        cache += [("key", f'"{self.key}"')] if self.key is not None else []
        cache += [("ttl", value) for name, value in self.noise if name == "ttl"]
        if not self.cached:
            found.append(("cache", "false"))
        elif cache:
            found.append(("cache", f"{{ {', '.join(f'{n} = {v}' for n, v in cache)} }}"))
        return found + [pair for pair in self.noise if pair[0] != "ttl"]

    def block(self) -> list[str]:
        return [
            f"{name} {value}" if value.startswith("{") else f"{name} = {value}"
            for name, value in self.settings()
        ]

    def clause(self) -> str:
        pairs = ", ".join(f"{name} = {value}" for name, value in self.settings())
        return f" with ({pairs})" if pairs else ""


SILENT = Said()
BUCKET = 'artifacts = "s3://bucket/x"'
NEEDED = {
    "local": ["workers = 2"],
    "argo": [BUCKET],
    "kubeflow": [BUCKET],
    "sagemaker": [BUCKET, 'role = "arn:aws:iam::123456789012:role/x"'],
}
"""What a target must say."""
CALL = re.compile(r"^(\s*)(n\d+) = (\w+)(\(.*\))( after \w+)?$", re.MULTILINE)
"""A call on a line of its own, whose name starts with `n`."""


@dataclass(frozen=True)
class Source:
    """A project. `text` has its pipelines; `layout` are words for how it is written, which say
    nothing about what it does."""

    text: str
    steps: Mapping[str, Said] = field(default_factory=dict)
    calls: Mapping[str, Said] = field(default_factory=dict)
    defaults: Said = SILENT
    overrides: Mapping[str, Said] = field(default_factory=dict)
    tokens: Mapping[str, int] = field(default_factory=lambda: dict(TOKENS))
    bodies: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, int] = field(default_factory=lambda: dict(DATA))
    given: Mapping[str, str] = field(default_factory=dict)
    default: int = 1
    layout: frozenset[str] = frozenset()
    kind: str = "local"

    # ---- what it is ------------------------------------------------------------------------

    def written(self) -> list[tuple[str, str]]:
        """The calls on lines of their own, with their steps."""
        return [(m.group(2), m.group(3)) for m in CALL.finditer(self.text) if m.group(3) in STEPS]

    def layers(self, step: str, call: str) -> tuple[Said, ...]:
        """Who speaks of a call, the weakest first."""
        return (
            self.defaults,
            self.steps.get(step, SILENT),
            self.calls.get(call, SILENT),
            self.overrides.get(step, SILENT),
        )

    def facts(self, step: str, call: str) -> dict[str, object]:
        """What a call is apart from its arguments, by the parts of keys."""
        env: dict[str, int] = {}
        for said in self.layers(step, call):
            env |= said.env
        _, version, key = self._cache(step, call)
        tokens = [(name, self.tokens[name]) for name in REACHES.get(step, ())]
        return {
            "body": (step, self.bodies.get(step), *tokens),
            **{f"settings.env.{name}": env.get(name) for name in NAMES},
            "settings.version": version,
            "settings.key": key,
        }

    def identity(self, step: str, call: str, arguments: Mapping[str, object]) -> tuple[object, ...]:
        """All that makes a piece of work: equal for what may answer for one another."""
        values = {name: _content(value) for name, value in arguments.items()}
        return step, *self.facts(step, call).values(), repr(values)

    def pure(self, step: str, call: str) -> bool:
        """Whether a stored result answers for a call."""
        return step != "note" and self._cache(step, call)[0]

    def _cache(self, step: str, call: str) -> tuple[bool, int | None, int | None]:
        """Whether results are stored, and `version` and `key`: `cache = false` takes the place of
        all that was said below, and a block that of `cache = false`."""
        stored, version, key = True, None, None
        for said in self.layers(step, call):
            if not said.cached:
                stored, version, key = False, None, None
            elif said.speaks_of_cache:
                stored = True
                version = said.version if said.version is not None else version
                key = said.key if said.key is not None else key
        return stored, version, key

    def as_first_named(self, node: str) -> str:
        """The id that a node had before anything was given another name."""
        plain = re.sub(r"\b([a-z])_(\d+)\b", r"\1\2", node)
        return re.sub(r"\b(\w+)_it\b", r"\1", plain)

    # ---- how it is written -----------------------------------------------------------------

    def write(self, place: Path) -> Path:
        """Puts the project into a folder; the `.mlp` file."""
        (place / "mlp.toml").write_text("", "utf-8")
        comment = "# a word\n" if "comments" in self.layout else ""
        lines = {name: self._begin(name) for name in STEPS}
        for name, text in CODE.items():
            path = place / name
            path.parent.mkdir(exist_ok=True)
            code = text.format(comment=comment, **self.tokens, **lines)
            path.write_text(code + ("\n\ndef spare(): ...\n" * self._spare(name)), "utf-8")
        for name, number in self.data.items():
            path = place / self._where(name)
            path.parent.mkdir(exist_ok=True)
            path.write_text(f"{number}\n", "utf-8")
        file = place / "random.mlp"
        file.write_text(self.program(), "utf-8")
        (place / "steps.mlp").write_text(self._header(), "utf-8")
        return file

    def program(self) -> str:
        elsewhere = "steps elsewhere" in self.layout
        head = 'edition 2026\n\nuse "steps.mlp" as steps\n' if elsewhere else self._header()
        return f"{head}\n{self._pipelines()}\n{self._target()}"

    def _spare(self, name: str) -> bool:
        return "spare" in self.layout and name.endswith(".py")

    def _where(self, name: str) -> str:
        return f"other/x_{name}" if "data elsewhere" in self.layout else f"data/{name}"

    def _begin(self, name: str) -> str:
        doc = '    """Said."""\n' if "docs" in self.layout else ""
        how = self.bodies.get(name)
        if how is None:
            return doc
        return doc + EDITED[how].format(FUNCTIONS[name])

    def _header(self) -> str:
        names = [*reversed(STEPS)] if "backwards" in self.layout else [*STEPS]
        steps = [self._step(name) for name in names]
        if "spare" in self.layout:
            steps.append('step _spare(x: Int) -> (y: Int) { run shell "echo $x > $y" }')
        return "edition 2026\n\n" + "\n".join(steps) + "\n"

    def _step(self, name: str) -> str:
        ports = PORTS.get(name, "(a: Int) -> (v: Int)").format(default=self.default)
        run = f'run python "acts:{name}"'
        if name == "cut":
            run = f'run shell "sh tool.sh {self.tokens["CUT"]} > $v"'
        effects = ["effects = true"] if name == "note" else []
        doc = "## Said of a step.\n" if "docs" in self.layout else ""
        inside = "\n  ".join([run, *effects, *self.steps.get(name, SILENT).block()])
        return f"{doc}step {self._called(name)}{ports} {{\n  {inside}\n}}"

    def _called(self, step: str) -> str:
        return f"{step}_it" if "renamed steps" in self.layout else step

    def _pipelines(self) -> str:
        text = CALL.sub(self._call, self.text)
        for name in self.data:
            text = text.replace(f'"data/{name}"', f'"{self._where(name)}"')
        module = "steps." if "steps elsewhere" in self.layout else ""
        for name in STEPS:
            text = re.sub(rf"\b{name}\(", f"{module}{self._called(name)}(", text)
        if "renamed bindings" in self.layout:
            text = re.sub(r"\b([a-z])(\d+)\b", r"\1_\2", text)
        if "renamed callees" in self.layout:
            text = re.sub(r"\bsub(\d)\b", r"under\1", text)
        if "comments" in self.layout:
            text = re.sub(r"\{$", "{  # a word\n", text, flags=re.MULTILINE)
        if "labels" in self.layout:
            head = r"^(pipeline main\(.*\)) \{"
            options = 'with (labels = { team = "x" }, max_parallel = 2)'
            text = re.sub(head, rf"\1 {options} {{", text, flags=re.MULTILINE)
        return text

    def _call(self, call: re.Match[str]) -> str:
        space, name, step, arguments, after = call.groups()
        said = self.calls.get(name, SILENT).clause() if step in STEPS else ""
        return f"{space}{name} = {step}{arguments}{said}{after or ''}"

    def _target(self) -> str:
        module = "steps" if "steps elsewhere" in self.layout else "step"
        lines = [*NEEDED[self.kind]]
        if block := self.defaults.block():
            lines.append(f"defaults {{ {', '.join(block)} }}")
        for step, said in self.overrides.items():
            if block := said.block():
                lines.append(f"override {module}.{self._called(step)} {{ {', '.join(block)} }}")
        return f"target here: {self.kind} {{\n  " + "\n  ".join(lines) + "\n}\n"


def _content(value: object) -> object:
    return value.digest if isinstance(value, Artifact) else value


NOISE = (
    ("retry", "{ attempts = 2 }"),
    ("timeout", "5m"),
    ("resources", "{ cpu = 0.5 }"),
    ("ttl", "7d"),
)


def said(*, cached: bool = False) -> st.SearchStrategy[Said]:
    """What a place may say; with `cached`, also that nothing is to be stored."""
    number = st.integers(1, 2)
    return st.builds(
        Said,
        env=st.dictionaries(st.sampled_from(NAMES), number, max_size=2),
        version=st.none() | number,
        key=st.none() | number,
        noise=st.lists(st.sampled_from(NOISE), max_size=1).map(tuple),
    ) | (st.just(Said(cached=False)) if cached else st.nothing())


@st.composite
def sources(draw: st.DrawFn) -> Source:
    """A program of which several places say something."""
    text = draw(programs())
    text = text[text.index("pipeline") :]
    step = st.sampled_from([name for name in STEPS if name != "note"])
    calls = [call for call, _ in Source(text).written()]
    return Source(
        text,
        steps=draw(st.dictionaries(step, said(cached=True), max_size=2)),
        calls=draw(st.dictionaries(st.sampled_from(calls), said(), max_size=2)) if calls else {},
        defaults=draw(st.just(SILENT) | said()),
        overrides=draw(st.dictionaries(step, said(), max_size=1)),
    )
