"""Our YAML is byte for byte what PyYAML writes with the same choice of quotes."""

from __future__ import annotations

import yaml
from hypothesis import given
from hypothesis import strategies as st

from millpond.backends import documents, yaml_text

TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.text("ab0 .:-#'\"\\\n\t{}[]&*!|>%@`,=/$\x85\u2028\ufeff🙂é", max_size=12),
    st.sampled_from(["yes", "No", "null", "~", "a: b", "{{tasks.a}}", "a\n\n  b\n", "1e3", "--x"]),
)
KEYS = st.one_of(
    st.sampled_from(["name", "on", "a/b.c", "1", "é", 'k"']), st.text("abc ", max_size=6)
)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), TEXTS
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(KEYS, inner, max_size=3),
        st.dictionaries(KEYS, inner, max_size=3).map(documents.Line),
    ),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(KEYS, VALUES, max_size=4)


class Dumper(yaml.CSafeDumper):
    """PyYAML, told which quotes to use."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _text(dumper: yaml.CSafeDumper, text: str) -> yaml.ScalarNode:
    written = yaml_text.document({"a": text}).removeprefix("a: ")
    style = written[0] if written[0] in "|'\"" else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _line(dumper: yaml.CSafeDumper, line: documents.Line) -> yaml.MappingNode:
    return dumper.represent_mapping("tag:yaml.org,2002:map", line, flow_style=True)


Dumper.add_representer(str, _text)
Dumper.add_representer(documents.Line, _line)


@given(DOCUMENTS)
def test_it_writes_what_pyyaml_writes(document: dict[str, object]) -> None:
    expected = yaml.dump(
        document,
        Dumper=Dumper,
        default_flow_style=False,
        allow_unicode=True,
        sort_keys=False,
        width=2**31 - 1,
    )
    assert yaml_text.document(document) == expected


@given(DOCUMENTS, DOCUMENTS)
def test_it_reads_back(first: dict[str, object], second: dict[str, object]) -> None:
    written = documents.to_yaml(first, second)
    assert list(yaml.safe_load_all(written)) == [first, second]
