"""Documents as bytes: YAML and JSON, the same on every machine and safe for every reader."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from yaml import MappingNode, SafeDumper, ScalarNode

Document: TypeAlias = (
    "None | bool | int | float | str | list[Document] | tuple[Document, ...] | dict[str, Document]"
)

# What may stand without quotes: YAML 1.1, YAML 1.2 and Go's readers all see a string in it.
# Numbers, dates and times begin with a digit, a sign or a dot; the words below are the rest that
# one of them reads as something else.
_PLAIN = re.compile(r"(?:--)?[A-Za-z/_](?:[\w./@+%$()=&-]|:(?=[\w/])| (?=[\w(&]))*", re.ASCII)
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"})


class Line(dict[str, object]):
    """A mapping that YAML shows on one line."""


def to_yaml(*documents: Mapping[str, object]) -> bytes:
    """Block style, keys in the order given, no aliases; `---` sets several documents apart.

    They hold nothing but what JSON knows; keys are short texts of one line.
    """
    import yaml

    text = yaml.dump_all(
        documents,
        Dumper=_dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)),
        default_flow_style=False,
        allow_unicode=True,
        sort_keys=False,
        width=2**31 - 1,
        encoding="utf-8",
    )
    assert isinstance(text, bytes)
    return text


def to_json(document: object, *, compact: bool = False) -> bytes:
    """Keys in the order given, UTF-8, a newline at the end; `compact` has no white space."""
    text = json.dumps(
        document,
        ensure_ascii=False,
        allow_nan=False,
        indent=None if compact else 2,
        separators=(",", ":") if compact else None,
    )
    return (text if compact else text + "\n").encode()


@cache
def _dumper(parent: type[SafeDumper]) -> type[SafeDumper]:
    """The dumper with our choice of quotes; what it writes is the same for both parents."""

    class Dumper(parent):  # type: ignore[valid-type, misc]
        def ignore_aliases(self, data: object) -> bool:
            return True

    Dumper.add_representer(str, _represent_text)
    Dumper.add_representer(Line, _represent_line)
    return Dumper


def _represent_text(dumper: SafeDumper, text: str) -> ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=_style(text))


def _represent_line(dumper: SafeDumper, line: Line) -> MappingNode:
    return dumper.represent_mapping("tag:yaml.org,2002:map", line, flow_style=True)


@lru_cache(maxsize=4096)
def _style(text: str) -> str | None:
    """How a string is written: plain, as a block, or in quotes."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return None
    if "\n" in text:
        return "|" if _is_block(text) else '"'
    only_ascii = text.isascii() and text.isprintable()
    return "'" if only_ascii and "'" not in text and ('"' in text or "\\" in text) else '"'


def _is_block(text: str) -> bool:
    """Whether a literal block shows the text exactly, under both of PyYAML's emitters."""
    lines = text.removesuffix("\n").split("\n")
    return (
        text.isascii()
        and not text.endswith("\n\n")
        and lines[0] != ""
        and not lines[0].startswith(" ")
        and all(line.isprintable() and line == line.rstrip() for line in lines)
    )
