"""The three kinds of step against every way of running: who runs, who answers, what the plan says.

Expected values are those of the rules: a pure step's result answers every run until its `ttl`; that
of `cache = false` and of `effects = true` answers the run that made it, to its end, and no other.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from cli.conftest import Answer, Mlp

KINDS = {
    "pure": "",
    "aged": "cache { ttl = 1h }",
    "versioned": 'cache { version = "1" }',
    "keyed": 'cache { key = "a" }',
    "world": "cache = false",
    "effect": "effects = true",
    "slow_effect": "effects = true cache { ttl = 1h }",
}
IMPURE = {"world", "effect", "slow_effect"}
READERS = {f"reads_{name}" for name in KINDS}
ALL = {*KINDS, *READERS}
SAYS = {
    "world": ("run", "it reads the world outside (`cache = false`)"),
    "effect": ("run", "it has effects outside (`effects = true`)"),
    "slow_effect": ("run", "it has effects outside (`effects = true`)"),
    "reads_world": ("depends", "waits for `a_world`, which may come out the same"),
    "reads_effect": ("depends", "waits for `a_effect`, which may come out the same"),
    "reads_slow_effect": ("depends", "waits for `a_slow_effect`, which may come out the same"),
}
HIT = ("hit", None)
NEW = ("run", "has never run here")
OLD = ("run", "its result is older than 1h")


@dataclass(frozen=True)
class Place:
    """A project whose bodies write their name and their idempotency key into `log`, and give what
    stands in `world`: neither is in any key."""

    mlp: Mlp
    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "work.mlp"

    def write(self, pipeline: str, target: str = "", **more: str) -> None:
        """The steps of all kinds and their readers, and what is said beside them."""
        steps = [
            line
            for name, said in {**KINDS, **more}.items()
            for line in (
                f"step {name}() -> (v: Int) {{ {self.body(name, 'cat WORLD > $v')} {said} }}",
                f"step reads_{name}(v: Int) -> (w: Int) {{ "
                f"{self.body(f'reads_{name}', 'echo $v > $w')} }}",
            )
        ]
        head, tail = ["edition 2026", ""], ["", pipeline, target, ""]
        self.file.write_text("\n".join([*head, *steps, *tail]), "utf-8")

    def body(self, name: str, then: str) -> str:
        noted = f'echo "{name} ${{MLP_IDEMPOTENCY_KEY:--}}" >> LOG; {then}'
        text = noted.replace("LOG", f"{self.folder}/log").replace("WORLD", f"{self.folder}/world")
        return f'run shell """{text}"""'

    def change(self, old: str, new: str) -> None:
        text = self.file.read_text("utf-8")
        assert old in text
        self.file.write_text(text.replace(old, new), "utf-8")

    def call(self, *words: str) -> Answer:
        return self.mlp("run", str(self.file), *words, "--format", "json")

    def run(self, *words: str) -> Counter[str]:
        """A run that succeeds; how often each body ran in it."""
        before = len(self.noted())
        answer = self.call(*words)
        assert answer.code == 0, answer.err
        return Counter(name for name, _ in self.noted()[before:])

    def noted(self) -> list[tuple[str, str]]:
        """The bodies that ran, each with the idempotency key that it saw."""
        path = self.folder / "log"
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        return [(name, key) for name, key in (line.split() for line in lines)]

    def keys(self, name: str) -> list[str]:
        return [key for noted, key in self.noted() if noted == name]

    def plan(self) -> dict[str, tuple[str, str | None]]:
        """The state of every step, and the first reason for it."""
        answer = self.mlp("plan", str(self.file), "--format", "json")
        assert answer.code == 0, answer.err
        return {
            node["step"]: (node["state"], (node["reasons"] or [{"text": None}])[0]["text"])
            for node in answer.json["nodes"]
            if node["kind"] == "task"
        }

    def turn(self, value: int) -> None:
        """What the world is from now on."""
        (self.folder / "world").write_text(str(value))

    def age(self, hours: float) -> None:
        """All results have been there for so much longer."""
        with sqlite3.connect(self.folder / ".millpond" / "index.sqlite") as index:
            index.execute("update results set made = made - ?", (hours * 3600,))
        index.close()


PIPELINE = "\n".join(
    [
        "pipeline main() {",
        *(f"  a_{name} = {name}()\n  b_{name} = reads_{name}(v = a_{name}.v)" for name in KINDS),
        *(f"  output {name}: Int = a_{name}.v + b_{name}.w" for name in KINDS),
        "}",
    ]
)


@pytest.fixture
def place(mlp: Mlp, tmp_path: Path) -> Place:
    made = Place(mlp, tmp_path)
    made.turn(1)
    made.write(PIPELINE)
    return made


def said(**others: tuple[str, str | None]) -> dict[str, tuple[str, str | None]]:
    """What the plan says where all that may be a hit is one."""
    return {**dict.fromkeys(ALL, HIT), **SAYS, **others}


@dataclass(frozen=True)
class Case:
    """What happens between two runs, what the plan says then, and what runs."""

    happens: Callable[[Place], None]
    plan: dict[str, tuple[str, str | None]]
    runs: set[str]


CASES = {
    "nothing": Case(lambda place: None, said(), IMPURE),
    "within the ttl": Case(lambda place: place.age(0.9), said(), IMPURE),
    "another version": Case(
        lambda place: place.change('version = "1"', 'version = "2"'),
        said(
            versioned=("run", "`cache.version` changed from 1 to 2"),
            reads_versioned=("depends", "waits for `a_versioned`, which may come out the same"),
        ),
        {*IMPURE, "versioned"},
    ),
    "another key": Case(
        lambda place: place.change('key = "a"', 'key = "b"'),
        said(
            keyed=("run", "`cache.key` changed from a to b"),
            reads_keyed=("depends", "waits for `a_keyed`, which may come out the same"),
        ),
        {*IMPURE, "keyed"},
    ),
    "another world": Case(
        lambda place: place.turn(2),
        said(),
        {*IMPURE, *(f"reads_{name}" for name in IMPURE)},
    ),
    "the world as it was": Case(lambda place: place.turn(1), said(), IMPURE),
    "after the ttl": Case(
        lambda place: place.age(1.1),
        said(aged=OLD, reads_aged=("depends", "waits for `a_aged`, which may come out the same")),
        {*IMPURE, "aged"},
    ),
}


def test_what_runs_again(place: Place) -> None:
    """One thing after the other, as a day goes by."""
    assert place.plan() == {
        **dict.fromkeys(ALL, NEW),
        **{step: SAYS[step] for step in IMPURE},
    }
    assert place.run() == Counter(ALL)
    for name, case in CASES.items():
        case.happens(place)
        assert (name, place.plan()) == (name, case.plan)
        assert (name, place.run()) == (name, Counter(case.runs))
    # Only bodies with effects are told a key, another one in each run.
    assert {step for step, key in place.noted() if key != "-"} == {"effect", "slow_effect"}
    assert len(set(place.keys("effect"))) == len(CASES) + 1


def test_a_failed_run_is_gone_on_with(place: Place) -> None:
    """What ran is kept, however late it is; only what has a `ttl` and is pure ages."""
    place.write(
        PIPELINE.removesuffix("}")
        + "  last = fails(w = b_effect.w)\n}"
        + f'\nstep fails(w: Int) -> (x: Int) {{ run shell "cat {place.folder}/absent > $x" }}'
    )
    failed = place.call("--keep-going")
    assert failed.code == 1, failed.err
    assert Counter(name for name, _ in place.noted()) == Counter(ALL)
    place.age(2)
    assert place.call("--resume", failed.json["run"]).code == 1
    assert Counter(name for name, _ in place.noted()) == Counter([*ALL, "aged"])
    (place.folder / "absent").write_text("1")
    assert place.run("--resume", failed.json["run"]) == Counter()
    assert place.run() == Counter(IMPURE)


def test_a_call_is_made_once_however_often_it_is_read(place: Place) -> None:
    twice = [
        f"  a_{name} = {name}()\n  c_{name} = {name}()\n"
        f"  b_{name} = reads_{name}(v = a_{name}.v)\n  d_{name} = reads_{name}(v = a_{name}.v + 1)"
        for name in KINDS
    ]
    place.write("\n".join(["pipeline main() {", *twice, "}"]))
    ran = place.run()
    assert {name: ran[name] for name in KINDS} == {
        name: 2 if name in IMPURE else 1 for name in KINDS
    }
    assert {name: ran[name] for name in READERS} == dict.fromkeys(READERS, 2)
    assert len(set(place.keys("effect"))) == 2
    assert place.run() == Counter(dict.fromkeys(IMPURE, 2))


def test_in_a_loop_every_branch_is_a_call(place: Place) -> None:
    calls = "".join(f"    a_{name} = {name}()\n" for name in KINDS)
    place.write(
        f"pipeline main() {{\n  all = for x in [1, 2] {{\n{calls}    yield a_pure.v + x\n  }}\n"
        "  output all = all\n}"
    )
    once = Counter({name: 2 if name in IMPURE else 1 for name in KINDS})
    assert place.run() == once
    assert len(set(place.keys("effect"))) == 2
    assert place.run() == Counter(dict.fromkeys(IMPURE, 2))


def test_partitions_that_are_made_anew_have_their_effects_once(place: Place) -> None:
    calls = "".join(f"    a_{name} = {name}()\n" for name in KINDS)
    place.write(
        "step fails(day: Date) -> (x: Int) { "
        f'run shell "cat {place.folder}/absent > $x" cache = false }}\n'
        "pipeline main() {\n  days = partition by day(from = 2026-11-01, to = 2026-11-03) as day "
        f"with (reprocess = 1d) {{\n{calls}    last = fails(day = day.start)\n"
        "    yield a_pure.v\n  }\n  output all = all(days)\n}"
    )
    failed = place.call("--keep-going")
    assert failed.code == 1, failed.err
    first = Counter(name for name, _ in place.noted())
    assert {name: first[name] for name in IMPURE} == dict.fromkeys(IMPURE, 3)
    (place.folder / "absent").write_text("1")
    again = place.run("--resume", failed.json["run"])
    assert {name: again[name] for name in IMPURE} == dict.fromkeys(IMPURE, 0)
    later = place.run()
    assert {name: later[name] for name in IMPURE} == dict.fromkeys(IMPURE, 3)
    assert later["pure"] == 1


def test_an_audit_makes_only_pure_steps_again(place: Place) -> None:
    """Those that a run would find: what reads an impure step waits for it."""
    place.run()
    before = len(place.noted())
    answer = place.mlp("audit", str(place.file), "--replay", "100%")
    assert answer.code == 0, answer.err
    again = {name for name, _ in place.noted()[before:]}
    assert again == {step for step, row in said().items() if row == HIT}


def test_another_machine_is_answered_by_pure_steps_alone(place: Place) -> None:
    store = place.folder / "shared"
    one, two = place.folder / "one", place.folder / "two"
    one.mkdir()
    (one / "mlp.toml").write_text(f'[store]\nurl = "{store.as_uri()}"\n')
    shutil.copy(place.file, one)
    shutil.copytree(one, two)
    before = len(place.noted())
    for folder, wanted in ((one, ALL), (two, IMPURE)):
        answer = place.mlp("run", str(folder / "work.mlp"), "--format", "json")
        assert answer.code == 0, answer.err
        assert {name for name, _ in place.noted()[before:]} == wanted
        before = len(place.noted())
    kept = {path.name for path in (store / "keys").rglob("*") if path.is_file()}
    assert len(kept) == len(ALL - IMPURE)


RETRIES = """\
pipeline main() {{ a = tries() {said} }}
step tries() -> (v: Int) {{ {body} effects = true {own} }}
"""


@pytest.mark.parametrize(
    ("own", "said", "attempts"),
    [
        ("", "", 1),
        ("retry { attempts = 3 }", "", 3),
        ("", "with (retry = { attempts = 2 })", 2),
    ],
)
def test_effects_are_tried_again_only_where_that_is_said_of_them(
    place: Place, own: str, said: str, attempts: int
) -> None:
    body = place.body("tries", f"test -e {place.folder}/open; echo 1 > $v")
    plain = place.body("plain", f"test -e {place.folder}/open; echo 1 > $v")
    program = RETRIES.format(own=own, said=said, body=body)
    program = program.replace("{ a =", "{\n  b = plain()\n  a =").replace(" }\nstep", "\n}\nstep")
    place.file.write_text(
        f"edition 2026\n{program}step plain() -> (v: Int) {{ {plain} }}\n"
        "target here: local { defaults { retry { attempts = 4 } } }\n"
    )
    failed = place.call("--keep-going")
    assert failed.code == 1, failed.err
    assert Counter(name for name, _ in place.noted()) == {"tries": attempts, "plain": 4}
    # The same call in the same run, whatever became of it before; another one in the next run.
    (place.folder / "open").write_text("")
    assert place.run("--resume", failed.json["run"])["tries"] == 1
    assert len(set(place.keys("tries"))) == 1
    place.run()
    assert len(set(place.keys("tries"))) == 2
