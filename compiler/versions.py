"""Version ranges as `mlp.toml` writes them: `^2.1`, `~2.1`, `>=2.1,<3`, `2.1.4`, `*`."""

from __future__ import annotations

import re

from packaging.version import InvalidVersion, Version

from ..runtime.dataclass import dataclass

_BOUND = re.compile(r"(\^|~|>=|<=|==|>|<)?[ \t]*([^<>=~^]+)")


@dataclass(frozen=True, slots=True)
class Range:
    """`text` is how it was written, `requirement` how installers of packages read it: `>=2.1,<3`;
    empty where all versions will do."""

    text: str
    requirement: str

    def holds(self, version: str) -> bool:
        """Whether a version lies in the range; what is none at all lies in every one."""
        from packaging.specifiers import SpecifierSet

        read = _version(version)
        return read is None or SpecifierSet(self.requirement).contains(read, prereleases=True)


def read_range(text: str) -> Range | None:
    """A range, None where the text is none."""
    if text.strip() == "*":
        return Range(text, "")
    words: list[str] = []
    for bound in text.split(","):
        found = _BOUND.fullmatch(bound.strip())
        version = _version(found[2]) if found is not None else None
        if found is None or version is None:
            return None
        sign, said = found[1] or "==", found[2].strip()
        if version.local is not None and sign != "==":
            return None  # installers put local versions into no order
        if sign in ("^", "~"):
            words += [f">={said}", f"<{_beyond(sign, version.release)}"]
        else:
            words.append(f"{sign}{said}")
    return Range(text, ",".join(words))


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None


def _beyond(sign: str, numbers: tuple[int, ...]) -> str:
    """The first release that is too new for `^2.1` (3) or `~2.1` (2.2)."""
    if sign == "~":
        kept = min(len(numbers), 2)
    else:
        kept = next((at + 1 for at, number in enumerate(numbers) if number), len(numbers))
    return ".".join(map(str, (*numbers[: kept - 1], numbers[kept - 1] + 1)))
