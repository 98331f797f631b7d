"""Five pipelines that are edited again and again, described once for every tool.

Their bodies lie in `bodies/`; data and what they do are those of `examples/`, with rows as plain
lists, so that no tool needs packages that it does not bring.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

BODIES = Path(__file__).parent / "bodies"
LIBRARY = "lib/site-packages"
EXAMPLES = Path(__file__).parents[1] / "examples"
Json = str | int | float


@dataclass(frozen=True, slots=True)
class File:
    """A file of the project that a step reads."""

    path: str


@dataclass(frozen=True, slots=True)
class From:
    """What another step gives: for the same key, or with `all` for every key, as a list."""

    step: str
    all: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a pipeline, done once for each key where it is `keyed`; with `key` its function is
    told which. `uses` are the names of `common.py` that the function reaches, `bumped` says that
    it needs the library.

    `meaning` stands for what the function does: two that mean the same have the same. `output` is
    what files with its results are called, which a new name of the step does not change.
    """

    name: str
    module: str
    function: str
    inputs: Mapping[str, File | From]
    parameters: Mapping[str, Json] = field(default_factory=dict)
    keyed: bool = False
    key: bool = False
    uses: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    bumped: bool = False
    memory: int | None = None
    attempts: int | None = None
    timeout: int | None = None
    meaning: str = ""
    output: str = ""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Steps in order, the keys of those that are keyed, and the texts of all files.

    The last step gives what the pipeline is for. `versions` say which names of `common.py` mean
    something else than at first, `packages` which are installed; no step uses `idle`.
    """

    name: str
    steps: tuple[Step, ...]
    keys: tuple[str, ...]
    code: Mapping[str, str]
    data: Mapping[str, str]
    versions: Mapping[str, str] = field(default_factory=dict)
    packages: Mapping[str, str] = field(default_factory=lambda: {"scaling": "1.0", "idle": "1.0"})

    def step(self, name: str) -> Step:
        return next(step for step in self.steps if step.name == name)

    def instances(self) -> Iterator[tuple[Step, str | None]]:
        """Every step with every key."""
        for step in self.steps:
            for key in self.keys if step.keyed else (None,):
                yield step, key


def pipelines() -> list[Pipeline]:
    """The five, as they are before any edit."""
    spare = {"SPARE": "1"}
    read = Step("table", "read", "read", {"table": File("data.csv")})
    rows = {"rows": From("table")}
    return [
        _pipeline(
            "stores",
            "stores/sales.csv",
            ("berlin", "oslo", "rome"),
            read,
            Step("own", "pick", "pick", rows, keyed=True, key=True),
            Step(
                "week",
                "forecast",
                "forecast",
                {"rows": From("own")},
                {"weeks": 4},
                keyed=True,
                uses=("weekday", "rounded", "DIGITS"),
            ),
            Step("planned", "plan", "plan", {"weeks": From("week", all=True)}, env=spare),
        ),
        _pipeline(
            "backfill",
            "backfill/readings.csv",
            tuple(f"2026-03-{day:02}" for day in range(1, 8)),
            read,
            Step("day", "pick", "pick", rows, keyed=True, key=True),
            Step(
                "used",
                "add_up",
                "add_up",
                {"rows": From("day")},
                {"floor": 0.5},
                keyed=True,
                uses=("by_meter", "rounded", "DIGITS"),
            ),
            Step("smoothed", "smooth", "smooth", {"days": From("used", all=True)}),
            Step("billed", "bill", "bill", {"days": From("used", all=True)}, env=spare),
        ),
        _pipeline(
            "crossval",
            "crossval/iris.csv",
            ("0", "1", "2", "3"),
            read,
            Step("fold", "deal", "deal", rows, keyed=True, key=True),
            Step(
                "judged",
                "judge",
                "judge",
                {"parts": From("fold")},
                {"neighbours": 5},
                keyed=True,
                uses=("distance", "shape", "POWER"),
            ),
            Step("mean", "average", "average", {"values": From("judged", all=True)}, env=spare),
        ),
        _pipeline(
            "shards",
            "shards/events.csv",
            ("0", "1", "2", "3"),
            read,
            Step(
                "shard",
                "divide",
                "divide",
                rows,
                keyed=True,
                key=True,
                uses=("bucket", "BUCKETS"),
            ),
            Step(
                "found",
                "visits",
                "visits",
                {"rows": From("shard")},
                {"pause": 30},
                keyed=True,
                uses=("long",),
            ),
            Step("joined", "join", "join", {"parts": From("found", all=True)}),
            Step("counted", "total", "total", {"visits": From("joined")}, env=spare),
        ),
        _pipeline(
            "delays",
            "delays/flights.csv",
            ("train", "test"),
            read,
            Step("cleaned", "clean", "clean", rows),
            Step("part", "take", "take", {"rows": From("cleaned")}, keyed=True, key=True),
            Step(
                "shares",
                "fit",
                "fit",
                {"rows": From("part")},
                {"least": 3},
                keyed=True,
                uses=("is_late", "rounded", "LATE"),
            ),
            Step("compared", "gather", "gather", {"shares": From("shares", all=True)}),
            Step("written", "report", "report", {"table": From("compared")}, env=spare),
        ),
    ]


def _pipeline(name: str, data: str, keys: tuple[str, ...], *steps: Step) -> Pipeline:
    """The last step is the one that needs the library."""
    meant = [replace(step, meaning=step.function, output=step.name) for step in steps]
    meant[-1] = replace(meant[-1], bumped=True)
    code = {path.name: path.read_text() for path in sorted((BODIES / name).glob("*.py"))}
    return Pipeline(name, tuple(meant), keys, code, {"data.csv": (EXAMPLES / data).read_text()})
