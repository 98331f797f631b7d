"""Keys and documents of random projects: the same on every target, and the same each time."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from hypothesis import assume, given, note
from properties.builds import bodies, built, folder
from properties.past import Past
from properties.pipelines import Project, projects
from properties.sources import Source, sources
from properties.test_edits import some
from properties.test_keys import few, keys

from millpond.face import api

TARGETS = """
target argo { artifacts = "s3://bucket/x" }
target kubeflow { artifacts = "s3://bucket/x" }
target sagemaker { artifacts = "s3://bucket/x", role = "arn:aws:iam::123456789012:role/x" }
"""
KINDS = ("argo", "kubeflow", "sagemaker")


def frozen(project: Project) -> Project:
    """The same project with its parameter written out, so that templates know their keys."""
    nodes = (
        replace(
            node,
            arguments=tuple(project.parameter if v == "p" else v for v in node.arguments),
        )
        for node in project.nodes
    )
    return replace(project, nodes=tuple(nodes))


def files(place: Path) -> dict[str, bytes]:
    return {
        path.relative_to(place).as_posix(): path.read_bytes()
        for path in sorted(place.rglob("*"))
        if path.is_file()
    }


@few
@given(projects().map(frozen))
def test_keys_are_the_same_on_every_target(project: Project) -> None:
    with folder() as place:
        file = project.write(place)
        with file.open("a", encoding="utf-8") as stream:
            stream.write(TARGETS)
        note(file.read_text("utf-8"))
        here = {name: key for name, key in keys(api.plan(file)).items() if key is not None}
        assert here, "a node without inputs has a key"
        for kind in KINDS:
            api.compile(file, place / kind, target=kind)
            manifest = json.loads((place / kind / "manifest.json").read_bytes())
            there = {name: key for name, key in manifest["keys"].items() if key is not None}
            assert there, kind
            assert there.items() <= here.items()


@some
@given(sources())
def test_whole_programs_do_the_same_work_on_every_target(source: Source) -> None:
    """Whatever a target can be told to do: what its steps would do has the same keys."""
    with folder() as place:
        program = built(source, place)
        assume(program is not None)
        assert program is not None
        here = Past().run(program, bodies(source, place))
        for kind in KINDS:
            other = built(replace(source, kind=kind), place)
            assert other is not None, kind
            assert Past().run(other, bodies(source, place)).keys == here.keys, kind


@few
@given(projects())
def test_all_that_is_said_of_a_file_is_said_again(project: Project) -> None:
    with folder() as place:
        file = project.write(place)
        with file.open("a", encoding="utf-8") as stream:
            stream.write(TARGETS)
        assert api.check(file) == api.check(file)
        assert api.plan(file).nodes == api.plan(file).nodes
        for kind in KINDS:
            api.compile(file, place / "one", target=kind)
            api.compile(file, place / "two", target=kind)
            assert files(place / "one") == files(place / "two")
