"""Whether the marker of a requirement holds here: `python_version < "3.12" and extra == "test"`."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from ..versions import Bound, Range, Version, read_version

Surroundings: TypeAlias = "Mapping[str, str]"
"""What markers may ask for, by the names of the dependency specifiers (PEP 508)."""

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'[^']*'|\"[^\"]*\")|(?P<sign>===|==|~=|!=|<=|>=|<|>|not\s+in\b|in\b)"
    r"|(?P<word>and\b|or\b|[()])|(?P<name>[A-Za-z_][\w.]*))"
)
_SEPARATORS = re.compile(r"[-_.]+")
_VERSIONS = frozenset(
    {"implementation_version", "platform_release", "python_full_version", "python_version"}
)
_OLD_NAMES = {"python_implementation": "platform_python_implementation"}
_IMPLEMENTATIONS = {"cpython": "CPython", "pypy": "PyPy", "graalpy": "GraalVM"}


class _Unclear(Exception):  # noqa: N818  (nothing is wrong, the answer is another)
    """A marker asks for what nobody knows."""


def surroundings() -> Surroundings:
    """Those of this Python on this machine."""
    system, implementation = os.uname(), sys.implementation
    return {
        "implementation_name": implementation.name,
        "implementation_version": _full(implementation.version),
        "os_name": os.name,
        "platform_machine": system.machine,
        "platform_python_implementation": _IMPLEMENTATIONS.get(
            implementation.name, implementation.name
        ),
        "platform_release": system.release,
        "platform_system": system.sysname,
        "platform_version": system.version,
        "python_full_version": _full(sys.version_info),
        "python_version": f"{sys.version_info.major}.{sys.version_info.minor}",
        "sys_platform": sys.platform,
    }


def normal(name: str) -> str:
    """The name of a distribution or an extra as package indexes compare it."""
    return _SEPARATORS.sub("-", name).lower()


def holds(marker: str, here: Surroundings, extra: str = "") -> bool:
    """Whether a marker lets its requirement in, where `extra` is asked for.

    One that cannot be understood does: a package too many costs a run, one too few a wrong result.
    """
    try:
        tokens = _tokens(marker)
        held = _either(tokens, {**here, "extra": normal(extra)})
        return held or bool(tokens)
    except _Unclear:
        return True


def _full(version: sys._version_info) -> str:
    level = "" if version.releaselevel == "final" else f"{version.releaselevel[0]}{version.serial}"
    return f"{version.major}.{version.minor}.{version.micro}{level}"


def _tokens(marker: str) -> list[tuple[str, str]]:
    """The words of a marker, the first one last."""
    found: list[tuple[str, str]] = []
    at, end = 0, len(marker.rstrip())
    while at < end:
        match = _TOKEN.match(marker, at)
        if match is None or match.lastgroup is None:
            raise _Unclear
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found[::-1]


def _either(tokens: list[tuple[str, str]], here: Surroundings) -> bool:
    found = _both(tokens, here)
    while tokens and tokens[-1] == ("word", "or"):
        tokens.pop()
        other = _both(tokens, here)
        found = found or other
    return found


def _both(tokens: list[tuple[str, str]], here: Surroundings) -> bool:
    found = _single(tokens, here)
    while tokens and tokens[-1] == ("word", "and"):
        tokens.pop()
        other = _single(tokens, here)
        found = found and other
    return found


def _single(tokens: list[tuple[str, str]], here: Surroundings) -> bool:
    if tokens and tokens[-1] == ("word", "("):
        tokens.pop()
        found = _either(tokens, here)
        if not tokens or tokens.pop() != ("word", ")"):
            raise _Unclear
        return found
    if len(tokens) < 3:
        raise _Unclear
    left, (kind, sign), right = tokens.pop(), tokens.pop(), tokens.pop()
    if kind != "sign":
        raise _Unclear
    name = next((_known(text) for kind, text in (left, right) if kind == "name"), "")
    one, two = _value(left, here), _value(right, here)
    if name == "extra":
        one, two = normal(one), normal(two)
    return _compare(one, " ".join(sign.split()), two, versions=name in _VERSIONS)


def _known(name: str) -> str:
    name = name.replace(".", "_")
    return _OLD_NAMES.get(name, name)


def _value(token: tuple[str, str], here: Surroundings) -> str:
    kind, text = token
    if kind == "text":
        return text[1:-1]
    if kind != "name" or _known(text) not in here:
        raise _Unclear
    return here[_known(text)]


def _compare(one: str, sign: str, two: str, *, versions: bool) -> bool:
    match sign:
        case "in":
            return one in two
        case "not in":
            return one not in two
        case "===":
            return one == two
    if versions:
        version, bound = read_version(one), read_version(two.removesuffix(".*"))
        if version is not None and bound is not None:
            return _ordered(version, sign, bound, two)
    match sign:
        case "==":
            return one == two
        case "!=":
            return one != two
        case _:
            raise _Unclear


def _ordered(version: Version, sign: str, bound: Version, text: str) -> bool:
    def within(sign: str) -> bool:
        return Range(text, (Bound(sign, text, bound),)).holds(version)

    match sign:
        case "!=":
            return not _ordered(version, "==", bound, text)
        case "==" if text.endswith(".*"):
            return _begins(version, bound.numbers)
        case "~=":
            return within(">=") and _begins(version, bound.numbers[:-1])
        case _:
            return within(sign)


def _begins(version: Version, numbers: Sequence[int]) -> bool:
    padded = (*version.numbers, *(0 for _ in numbers))
    return padded[: len(numbers)] == tuple(numbers)
