"""Every field of what a program is lowered to: whether it enters a key, from the text of a file."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from keys.fields import ROWS, Edit
from keys.project import FILES, ONES, keys
from keys.settings import PLACES, SETTINGS

from millpond import backends
from millpond.compiler import project, sections
from millpond.compiler.ir import definitions, graph, nodes, settings
from millpond.compiler.types import types
from millpond.compiler.types.settings import SettingRule

DECLARED = (definitions, settings, nodes, graph)
# What is held by others is told by their rows; a type is a value but for schemas.
NEEDS = ("PythonBody.needs", "NotebookBody.needs")
PICKLED = ("PythonBody.pickled", "NotebookBody.pickled", "Pickled.digest", "Pickled.modules")
UNSEEN = ("PythonBody.unseen", "NotebookBody.unseen")
OTHERS = (types.Row, types.Column, project.Project)


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A distribution that code may import."""
    install(tmp_path, "acme", "1.0")
    monkeypatch.syspath_prepend(str(tmp_path / "site-packages"))


def install(folder: Path, name: str, version: str, *needs: str) -> None:
    place = folder / "site-packages" / f"{name}.dist-info"
    place.mkdir(parents=True, exist_ok=True)
    said = (f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {each}" for each in needs))
    (place / "METADATA").write_text("\n".join(said))
    (place / "RECORD").write_text(f"{name}/__init__.py,,\n")


def fields() -> Iterator[str]:
    found = [
        value
        for module in DECLARED
        for value in vars(module).values()
        if isinstance(value, type)
        and value.__module__ == module.__name__
        and dataclasses.is_dataclass(value)
    ]
    for value in (*found, *OTHERS):
        for field in dataclasses.fields(value):
            yield f"{value.__name__}.{field.name}"


def test_every_field_has_a_row() -> None:
    rows = [
        *ROWS,
        *SETTINGS,
        "Settings.target",
        *NEEDS,
        *PICKLED,
        *UNSEEN,
    ]  # told below, and beside
    assert len(rows) == len(set(rows))
    assert set(rows) == set(fields())


def named(node: str, *names: str) -> bool:
    """Whether a call is one of a step, or a node, of these names."""
    return not set(node.split("/")).isdisjoint(names)


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> set[str]:
    return {node for node in before.keys() & after.keys() if before[node] != after[node]}


def renamed(edit: Edit, node: str) -> str:
    return dict(edit.names).get(node, node)


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize("field", sorted(ROWS))
def test_a_field_changes_the_keys_that_it_enters(field: str) -> None:
    edit = ROWS[field]
    before, after = keys(FILES), keys(edit.of(FILES))
    old = {renamed(edit, node): key for node, key in before.items() if renamed(edit, node)}
    touched = {node for node in old.keys() & after.keys() if named(node, *edit.touches)}
    assert changed(old, after) == touched
    assert bool(touched) == bool(edit.touches)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("field", sorted(SETTINGS))
def test_a_setting_enters_keys_or_not_wherever_it_is_written(field: str, place: str) -> None:
    said, where = SETTINGS[field], PLACES[place]
    before = keys(where.write(FILES, said.base))
    after = keys(where.write(FILES, said.text))
    touched = {node for node in before if said.enters and named(node, *where.whose)}
    if "nvironment" in field and field != "Environment.launcher":
        touched -= {"pack/packed"}  # a container is its image
    assert before.keys() == after.keys()
    assert changed(before, after) == touched


@pytest.mark.parametrize("name", sorted(sections.KEYS["environment"]))
def test_an_environment_of_the_project_enters_keys(name: str) -> None:
    said = {"lockfile": "lock.txt", "requirements": "req.txt", "python": "3.12"}
    value = f'"{said.get(name, f"a@{ONES}")}"' if name != "packages" else '["pandas==2.2.3"]'
    toml = f"{FILES['mlp.toml']}[environment]\n{name} = {value}\n"
    before = keys(FILES)
    after = keys({**FILES, "mlp.toml": toml})
    assert changed(before, after) == before.keys() - {"pack/packed"}


KINDS = {kind: backends.load(kind) for kind in backends.TARGETS}
OWN = [(kind, rule.name) for kind, target in KINDS.items() for rule in target.settings]
OF_STEPS = [(kind, rule.name) for kind, target in KINDS.items() for rule in target.step_settings]


def said(rule: SettingRule) -> str:
    """The setting as its own example has it, written out."""
    example = rule.example.removeprefix(f"{rule.name} = ")
    return f"{rule.name} {example}" if rule.type is None else f"{rule.name} = {example}"


def aimed(kind: str, more: str = "", *, without: str = "", parts: str = "") -> dict[str, str]:
    """The project for a target of a kind, with all that it requires."""
    needed = [r for r in KINDS[kind].settings if r.required and r.name != without]
    block = " ".join([*map(said, needed), more])
    run = 'run shell "sh tool.sh $n > $out"'
    program = FILES["project.mlp"].replace(run, f"{run} {parts}")
    target = "target here: local { workers = 2 }"
    assert program.count(target) == 1
    return {**FILES, "project.mlp": program.replace(target, f"target here: {kind} {{ {block} }}")}


@pytest.mark.parametrize(("kind", "name"), OWN)
def test_a_setting_of_a_target_enters_no_key(kind: str, name: str) -> None:
    rule = next(rule for rule in KINDS[kind].settings if rule.name == name)
    before = keys(aimed(kind, without=name))
    after = keys(aimed(kind, said(rule), without=name))
    assert changed(before, after) == set()


def test_containers_on_the_host_are_other_work() -> None:
    before = keys(aimed("local"))
    after = keys(aimed("local", 'containers = "host"'))
    assert changed(before, after) == {"pack/packed"}


@pytest.mark.parametrize("place", ["patch", "defaults", "override"])
@pytest.mark.parametrize(("kind", "name"), OF_STEPS)
def test_what_an_engine_is_told_of_a_step_enters_no_key(kind: str, name: str, place: str) -> None:
    """These are `Settings.target`."""
    rule = said(next(rule for rule in KINDS[kind].step_settings if rule.name == name))
    parts = f"target {kind} {{ {rule} }}" if place == "patch" else ""
    more = {"defaults": f"defaults {{ {rule} }}", "override": f"override count {{ {rule} }}"}
    before = keys(aimed(kind))
    after = keys(aimed(kind, more.get(place, ""), parts=parts))
    assert changed(before, after) == set()


def test_keys_are_the_same_on_all_kinds_of_targets() -> None:
    found = [keys(aimed(kind)) for kind in KINDS]
    assert all(each == found[0] for each in found)


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize("body", ["PythonBody", "NotebookBody"])
def test_which_package_needs_which_is_in_no_key_but_that_it_is_there(
    tmp_path: Path, body: str
) -> None:
    files = ROWS[f"{body}.packages"].of(FILES)
    install(tmp_path, "acme", "1.0", "between", "below")
    install(tmp_path, "between", "2", "below")
    install(tmp_path, "below", "3")
    first = keys({**files, "note.txt": "all"})
    # Keys are remembered by the files of the project.
    install(tmp_path, "acme", "1.0", "between")
    assert keys({**files, "note.txt": "other needs"}) == first
    install(tmp_path, "below", "3.1")
    touched = {node for node in first if named(node, *ROWS[f"{body}.packages"].touches)}
    assert changed(first, keys({**files, "note.txt": "another version"})) == touched


def test_that_nobody_can_tell_what_is_read_is_in_no_key() -> None:
    """It says that a key may not answer; where it stands is no part of what the code does."""
    code = FILES["work.py"].replace("n + TOP", "len(inspect.getfile(put))")
    note = FILES["note.ipynb"].replace("m = n + 1", "from work import make\\nm = make(n)")
    first, second = (
        keys({**FILES, "work.py": f"{above}import inspect\n{code}", "note.ipynb": note})
        for above in ("", "# Where it lies.\n")
    )
    assert first == second
