"""YAML that every reader reads alike, and the same bytes from both of PyYAML's emitters."""

from __future__ import annotations

import json
import math

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from millpond.backends import documents
from millpond.backends.documents import Document, Line, to_json, to_yaml

DANGEROUS = [
    "", " ", "y", "N", "on", "Off", "yes", "NO", "true", "False", "null", "Null", "~", "=", "<<",
    "1", "-1", "+1", "1_000", "0x1F", "0o17", "017", "1e3", "1.5", ".5", ".inf", "-.INF", ".NaN",
    "nan", "12:30:45", "2026-11-22", "2026-11-22T10:00:00Z", "0 6 * * *", "*", "&a", "!tag", "%d",
    "@x", "`x`", "- a", "? a", "a: b", "a:", ":a", "a #b", "#a", "{a}", "[a]", "{{x}}", "a,b",
    "'", '"', "\\", "it's", 'say "x"', "trailing ", " leading", "tab\there", "a\nb", "a\nb\n",
    "a\n\nb", "\na", "a\n ", "a\n\n", " a\nb", "a\r\nb", "ü", "日本", "😀", "\x00", "\x85",
    "\u2028", "\ufeff", "---", "...", "--", "--1", "- -a", "a & b", "&a b", "--x: y",
    "s3://bucket/key", "{\"a\": 1}", "=400",
    "x" * 500 + " y" * 300,
]  # fmt: skip

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(DANGEROUS)
KEYS = TEXT.filter(lambda text: text != "" and len(f"{text}.".splitlines()) == 1 and len(text) < 40)
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(KEYS, inner, max_size=4)
        | st.dictionaries(KEYS, TEXT, max_size=4).map(Line)
    ),
    max_leaves=12,
).map(lambda inner: {"document": inner})


@pytest.mark.parametrize("text", DANGEROUS)
def test_dangerous_strings_stay_strings(text: str) -> None:
    assert yaml.safe_load(to_yaml({"value": text})) == {"value": text}
    assert yaml.safe_load(to_yaml({"list": [text]})) == {"list": [text]}


@pytest.mark.parametrize(
    "key", [text for text in DANGEROUS if text and "\n" not in text and len(text) < 40]
)
def test_dangerous_strings_stay_strings_as_keys(key: str) -> None:
    assert yaml.safe_load(to_yaml({key: 1})) == {key: 1}


@pytest.mark.parametrize("text", ["1e3", "N", "y", "on", "0o17", "2026-11-22", "12:30:45", "400"])
def test_what_another_reader_could_misread_is_quoted(text: str) -> None:
    assert to_yaml({"value": text}) == f'value: "{text}"\n'.encode()


def test_harmless_strings_stand_without_quotes() -> None:
    assert to_yaml({"a": "s3://bucket/key.zip", "b": "/bin/sh", "c": "two words"}) == (
        b"a: s3://bucket/key.zip\nb: /bin/sh\nc: two words\n"
    )


def test_scripts_are_shown_as_blocks() -> None:
    assert to_yaml({"run": "set -e\n\necho hi\n"}) == b"run: |\n  set -e\n\n  echo hi\n"


@settings(deadline=None)
@given(document=DOCUMENTS)
def test_both_emitters_write_the_same_bytes_and_they_read_back(
    document: dict[str, Document],
) -> None:
    fast = to_yaml(document)
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr(yaml, "CSafeDumper")
        slow = to_yaml(document)
    assert fast == slow
    assert yaml.safe_load(fast) == document


def test_equal_objects_are_written_out_each_time() -> None:
    shared: Document = {"a": [1]}
    assert to_yaml({"b": shared, "c": shared}) == b"b:\n  a:\n  - 1\nc:\n  a:\n  - 1\n"


def test_lines() -> None:
    document = {"a": [Line(name="x", value="b:c, {d}"), Line(name="n", value="1")]}
    assert to_yaml(document) == (b'a:\n- {name: x, value: "b:c, {d}"}\n- {name: "n", value: "1"}\n')


def test_several_documents() -> None:
    assert list(yaml.safe_load_all(to_yaml({"a": 1}, {"b": 2}))) == [{"a": 1}, {"b": 2}]


def test_json_keeps_the_order_and_refuses_what_json_cannot_say() -> None:
    assert to_json({"b": 1, "a": "ü"}, compact=True) == '{"b":1,"a":"ü"}'.encode()
    assert json.loads(to_json({"b": [1, 2]})) == {"b": [1, 2]}
    assert to_json({}).endswith(b"\n")
    with pytest.raises(ValueError, match="nan"):
        to_json(math.nan)


def test_the_module_does_not_import_yaml() -> None:
    assert "yaml" not in vars(documents)
