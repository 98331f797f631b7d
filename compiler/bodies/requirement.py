"""What a distribution needs, as its metadata says it: `requests[socks]>=2.31 ; os_name == "nt"`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast

from packaging import requirements
from packaging.markers import InvalidMarker, Marker, default_environment
from packaging.utils import canonicalize_name

from ...runtime.dataclass import dataclass

_HEAD = re.compile(r"\s*[A-Za-z0-9][\w.-]*\s*(?:\[[^\]]*\])?")


@dataclass(frozen=True, slots=True)
class Requirement:
    """A distribution that another one needs, with extras of it, where all the markers hold.

    Names are in the normal form. Versions are not kept: what is installed is what counts.
    """

    name: str
    extras: tuple[str, ...]
    markers: tuple[Marker, ...]

    def wanted(self, here: Mapping[str, str], extra: str) -> bool:
        """Whether it is needed here, where `extra` of its distribution is asked for: "" for the
        distribution as it is."""
        return all(_holds(marker, {**here, "extra": extra}) for marker in self.markers)


def surroundings() -> Mapping[str, str]:
    """What markers may ask for, of this Python on this machine."""
    return cast("Mapping[str, str]", default_environment())


def read_requirement(text: str) -> Requirement | None:
    """A requirement as metadata writes it, None where the text names no distribution."""
    head = _HEAD.match(text)
    if head is None:
        return None
    # Old metadata asks for versions that no rule knows any more; of versions we need none.
    for said in (text, f"{head[0]}; {text.partition(';')[2]}", head[0]):
        try:
            read = requirements.Requirement(said)
        except requirements.InvalidRequirement:
            continue
        extras = sorted(map(canonicalize_name, read.extras))
        markers = () if read.marker is None else (read.marker,)
        return Requirement(canonicalize_name(read.name), tuple(extras), markers)
    return None


def read_egg_requirements(text: str) -> list[Requirement]:
    """Those of a `requires.txt`, in which a section `[extra:marker]` stands above its entries."""
    found: list[Requirement] = []
    section: tuple[Marker, ...] = ()
    for line in map(str.strip, text.splitlines()):
        if line.startswith("[") and line.endswith("]"):
            extra, _, marker = line[1:-1].partition(":")
            section = (*_read(marker), *_read(f"extra == '{extra}'" if extra else ""))
        elif line:
            requirement = read_requirement(line)
            if requirement is not None:
                markers = (*requirement.markers, *section)
                found.append(Requirement(requirement.name, requirement.extras, markers))
    return found


def _read(marker: str) -> tuple[Marker, ...]:
    """A marker; none, which always holds, where it is empty or cannot be read: a package too many
    in a key costs a run, one too few a wrong result."""
    try:
        return (Marker(marker),)
    except InvalidMarker:
        return ()


def _holds(marker: Marker, here: dict[str, str]) -> bool:
    try:
        return marker.evaluate(here)
    except (ValueError, KeyError):  # what it compares has no order, or no name
        return True
