"""What distributions need, as metadata of all ages says it, and where they need it."""

from __future__ import annotations

from importlib.metadata import distributions

import pytest

from millpond.compiler.bodies.requirement import (
    Requirement,
    read_egg_requirements,
    read_requirement,
    surroundings,
)

HERE = {**surroundings(), "sys_platform": "linux", "os_name": "posix"}


def read(text: str) -> Requirement:
    found = read_requirement(text)
    assert found is not None, text
    return found


@pytest.mark.parametrize(
    ("text", "name", "extras"),
    [
        ("Ruamel.YAML", "ruamel-yaml", ()),
        ("a_-.b>=1,<2", "a-b", ()),
        ("a[X_y, b]>=1,<2", "a", ("b", "x-y")),
        ("a (>=1) ; os_name=='nt'", "a", ()),
        ("a @ https://x.org/a;v=1.whl ; os_name=='nt'", "a", ()),
        ("a[x] @ file:///b/a.whl", "a", ("x",)),
    ],
)
def test_names_are_in_the_normal_form(text: str, name: str, extras: tuple[str, ...]) -> None:
    found = read(text)
    assert (found.name, found.extras) == (name, extras)


@pytest.mark.parametrize("text", ["-e .", "", "./a", "# a"])
def test_what_names_no_distribution(text: str) -> None:
    assert read_requirement(text) is None


@pytest.mark.parametrize(
    ("marker", "wanted"),
    [
        ("sys_platform == 'linux'", {"", "a", "b.c"}),
        ("sys_platform == 'win32'", set()),
        ("extra == 'a'", {"a"}),
        ("extra == 'B_c'", {"b.c"}),
        ("sys_platform == 'linux' and (extra == 'a' or extra == 'B-c')", {"a", "b.c"}),
        ("python_version >= '3.10' and python_version < '4'", {"", "a", "b.c"}),
    ],
)
def test_a_requirement_is_wanted_where_its_marker_holds(marker: str, wanted: set[str]) -> None:
    found = read(f"x>=1; {marker}")
    assert {extra for extra in ("", "a", "b.c") if found.wanted(HERE, extra)} == wanted


@pytest.mark.parametrize(
    "marker",
    [
        "nobody_knows == 'x'",
        "python_version <",
        "((os_name == 'nt')",
        "os_name == 'nt' x",
        "§",
        "platform_machine ~= 'x'",
    ],
)
def test_a_marker_that_cannot_be_read_counts_as_one_that_holds(marker: str) -> None:
    found = read(f"a[x]; {marker}")
    assert (found.name, found.extras) == ("a", ("x",))
    assert found.wanted(HERE, "")


def test_a_version_that_no_rule_knows_any_more_hides_no_marker() -> None:
    found = read("Old_One[x] (>=2.7.*,<dev) ; extra == 'test'")
    assert (found.name, found.extras) == ("old-one", ("x",))
    assert found.wanted(HERE, "test")
    assert not found.wanted(HERE, "")


def test_requirements_of_an_egg_stand_in_sections() -> None:
    text = (
        "six>=1\n\n[:python_version < '3']\nold\n\n[x]\nmore[y]\nhere; os_name == 'posix'\n"
        "there; os_name == 'nt'\n\n[x:os_name == 'nt']\nonly\n\n[:what]\nodd\n"
    )
    found = {each.name: each for each in read_egg_requirements(text)}
    assert {name for name, each in found.items() if each.wanted(HERE, "")} == {"six", "odd"}
    with_x = {name for name, each in found.items() if each.wanted(HERE, "x")}
    assert with_x == {"six", "more", "here", "odd"}
    assert found["more"].extras == ("y",)


def test_requirements_of_all_that_is_installed_can_be_read() -> None:
    lines = [line for each in distributions() for line in each.requires or ()]
    assert len(lines) > 100
    assert None not in map(read_requirement, lines)
