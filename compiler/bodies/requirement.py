"""What a distribution needs, as its metadata says it: `requests[socks]>=2.31 ; os_name == "nt"`."""

from __future__ import annotations

import re

from ...runtime.dataclass import dataclass
from .markers import Surroundings, holds, normal

_REQUIREMENT = re.compile(
    r"\s*(?P<name>[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)\s*(?:\[(?P<extras>[^\]]*)\])?"
    r"\s*(?:@\s*\S+(?:\s+|$)|[^;@]*)(?:;\s*(?P<marker>.*))?",
)


@dataclass(frozen=True, slots=True)
class Requirement:
    """A distribution that another one needs, with extras of it, where the marker holds.

    Names are in the normal form. Versions are not kept: what is installed is what counts.
    """

    name: str
    extras: tuple[str, ...]
    marker: str

    def wanted(self, here: Surroundings, extra: str) -> bool:
        """Whether it is needed here, where `extra` of its distribution is asked for: "" for the
        distribution as it is."""
        return not self.marker or holds(self.marker, here, extra)


def read_requirement(text: str) -> Requirement | None:
    """A requirement as metadata writes it, None where the text names no distribution."""
    found = _REQUIREMENT.fullmatch(text.strip())
    if found is None:
        return None
    extras = (normal(extra.strip()) for extra in (found["extras"] or "").split(","))
    return Requirement(
        normal(found["name"]),
        tuple(sorted({extra for extra in extras if extra})),
        (found["marker"] or "").strip(),
    )


def read_egg_requirements(text: str) -> list[Requirement]:
    """Those of a `requires.txt`, in which a section `[extra:marker]` stands above its entries."""
    found: list[Requirement] = []
    extra = marker = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("[") and line.endswith("]"):
            extra, _, marker = line[1:-1].partition(":")
        elif line:
            requirement = read_requirement(line)
            if requirement is not None:
                parts = (requirement.marker, marker, extra and f"extra == '{extra}'")
                whole = " and ".join(f"({part})" for part in parts if part)
                found.append(Requirement(requirement.name, requirement.extras, whole))
    return found
