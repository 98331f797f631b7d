"""Version ranges as `mlp.toml` writes them: `^2.1`, `~2.1`, `>=2.1,<3`, `2.1.4`, `*`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from ..runtime.dataclass import dataclass

Place: TypeAlias = "tuple[tuple[int, ...], tuple[int, int, int, int]]"

_VERSION = re.compile(
    r"v?(?P<release>\d+(?:\.\d+)*)"
    r"(?:[-_.]?(?P<phase>alpha|beta|preview|pre|rc|a|b|c)[-_.]?(?P<trial>\d*))?"
    r"(?:(?:[-_.]?post[-_.]?|-)(?P<post>\d+))?"
    r"(?:[-_.]?dev[-_.]?(?P<dev>\d*))?"
    r"(?:\+[a-z0-9]+(?:[-_.][a-z0-9]+)*)?",
    re.IGNORECASE,
)
_BOUND = re.compile(r"(\^|~|>=|<=|==|>|<)?[ \t]*([^<>=~^]+)")
_PHASES = {"a": 1, "alpha": 1, "b": 2, "beta": 2, "c": 3, "rc": 3, "pre": 3, "preview": 3}
_DEV, _FINAL = 0, 4
_FINISHED = 1 << 40


@dataclass(frozen=True, slots=True)
class Version:
    """`2.1.0rc1`: the numbers of the release, and what orders the versions of one release."""

    numbers: tuple[int, ...]
    rest: tuple[int, int, int, int]

    @property
    def place(self) -> Place:
        """Versions are ordered by it: 2.1 and 2.1.0 are one."""
        numbers = self.numbers
        while numbers and numbers[-1] == 0:
            numbers = numbers[:-1]
        return numbers, self.rest


@dataclass(frozen=True, slots=True)
class Bound:
    """One part of a range: `^2.1`."""

    sign: str
    text: str
    version: Version


@dataclass(frozen=True, slots=True)
class Range:
    """The versions that all bounds let in; `text` is how it was written."""

    text: str
    bounds: tuple[Bound, ...]

    def holds(self, version: Version) -> bool:
        """Whether a version lies in the range."""
        return all(_HOLDS[bound.sign](version, bound) for bound in self.bounds)

    @property
    def requirement(self) -> str:
        """The range as installers of packages read it: `>=2.1,<3`; empty where all will do."""
        words = []
        for bound in self.bounds:
            if bound.sign in ("^", "~"):
                words += [f">={bound.text}", f"<{'.'.join(map(str, _beyond(bound)))}"]
            else:
                words.append(f"{bound.sign}{bound.text}")
        return ",".join(words)


def read_version(text: str) -> Version | None:
    """A version, None where the text is none."""
    found = _VERSION.fullmatch(text.strip())
    if found is None:
        return None
    dev, post = found["dev"], found["post"]
    phase = _PHASES[found["phase"].lower()] if found["phase"] else _FINAL
    if dev is not None and phase == _FINAL and post is None:
        phase = _DEV
    return Version(
        tuple(int(number) for number in found["release"].split(".")),
        (
            phase,
            int(found["trial"] or 0),
            int(post) + 1 if post else 0,
            _FINISHED if dev is None else int(dev or 0),
        ),
    )


def read_range(text: str) -> Range | None:
    """A range, None where the text is none."""
    if text.strip() == "*":
        return Range(text, ())
    bounds = []
    for word in text.split(","):
        found = _BOUND.fullmatch(word.strip())
        version = read_version(found[2]) if found is not None else None
        if found is None or version is None:
            return None
        bounds.append(Bound(found[1] or "==", found[2].strip(), version))
    return Range(text, tuple(bounds))


def _beyond(bound: Bound) -> tuple[int, ...]:
    """The first release that is too new for `^2.1` (3) or `~2.1` (2.2)."""
    numbers = bound.version.numbers
    if bound.sign == "~":
        kept = min(len(numbers), 2)
    else:
        kept = next((at + 1 for at, number in enumerate(numbers) if number), len(numbers))
    return (*numbers[: kept - 1], numbers[kept - 1] + 1)


def _within(version: Version, bound: Bound) -> bool:
    return version.place >= bound.version.place and version.place[0] < _beyond(bound)


def _below(version: Version, bound: Bound) -> bool:
    # Nobody who writes `<3` wants `3.0rc1`.
    return version.place[0] < bound.version.place[0] or (
        version.place < bound.version.place and bound.version.rest[0] != _FINAL
    )


_HOLDS: dict[str, Callable[[Version, Bound], bool]] = {
    "^": _within,
    "~": _within,
    "<": _below,
    ">=": lambda version, bound: version.place >= bound.version.place,
    "<=": lambda version, bound: version.place <= bound.version.place,
    ">": lambda version, bound: version.place > bound.version.place,
    "==": lambda version, bound: version.place == bound.version.place,
}
