"""Random pipelines of partitions, with a model of what each partition reads.

Every cell gives a number that tells all that it read, but for dull ones, which always give 1.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

from hypothesis import strategies as st

STEPS = """\
edition 2026

step load(rows: File) -> (v: Int) { run shell "cat $rows > $v" }
step mix(at: String, xs: List[Int], before: Int?) -> (v: Int) { run shell "mix > $v" }
step dull(at: String, xs: List[Int], before: Int?) -> (v: Int) { run shell "echo 1 > $v" }

"""
FINER = {"day": ("hour",), "week": ("day",), "month": ("day",), "year": ("day", "month")}
RELATED = {
    "hour": ("day",), "day": ("hour", "week", "month", "day"), "week": ("day",),
    "month": ("day", "year"), "year": ("day", "month"),
}  # fmt: skip
GRAINS = ("day", "day", "week", "month", "year", "hour", "key")
SPANS = {"hour": "{}h", "day": "{}d", "week": "{}w", "month": "{}", "year": "{}"}

BEGINNING = datetime(1, 1, 1, tzinfo=UTC)

Period: TypeAlias = "tuple[str, datetime, datetime]"
"""A key with its start and its end, which does not belong to it."""


@dataclass(frozen=True)
class Read:
    """`how` is a word of the algebra, or `here`; `of` is a cell, or a block of its own."""

    how: str
    of: str
    width: int = 1


@dataclass(frozen=True)
class Cell:
    """One call. The reads go into a list, but for `before`."""

    name: str
    step: str
    reads: tuple[Read, ...] = ()
    before: Read | None = None

    @property
    def all_reads(self) -> tuple[Read, ...]:
        return self.reads if self.before is None else (*self.reads, self.before)


@dataclass(frozen=True)
class Series:
    """A block of partitions; what it yields is its last cell."""

    name: str
    grain: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class World:
    """The range of days, and how often the file of each key was changed."""

    first: date
    days: int
    changed: Mapping[str, int] = field(default_factory=dict)

    @property
    def last(self) -> date:
        return self.first + timedelta(days=self.days - 1)

    def periods(self, grain: str) -> list[Period]:
        if grain == "key":
            return [(key, BEGINNING, BEGINNING) for key in ("a", "b", "c d")]
        if grain == "hour":
            begin = datetime.combine(self.first, datetime.min.time(), UTC) + timedelta(hours=20)
            ends = [begin + timedelta(hours=n) for n in range(4)]
            return [(f"{e:%Y-%m-%dT%H}", e, e + timedelta(hours=1)) for e in ends]
        found: dict[str, Period] = {}
        for number in range(self.days):
            day = self.first + timedelta(days=number)
            start, end = _period(grain, day)
            year, week, _ = day.isocalendar()
            name = {
                "day": f"{day}", "week": f"{year}-W{week:02}",
                "month": f"{day:%Y-%m}", "year": f"{day:%Y}",
            }[grain]  # fmt: skip
            begin, finish = (datetime.combine(d, datetime.min.time(), UTC) for d in (start, end))
            found.setdefault(name, (name, begin, finish))
        return [*found.values()]

    def content(self, key: str) -> int:
        """What the file of a key says."""
        return number_of(f"{key} {self.changed.get(key, 0)}")


def _period(grain: str, day: date) -> tuple[date, date]:
    match grain:
        case "day":
            return day, day + timedelta(days=1)
        case "week":
            monday = day - timedelta(days=day.weekday())
            return monday, monday + timedelta(days=7)
        case "month":
            start = day.replace(day=1)
            return start, (start + timedelta(days=32)).replace(day=1)
        case _:
            return date(day.year, 1, 1), date(day.year + 1, 1, 1)


def number_of(text: str) -> int:
    return int(hashlib.sha256(text.encode()).hexdigest()[:12], 16)


def mixed(at: str, xs: list[int], before: int | None = None) -> int:
    return number_of(f"{at} {xs} {before}")


BODIES: Mapping[str, Callable[..., object]] = {
    "load": lambda rows: int(Path(rows).read_text()),
    "mix": mixed,
    "dull": lambda at, xs, before=None: 1,
}


@dataclass(frozen=True)
class Work:
    """One cell at one key: what makes it, what it gives, and the nodes that it reads."""

    identity: str
    value: int
    reads: tuple[str, ...]


@dataclass(frozen=True)
class Program:
    series: tuple[Series, ...]
    outside: tuple[Cell, ...]

    # ---- what it means ---------------------------------------------------------------------

    def means(self, world: World) -> dict[str, Work]:
        """Every node by its id."""
        found: dict[str, Work] = {}
        for block in self.series:
            for place in range(len(world.periods(block.grain))):
                for cell in block.cells:
                    self._work(cell, block, place, world, found)
        for cell in self.outside:
            self._work(cell, None, 0, world, found)
        return found

    def _work(
        self, cell: Cell, block: Series | None, place: int, world: World, found: dict[str, Work]
    ) -> None:
        key = "" if block is None else world.periods(block.grain)[place][0]
        node = cell.name if block is None else f"{block.name}[{key}].{cell.name}"
        if cell.step == "load":
            content = world.content(key)
            found[node] = Work(f"load {content}", content, ())
            return
        reads = [name for read in cell.reads for name in self._nodes(read, block, place, world)]
        xs = [found[name].value for name in reads] or [0]
        before = None
        if cell.before is not None:
            names = [*self._nodes(cell.before, block, place, world)]
            before = found[names[0]].value if names else None
            reads += names
        at = f"{cell.name} {key}"
        value = mixed(at, xs, before) if cell.step == "mix" else 1
        found[node] = Work(f"{cell.step} {at} {xs} {before}", value, tuple(reads))

    def _nodes(self, read: Read, block: Series | None, place: int, world: World) -> Iterator[str]:
        """The nodes that are read from a place, in order."""
        if read.how in ("here", "previous", "trailing"):
            assert block is not None
            keys = [key for key, _, _ in world.periods(block.grain)]
            first = {"here": place, "previous": place - 1, "trailing": place - read.width + 1}
            last = place - 1 if read.how == "previous" else place
            for at in range(max(0, first[read.how]), last + 1):
                yield f"{block.name}[{keys[at]}].{read.of}"
            return
        other = next(series for series in self.series if series.name == read.of)
        periods = world.periods(other.grain)
        if block is not None and read.how != "all" and read.how != "latest":
            key, start, end = world.periods(block.grain)[place]
            match read.how:
                case "current":
                    periods = [period for period in periods if period[0] == key]
                case "within":
                    periods = [period for period in periods if start <= period[1] < end]
                case _:
                    periods = [period for period in periods if period[1] <= start < period[2]]
        if read.how == "latest":
            periods = periods[-1:]
        for key, _, _ in periods:
            yield f"{other.name}[{key}].{other.cells[-1].name}"

    # ---- how it is written -----------------------------------------------------------------

    def write(self, world: World, place: Path) -> Path:
        """Puts the project into a folder; the `.mlp` file."""
        (place / "mlp.toml").write_text("", "utf-8")
        (place / "data").mkdir(exist_ok=True)
        lines: list[str] = []
        for block in self.series:
            for key, _, _ in world.periods(block.grain):
                (place / "data" / f"{key}.txt").write_text(f"{world.content(key)}\n", "utf-8")
            lines += [f"{block.name} = partition by {_range(block.grain, world)} as _k {{"]
            at = "{k.key}"
            lines += [f"  {self._line(cell, block, at)}" for cell in block.cells]
            lines += [f"  yield {block.cells[-1].name}.v", "}"]
        lines += [self._line(cell, None, "") for cell in self.outside]
        ends = [f"  output o{n} = all({block.name})" for n, block in enumerate(self.series)]
        body = "\n".join(f"  {line}" for line in lines).replace("as _k", "as k")
        file = place / "windows.mlp"
        file.write_text(f"{STEPS}pipeline main() {{\n{body}\n" + "\n".join(ends) + "\n}\n", "utf-8")
        return file

    def _line(self, cell: Cell, block: Series | None, at: str) -> str:
        if cell.step == "load":
            return f'{cell.name} = load(rows = file(f"data/{at}.txt"))'
        parts = [self._spelled(read, block) for read in cell.reads]
        xs = parts[0] if len(parts) == 1 else f"concat({', '.join(parts or ['[0]', '[]'])})"
        if not parts:
            xs = "[0]"
        before = "none" if cell.before is None else self._spelled(cell.before, block).strip("[]")
        return f'{cell.name} = {cell.step}(at = f"{cell.name} {at}", xs = {xs}, before = {before})'

    def _spelled(self, read: Read, block: Series | None) -> str:
        match read.how:
            case "here":
                return f"[{read.of}.v]"
            case "previous":
                return f"[previous({read.of}.v)]"
            case "trailing":
                assert block is not None
                width = SPANS[block.grain].format(read.width)
                return f"trailing({read.of}.v, {width})"
            case "within":
                return f"within({read.of}, k)"
            case "covering":
                return f"[covering({read.of}, k)]"
            case "all":
                return f"all({read.of})"
            case how:
                return f"[{how}({read.of})]"


def _range(grain: str, world: World) -> str:
    if grain == "key":
        return 'key(["a", "b", "c d"])'
    if grain == "hour":
        return f"hour(from = {world.first}T20:00Z, to = {world.first}T23:00Z)"
    return f"{grain}(from = {world.first}, to = {world.last})"


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """Two to four blocks that read their own cells, earlier blocks, and what comes out of those."""
    series: list[Series] = []
    for number in range(draw(st.integers(2, 4))):
        near = [grain for block in series for grain in RELATED.get(block.grain, ())]
        grain = draw(st.sampled_from((*GRAINS, *near, *near)))
        cells = [Cell(f"c{number}0", draw(st.sampled_from(("load", "load", "mix"))))]
        if cells[0].step == "mix":
            cells = [Cell(f"c{number}0", "mix", _reads(draw, [], series, grain))]
        for inner in range(1, draw(st.integers(2, 4))):
            step = draw(st.sampled_from(("mix", "mix", "dull")))
            reads = _reads(draw, cells, series, grain)
            before = None
            if grain != "key" and draw(st.booleans()):
                before = Read("previous", draw(st.sampled_from(cells)).name)
            cells.append(Cell(f"c{number}{inner}", step, reads, before))
        series.append(Series(f"b{number}", grain, tuple(cells)))
    outside = []
    for number in range(draw(st.integers(0, 2))):
        block = draw(st.sampled_from(series))
        latest = Read("latest", block.name) if block.grain != "key" else None
        reads = tuple(draw(st.lists(st.just(Read("all", block.name)), max_size=1)))
        outside.append(Cell(f"t{number}", "mix", reads, latest))
    return Program(tuple(series), tuple(outside))


def _reads(
    draw: st.DrawFn, cells: list[Cell], series: list[Series], grain: str
) -> tuple[Read, ...]:
    options = [Read("here", cell.name) for cell in cells]
    if grain != "key":
        options += [Read("trailing", cell.name, draw(st.integers(1, 3))) for cell in cells]
    for other in series:
        if other.grain == grain:
            options += 3 * [Read("current", other.name)]
        if other.grain in FINER.get(grain, ()):
            options += 3 * [Read("within", other.name)]
        if grain in FINER.get(other.grain, ()):
            options += 3 * [Read("covering", other.name)]
        options.append(Read("all", other.name))
        if other.grain != "key":
            options.append(Read("latest", other.name))
    if not options:
        return ()
    return tuple(draw(st.lists(st.sampled_from(options), min_size=1, max_size=3)))


@st.composite
def worlds(draw: st.DrawFn, before: World) -> World:
    """A world after one edit: of a file, or of the range."""
    kind = draw(st.sampled_from(("file", "file", "later", "earlier", "back")))
    if kind == "file":
        grain = draw(st.sampled_from(("day", "day", "week", "month", "hour", "key")))
        key = draw(st.sampled_from(before.periods(grain)))[0]
        changed = {**before.changed, key: before.changed.get(key, 0) + 1}
        return World(before.first, before.days, changed)
    if kind == "later":
        return World(before.first, before.days + draw(st.integers(1, 4)), before.changed)
    if kind == "earlier":
        first = before.first - timedelta(days=draw(st.integers(1, 2)))
        return World(first, before.days + 2, before.changed)
    # A file as it was: nothing that was done with it is done again.
    return World(before.first, before.days, {})


@st.composite
def histories(draw: st.DrawFn) -> tuple[Program, list[World]]:
    """A program, and the worlds in which it runs one after the other."""
    program = draw(programs())
    found = [
        World(date(2025, 12, 26) + timedelta(draw(st.integers(0, 60))), draw(st.integers(1, 9)))
    ]
    for _ in range(draw(st.integers(1, 3))):
        found.append(draw(worlds(found[-1])))
    return program, found
