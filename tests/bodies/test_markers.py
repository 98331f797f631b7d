"""Markers and requirements as `packaging` reads them, which is the judge."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import distributions

import pytest
from packaging.markers import Marker, default_environment
from packaging.requirements import Requirement as Judge

from millpond.compiler.bodies.markers import holds, normal, surroundings
from millpond.compiler.bodies.requirement import (
    Requirement,
    read_egg_requirements,
    read_requirement,
)

HERE = dict(surroundings())
ELSEWHERE = [
    HERE,
    {**HERE, "python_version": "3.9", "python_full_version": "3.9.19"},
    {**HERE, "python_version": "3.14", "python_full_version": "3.14.0rc1"},
    {**HERE, "sys_platform": "win32", "os_name": "nt", "platform_system": "Windows"},
    {
        **HERE,
        "sys_platform": "darwin",
        "platform_system": "Darwin",
        "platform_machine": "arm64",
        "implementation_name": "pypy",
        "platform_python_implementation": "PyPy",
    },
]
ODD = [
    "python_version < '3.10'",
    "python_version >= '3.10' and python_version < '3.14'",
    "python_version == '3.*'",
    "python_version != '3.9.*'",
    "python_version ~= '3.9'",
    "python_full_version ~= '3.9.2'",
    "python_full_version < '3.14'",
    "python_full_version >= '3.14.0b1'",
    "python_version > '3'",
    "'3.12' > python_version",
    "python_version in '3.9, 3.10'",
    "python_version not in '2.7 3.0 3.1'",
    "python_version === '3.9'",
    "os.name == 'nt' or sys.platform != 'win32'",
    "python_implementation == 'CPython'",
    "sys_platform == 'linux' and (extra == 'a' or extra == 'B_c')",
    "sys_platform == 'linux' and extra == 'a' or extra == 'b-c'",
    "(sys_platform == 'darwin' or (python_version < '3.10')) and platform_machine != 'x86_64'",
    "'linux' in sys_platform",
    "'win' not in sys_platform",
    'platform_python_implementation!="PyPy"and extra=="a"',
    "implementation_version >= '3.8'",
]


def test_the_surroundings_are_those_that_installers_see() -> None:
    assert dict(default_environment()) == HERE
    assert HERE["python_full_version"].startswith(platform.python_version().rstrip("+"))
    assert HERE["sys_platform"] == sys.platform


@pytest.mark.parametrize("marker", ODD)
def test_a_marker_holds_where_installers_say_so(marker: str) -> None:
    judge = Marker(marker)
    for here in ELSEWHERE:
        for extra in ("", "a", "b.c"):
            wanted = judge.evaluate({**here, "extra": extra})
            assert holds(marker, here, extra) == wanted, (marker, here["python_version"], extra)


@pytest.mark.parametrize(
    "marker",
    ["nobody_knows == 'x'", "python_version <", "((os_name == 'nt')", "os_name == 'nt' x", "§"],
)
def test_what_cannot_be_understood_counts(marker: str) -> None:
    assert holds(marker, HERE)


def test_requirements_of_all_that_is_installed() -> None:
    seen = 0
    for distribution in distributions():
        for line in distribution.requires or ():
            found, judge = read_requirement(line), Judge(line)
            assert found is not None
            assert (found.name, found.extras) == (
                normal(judge.name),
                tuple(sorted(map(normal, judge.extras))),
            )
            extras = ("", *(distribution.metadata.get_all("Provides-Extra") or ())[:1])
            for here in ELSEWHERE:
                for extra in extras:
                    wanted = judge.marker is None or judge.marker.evaluate({**here, "extra": extra})
                    assert found.wanted(here, extra) == wanted, (line, extra)
            seen += 1
    assert seen > 100


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Ruamel.YAML", Requirement("ruamel-yaml", (), "")),
        ("a[X_y, b]>=1,<2", Requirement("a", ("b", "x-y"), "")),
        ("a (>=1) ; os_name=='nt'", Requirement("a", (), "os_name=='nt'")),
        ("a @ https://x.org/a;v=1.whl ; os_name=='nt'", Requirement("a", (), "os_name=='nt'")),
        ("a[x] @ file:///b/a.whl", Requirement("a", ("x",), "")),
        ("-e .", None),
        ("", None),
    ],
)
def test_a_requirement_as_metadata_writes_it(text: str, wanted: Requirement | None) -> None:
    assert read_requirement(text) == wanted


def test_requirements_of_an_egg_stand_in_sections() -> None:
    text = "six>=1\n\n[:python_version < '3']\nold\n\n[x]\nmore[y]\n\n[x:os_name == 'nt']\nonly\n"
    found = {each.name: each for each in read_egg_requirements(text)}
    assert {name for name, each in found.items() if each.wanted(HERE, "")} == {"six"}
    assert {name for name, each in found.items() if each.wanted(HERE, "x")} == {"six", "more"}
    assert found["more"].extras == ("y",)
