"""What changed in environments and scripts, told by packages and lines, as far as anybody knows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

import pytest

from millpond.compiler.ir.definitions import Definition, Port, PythonBody, ShellBody
from millpond.compiler.ir.nodes import Task
from millpond.compiler.ir.settings import Environment, Settings
from millpond.compiler.ir.values import NodeId
from millpond.compiler.passes.keys import PYTHON, spec_of
from millpond.compiler.reasons import Reason, changes
from millpond.compiler.source import Span
from millpond.compiler.types.types import FLOAT, JSON
from millpond.runtime.key import key_of
from millpond.runtime.record import Record

SPAN = Span("work.mlp", 0, 1)
PLAIN = Task(
    NodeId("made"),
    Definition("make", (), (), ShellBody("echo 1\necho 2", ()), SPAN),
    (),
    Settings(environment=Environment(python="3.11")),
    (),
    SPAN,
)
BEFORE = """\
# what the step needs
numpy==1.26
pandas==2.1.0 \\
    --hash=sha256:aaaa
six==1.16
"""
AFTER = """\
numpy==1.26
pandas==2.2.1 \\
    --hash=sha256:bbbb
tqdm==4.66
"""
LOCK = '[[packages]]\nname = "pandas"\nversion = "{}"\n'


def within(**said: object) -> Task:
    environment = replace(PLAIN.settings.environment, **said)  # type: ignore[arg-type]
    return replace(PLAIN, settings=replace(PLAIN.settings, environment=environment))


def running(text: str) -> Task:
    return replace(PLAIN, definition=replace(PLAIN.definition, body=ShellBody(text, ())))


def compared(was: Task, now: Task, *texts: str) -> list[Reason]:
    """What changed from one to the other, where these texts were kept."""
    old, new = (spec_of(task, lambda span: "work.mlp:1:1") for task in (was, now))
    key, parts, inputs = key_of(old.json, {})
    kept = {hashlib.sha256(text.encode()).hexdigest(): text for text in texts}
    record = Record(key, {}, parts, inputs, {"explain": old.json["explain"]})
    text_of: Callable[[str], str | None] = kept.get
    return list(changes(now, new, record, None, text_of))


def told(was: Task, now: Task, *texts: str) -> list[str]:
    return [reason.text for reason in compared(was, now, *texts)]


def test_packages_of_a_list_of_requirements() -> None:
    was = within(requirements=("requirements.txt", BEFORE))
    now = within(requirements=("requirements.txt", AFTER))
    found = compared(was, now, BEFORE)
    assert [(r.part, r.text, r.was, r.now) for r in found] == [
        ("environment.packages.pandas", "`pandas` changed from 2.1.0 to 2.2.1", "2.1.0", "2.2.1"),
        (
            "environment.packages.six", "`six` is not in the environment any more",
            "1.16", None,
        ),
        ("environment.packages.tqdm", "`tqdm` is new in the environment: 4.66", None, "4.66"),
    ]  # fmt: skip
    assert (found[0].file, found[0].quote) == ("requirements.txt", "pandas")


def test_packages_of_a_lock() -> None:
    was = within(lockfile=("pylock.toml", LOCK.format("2.1.0")))
    now = within(lockfile=("pylock.toml", LOCK.format("2.2.1")))
    assert told(was, now, LOCK.format("2.1.0")) == ["`pandas` changed from 2.1.0 to 2.2.1"]


def test_a_list_that_nobody_kept_is_told_as_a_whole() -> None:
    was = within(requirements=("requirements.txt", BEFORE))
    now = within(requirements=("requirements.txt", AFTER))
    assert told(was, now) == ["`requirements.txt` changed"]


def importing(packages: str, needs: str = "") -> Task:
    """`a==1 b==2` are in the environment, `b<a` says that a needs b."""
    needed = tuple((pair.split("<")[0], pair.split("<")[1]) for pair in needs.split())
    body = PythonBody("m", "f", "d", (), (), tuple(packages.split()), needed)
    return replace(PLAIN, definition=replace(PLAIN.definition, body=body))


@pytest.mark.parametrize(
    ("was", "now", "texts"),
    [
        (
            importing("numpy==1.26.4 pandas==2.2", "numpy<pandas"),
            importing("numpy==2.0.1 pandas==2.2", "numpy<pandas"),
            ["`numpy` changed from 1.26.4 to 2.0.1, which `pandas` needs"],
        ),
        (
            importing("dateutil==2 pandas==2 six==1.16", "dateutil<pandas six<dateutil"),
            importing("dateutil==2 pandas==2 six==1.17", "dateutil<pandas six<dateutil"),
            ["`six` changed from 1.16 to 1.17, which `pandas` needs through `dateutil`"],
        ),
        (
            importing("a==1 d==1", "b<a c<b d<c"),
            importing("a==1 d==2", "b<a c<b d<c"),
            ["`d` changed from 1 to 2, which `a` needs through `b` and `c`"],
        ),
        (
            importing("a==1 own==0.1+0123456789abcdef", "own<a"),
            importing("a==1 own==0.1+fedcba9876543210", "own<a"),
            ["the content of `own` 0.1 changed, which `a` needs"],
        ),
        (
            importing("loose==+0123456789abcdef"),
            importing("laid==+0123456789abcdef loose==+fedcba9876543210"),
            [
                "`laid` is new in the environment: as it is here",
                "the content of `loose` changed",
            ],
        ),
        (
            importing(""),
            importing("numpy==2 pandas==2", "numpy<pandas"),
            ["`pandas` is new in the environment: 2, with `numpy` that it needs"],
        ),
        (
            importing("numpy==2 pandas==2", "numpy<pandas"),
            importing(""),
            ["`pandas` is not in the environment any more, nor is `numpy` that it needed"],
        ),
        (
            importing("a==1"),
            importing("a==1 dateutil==2 pandas==2 six==1.17", "dateutil<pandas six<dateutil"),
            ["`pandas` is new in the environment: 2, with 2 packages that it needs"],
        ),
        (
            importing("a==1 b==2 c==3", "b<a c<b"),
            importing("a==2", ""),
            [
                "`a` changed from 1 to 2",
                "`b` is not in the environment any more, nor is `c` that it needed, "
                "which `a` needs",
            ],
        ),
    ],
)  # fmt: skip
def test_packages_that_others_need(was: Task, now: Task, texts: list[str]) -> None:
    was, now = (replace(t, settings=replace(t.settings, environment=Environment()))
                for t in (was, now))  # fmt: skip
    assert told(was, now) == texts


@pytest.mark.parametrize(
    ("was", "now", "text"),
    [
        ({"python": "3.11"}, {"python": "3.12"}, "Python changed from 3.11 to 3.12"),
        ({"image": "a@sha256:1"}, {"image": "a@sha256:2"}, "the image `a` it runs in changed"),
        ({}, {"image": "a:1@sha256:2"}, "it runs in the image `a:1` now"),
        ({"image": "a@sha256:1"}, {}, "it does not run in an image any more"),
        ({"packages": ("a==1",)}, {"packages": ("a==2",)}, "`a` changed from 1 to 2"),
        ({"packages": ("a",)}, {"packages": ("a==2",)}, "`a` changed from any version to 2"),
    ],
)
def test_an_environment(was: dict[str, object], now: dict[str, object], text: str) -> None:
    assert told(within(**was), within(**now))[0] == text


def test_lines_of_a_script() -> None:
    was, now = running("echo 1\necho 2"), running("echo 1\n  echo 3\necho 4")
    [reason] = compared(was, now, "echo 1\necho 2")
    assert (reason.part, reason.was, reason.now) == ("body.text", "echo 2", "echo 3")
    assert reason.quote == "echo 3"
    [reason] = compared(was, now)
    assert (reason.text, reason.was) == ("the shell body of `make` changed", None)


def calling(digest: str, **symbols: str) -> Task:
    named = tuple((f"work.py:{name}", content) for name, content in symbols.items())
    body = PythonBody("work", "fit", digest, named, (), ())
    return replace(PLAIN, definition=replace(PLAIN.definition, body=body))


def test_what_only_has_another_name_is_not_told() -> None:
    was, now = calling("1", fit="a", K="b"), calling("2", train="a", K="c")
    assert told(was, now) == ["`work.py:K` changed"]


def test_the_order_of_imports_is_told_where_nothing_else_changed() -> None:
    was, now = (
        calling("1", **{"fit": "a", "<order>": "b"}),
        calling("2", **{"fit": "a", "<order>": "c"}),
    )
    text = "what `work.py` does on import is done in another order"
    assert told(was, now) == [text]
    more = calling("3", **{"fit": "b", "<order>": "c"})
    assert told(was, more) == ["`work.py:fit` changed"]


def test_fields_of_an_argument_are_told_one_by_one() -> None:
    ports = (Port("given", JSON, SPAN), Port("rate", FLOAT, SPAN))
    task = replace(PLAIN, definition=replace(PLAIN.definition, inputs=ports))
    spec = spec_of(task, lambda span: "work.mlp:1:1")

    def record(given: dict[str, object]) -> Record:
        key, parts, inputs = key_of(spec.json, {"given": given, "rate": 0.5})
        return Record(key, {}, parts, inputs, {"explain": {}})

    old, new = record({"a": {"b": 1, "c": 2}, "d": 3}), record({"a": {"b": 4, "c": 2}, "e": 3})
    found = [(each.part, each.text) for each in changes(task, spec, old, new)]
    assert found == [
        ("arguments.given.a.b", "`given.a.b` changed from 1 to 4"),
        ("arguments.given.d", "`given.d` changed from 3 to nothing"),
        ("arguments.given.e", "`given.e` changed from nothing to 3"),
    ]


def test_no_packages_and_an_empty_list_of_them_are_told_as_one() -> None:
    was, now = (
        replace(PLAIN, settings=replace(PLAIN.settings, environment=environment))
        for environment in (Environment(python=PYTHON), Environment(python="3.10"))
    )
    assert told(was, now) == [f"Python changed from {PYTHON} to 3.10"]
