"""Random programs with every construct of the language, as text that checks.

All values are small whole numbers, lists of them, or missing; the steps are those of `bodies.py`.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

from hypothesis import strategies as st

STEPS = """\
edition 2026

step add(a: Int, b: Int = 1) -> (v: Int) { run python "bodies:add" }
step maybe(a: Int) -> (v: Int?) { run python "bodies:maybe" }
step spread(n: Int) -> (xs: List[Int]) { run python "bodies:spread" }
step total(xs: List[Int], more: Int?) -> (v: Int) { run python "bodies:total" }
step pair(a: Int) -> (x: Int, y: Int) { run python "bodies:pair" }
step risky(a: Int) -> (v: Int) { run python "bodies:risky" }
step note(a: Int) -> (v: Int) { run python "bodies:note" effects = true }
step weigh(rows: File) -> (v: Int) { run python "bodies:weigh" }
step cut(a: Int) -> (v: Int) { run shell "echo $(( (a + 12) % 5 )) > $v" }
"""
BODIES = Path(__file__).with_name("bodies.py")
DATA = {"a.txt": 3, "b.txt": 5}
"""The files that programs read, each with a number."""


def furnish(place: Path) -> None:
    """Puts what every program needs into its folder."""
    (place / "mlp.toml").write_text("", "utf-8")
    shutil.copy(BODIES, place / "bodies.py")
    (place / "data").mkdir()
    for name, number in DATA.items():
        (place / "data" / name).write_text(f"{number}\n", "utf-8")


INT, MAYBE, LIST, PER = "Int", "Int?", "List[Int]", "per"


@dataclass
class Place:
    """A block that is being written. `seen` has what may be read here, by its type."""

    draw: st.DrawFn
    numbers: Iterator[int]
    seen: dict[str, list[str]] = field(default_factory=dict)
    nodes: list[str] = field(default_factory=list)
    called: list[tuple[str, str]] = field(default_factory=list)
    depth: int = 0
    partitions: bool = True
    own: list[str] | None = None
    stopped: bool = False

    def inner(self) -> Place:
        return replace(
            self,
            seen={type_: list(found) for type_, found in self.seen.items()},
            nodes=[],
            depth=self.depth + 1,
            stopped=False,
        )

    def name(self, letter: str) -> str:
        return f"{letter}{next(self.numbers)}"

    def offer(self, type_: str, text: str) -> None:
        self.seen.setdefault(type_, []).append(text)

    def one_of(self, *options: str) -> str:
        return self.draw(st.sampled_from(options))

    def whole(self, depth: int = 2) -> str:
        """An expression of a whole number."""
        known = self.seen.get(INT, [])
        kind = self.draw(st.integers(0, 9)) if depth else 0
        if kind <= 2 or not known:
            return self.atom()
        below = depth - 1
        match kind:
            case 3 if self.seen.get(MAYBE):
                return f"({self.one_of(*self.seen[MAYBE])} ?? {self.whole(below)})"
            case 4 if self.seen.get(LIST):
                return f"len({self.listed(below)})"
            case 5:
                condition = f"{self.one_of(*known)} {self.one_of('<', '==')} {self.whole(below)}"
                return f"(if {condition} then {self.whole(below)} else {self.whole(below)})"
            case 6:
                return f"({self.whole(below)} - {self.whole(below)})"
            case 7:
                return f"max({self.whole(below)}, {self.whole(below)})"
            case _:
                return f"({self.whole(below)} + {self.whole(below)})"

    def atom(self) -> str:
        return self.one_of(*self.seen.get(INT, []), str(self.draw(st.integers(0, 6))))

    def truth(self) -> str | None:
        """A condition that only the run decides, None where nothing is there to decide it."""
        known = self.seen.get(INT, [])
        if self.seen.get(MAYBE) and self.draw(st.integers(0, 3)) == 0:
            return f"{self.one_of(*self.seen[MAYBE])} {self.one_of('==', '!=')} none"
        if not known:
            return None
        sign = self.one_of("<", ">", "==", "!=", "<=")
        return f"{self.one_of(*known)} {sign} {self.draw(st.integers(0, 4))}"

    def listed(self, depth: int = 1) -> str:
        """An expression of a list."""
        known = self.seen.get(LIST, [])
        if known and self.draw(st.integers(0, 2)):
            return self.one_of(*known)
        if depth and self.draw(st.integers(0, 3)) == 0:
            return f"concat({self.listed(0)}, {self.listed(0)})"
        if self.draw(st.booleans()):
            return f"range({self.whole(1)})" if depth else f"range({self.draw(st.integers(0, 3))})"
        items = ", ".join(self.whole(1) for _ in range(self.draw(st.integers(1, 3))))
        return f"[{items}]"


Lines = list[str]


def _indented(lines: Lines) -> Lines:
    return [f"  {line}" for line in lines]


def _order(place: Place) -> str:
    """`after …`, sometimes."""
    if place.nodes and place.draw(st.integers(0, 4)) == 0:
        return f" after {place.one_of(*place.nodes)}"
    return ""


def _call(place: Place) -> Lines:
    name = place.name("n")
    step = place.one_of(
        "add", "add", "maybe", "spread", "total", "pair", "risky", "note", "weigh", "cut"
    )
    match step:
        case "add":
            more = f", b = {place.whole()}" if place.draw(st.booleans()) else ""
            given = f"a = {place.whole()}{more}"
        case "spread":
            given = f"n = {place.whole()}"
        case "total":
            known = place.seen.get(MAYBE, [])
            more = f", more = {place.one_of(*known)}" if known else ""
            given = f"xs = {place.listed()}{more}"
        case "weigh":
            given = f'rows = file("data/{place.one_of(*DATA)}")'
        case _:
            given = f"a = {place.whole()}"
    line = f"{name} = {step}({given}){_order(place)}"
    outputs = {"maybe": [(MAYBE, "v")], "spread": [(LIST, "xs")], "pair": [(INT, "x"), (INT, "y")]}
    for type_, port in outputs.get(step, [(INT, "v")]):
        place.offer(type_, f"{name}.{port}")
        if place.own is not None and type_ == INT and place.depth == 1:
            place.own.append(f"{name}.{port}")
    place.nodes.append(name)
    return [line]


def _value(place: Place) -> Lines:
    name = place.name("v")
    type_ = place.one_of(INT, INT, LIST)
    line = f"{name} = {place.whole() if type_ == INT else place.listed()}"
    place.offer(type_, name)
    return [line]


def _gate(place: Place) -> Lines:
    condition = place.truth()
    if condition is None:
        return []
    policy = place.one_of("fail", "warn", "stop", "stop")
    place.stopped = place.stopped or policy == "stop"
    return [f'expect {condition} else {policy} f"it is {{{place.whole(1)}}}"']


def _yielding(place: Place) -> tuple[Lines, str]:
    """The statements of a block, and what it yields: `Int` or a record."""
    lines = _statements(place, 3)
    if place.draw(st.integers(0, 2)) == 0:
        return [*lines, f"yield {{ a = {place.whole()}, b = {place.whole()} }}"], "record"
    return [*lines, f"yield {place.whole()}"], INT


def _for(place: Place) -> Lines:
    name, variable = place.name("f"), place.name("i")
    share = place.one_of("", " with (allow_failures = 50%)", " with (allow_failures = 100%)")
    items = place.listed()
    inner = replace(place.inner(), partitions=False)
    if place.own is not None:
        inner.own = []
    inner.offer(INT, variable)
    if place.draw(st.integers(0, 4)) == 0:
        return [f"for {variable} in {items}{share} {{", *_indented(_statements(inner, 3)), "}"]
    lines, type_ = _yielding(inner)
    if type_ == INT:
        place.offer(LIST, name)
    else:
        place.offer(LIST, f"{name}[*].a")
        place.offer(LIST, f"{name}[*].b")
    place.nodes.append(name)
    return [f"{name} = for {variable} in {items}{share} {{", *_indented(lines), "}"]


def _when(place: Place) -> Lines:
    condition = place.truth()
    if condition is None:
        return []
    name, bound = place.name("w"), place.draw(st.booleans())
    lines: Lines = []
    missing = False
    arms = [f"when {condition}"]
    other = place.truth()
    if other is not None and place.draw(st.booleans()):
        arms.append(f"}} else when {other}")
    ended = place.draw(st.booleans())
    if ended:
        arms.append("} else")
    for arm in arms:
        inner = replace(place.inner(), partitions=False)
        if place.own is not None:
            inner.own = []
        body = _statements(inner, 2)
        if bound:
            body.append(f"yield {inner.whole()}")
        missing = missing or inner.stopped
        lines += [f"{arm} {{", *_indented(body)]
    lines.append("}")
    if bound:
        lines[0] = f"{name} = {lines[0]}"
        place.offer(INT if ended and not missing else MAYBE, name)
        place.nodes.append(name)
    return lines


def _partition(place: Place) -> Lines:
    name = place.name("p")
    by_day = place.draw(st.booleans())
    inner = replace(place.inner(), partitions=False, own=[])
    if by_day:
        last = place.draw(st.integers(1, 4))
        head = f"partition by day(from = 2026-02-27, to = 2026-02-27 + {last}d)"
    else:
        head = 'partition by key(["a", "b", "c"])'
        lists = inner.seen.get(LIST, [])
        inner.seen[LIST] = [text for text in lists if not text.startswith("trailing")]
    lines: Lines = []
    assert inner.own is not None
    for _ in range(place.draw(st.integers(1, 3))):
        if inner.own and by_day:
            back = place.one_of(*inner.own)
            node = place.name("n")
            before, lately = f"previous({back})", f"trailing({back}, 2d)"
            lines.append(f"{node} = total(xs = {lately}, more = {before})")
            inner.offer(INT, f"{node}.v")
            inner.own.append(f"{node}.v")
        lines += _statements(inner, 1)
    lines += _call(inner)
    lines.append(f"yield {inner.whole()}")
    place.nodes.append(name)
    place.offer(LIST, f"all({name})")
    if by_day:
        place.offer(LIST, f"trailing({name}, 2d)")
        if not inner.stopped:
            place.offer(INT, f"latest({name})")
    return [f"{name} = {head} {{", *_indented(lines), "}"]


def _called(place: Place) -> Lines:
    if not place.called:
        return []
    callee, type_ = place.draw(st.sampled_from(place.called))
    name = place.name("s")
    line = f"{name} = {callee}(k = {place.whole()}, xs = {place.listed()}){_order(place)}"
    place.offer(type_, f"{name}.v")
    place.nodes.append(name)
    return [line]


def _statements(place: Place, most: int) -> Lines:
    kinds = [_call, _call, _call, _value, _gate, _called]
    if place.depth < 2:
        kinds += [_for, _when]
    if place.partitions and place.depth == 0:
        kinds.append(_partition)
    lines: Lines = []
    for _ in range(place.draw(st.integers(1 if place.depth else 4, most))):
        lines += place.draw(st.sampled_from(kinds))(place)
    return lines


def _pipeline(place: Place, name: str, parameters: str, most: int) -> Lines:
    lines = _statements(place, most)
    used = [f"output o{i} = {place.whole()}" for i in range(2)]
    used += [f"output l{i} = {text}" for i, text in enumerate(place.seen.get(LIST, [])[-2:])]
    used += [f"output m{i} = {text}" for i, text in enumerate(place.seen.get(MAYBE, [])[-2:])]
    body = _indented([*lines, *used, *_hooks(place)])
    return [f"pipeline {name}({parameters}) {{", *body, "}", ""]


def _hooks(place: Place) -> Lines:
    """What looks back on the nodes of a pipeline, sometimes."""
    known = [node for node in place.nodes if node[0] == "n"]
    if not known or place.draw(st.booleans()):
        return []
    lines: Lines = []
    for event in ("on failure", "on success", "finally"):
        asked = f"if {place.one_of(*known)} != none then 1 else 0"
        lines += [f"{event} {{", f"  note(a = {asked})", "}"]
    return lines


def _callee(draw: st.DrawFn, number: int) -> tuple[Lines, tuple[str, str]]:
    """A pipeline that others call: what it hands out is one number."""
    place = Place(draw, count(100 * (number + 1)), depth=1, partitions=False)
    place.offer(INT, "k")
    place.offer(LIST, "xs")
    lines = _statements(place, 4)
    name = f"sub{number}"
    body = _indented([*lines, f"output v = {place.whole()}", *_hooks(place)])
    text = [f"pipeline {name}(k: Int, xs: List[Int] = [1, 2]) {{", *body, "}", ""]
    return text, (name, MAYBE if place.stopped else INT)


@st.composite
def programs(draw: st.DrawFn) -> str:
    """The text of a program whose pipeline is called `main` and takes `p` and `q`."""
    lines = [STEPS]
    called: list[tuple[str, str]] = []
    for number in range(draw(st.integers(0, 2))):
        text, callee = _callee(draw, number)
        lines += text
        called.append(callee)
    place = Place(draw, count(), called=called)
    place.offer(INT, "p")
    place.offer(LIST, "q")
    lines += _pipeline(place, "main", "p: Int = 3, q: List[Int] = [2, 5]", 8)
    return "\n".join(lines)
