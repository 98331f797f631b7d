"""Keys: what goes into them, and that different work never has the same one."""

import pytest
from runtime_cases import output, step_spec

from millpond.runtime.artifact import Artifact
from millpond.runtime.key import canonical, inputs_of, key, key_of, parts_of, recipe

ROWS = Artifact("file:" + "a" * 64, 3, "rows.parquet")


def test_canonical_bytes_tell_values_apart():
    values = [None, True, False, 0, 1, 1.0, "1", "", [], {}, [1], ["1"], {"1": 1}, [[], 1], [1, []]]
    assert len({canonical(value) for value in values}) == len(values)
    assert canonical({"b": 1, "a": "ü"}) == b'{"a":"\\u00fc","b":1}'


def test_canonical_refuses_what_is_ambiguous():
    with pytest.raises(TypeError):
        canonical([{1: 2}])
    with pytest.raises(ValueError, match="JSON"):
        canonical(float("nan"))


SPEC = step_spec(
    inputs=[["rows", ["Dataset", None]], ["rate", "Float"], ["n", ["optional", "Int"], True]],
    outputs=[output("model", "Model")],
)
ARGUMENTS = {"rows": ROWS, "rate": 1.0, "n": None}


def test_the_scheme_does_not_change_unnoticed():
    """A change of this value makes every stored result of every user a miss."""
    assert key_of(SPEC, ARGUMENTS)[0] == (
        "8ebe93ecdf09e88fe0ebeab80137678813a694b4cb0fc9f72aad1ed0e546a42d"
    )


def test_whole_numbers_for_floats_are_the_same_key():
    assert key_of(SPEC, ARGUMENTS)[0] == key_of(SPEC, ARGUMENTS | {"rate": 1})[0]


def test_names_and_places_of_artifacts_are_left_out():
    moved = Artifact(ROWS.digest, 3, "other.csv", source="/somewhere/other.csv")
    assert key_of(SPEC, ARGUMENTS)[0] == key_of(SPEC, ARGUMENTS | {"rows": moved})[0]


@pytest.mark.parametrize(
    "change",
    [
        {"timeout": 5},
        {"retry": {"attempts": 3}},
        {"cpu": 4},
        {"ttl": 60},
        {"secrets": {"TOKEN": {"source": "env", "name": "T"}}},
        {"source_roots": ["lib"]},
        {"module": "other", "function": "name"},
        {"outputs": [["model", "Model", "Model", "other.mlp:1:1"]]},
    ],
)
def test_what_is_left_out(change):
    assert key_of(SPEC | change, ARGUMENTS)[0] == key_of(SPEC, ARGUMENTS)[0]


def _part(name, value):
    return {"parts": SPEC["parts"] | {name: value}}


@pytest.mark.parametrize(
    ("change", "arguments"),
    [
        (_part("body", {"code": "2"}), {}),
        (_part("environment", {"python": "3.11"}), {}),
        (_part("settings", {"env": {"A": "1"}}), {}),
        (_part("salt", "v2"), {}),
        ({"outputs": [output("fitted", "Model")]}, {}),
        ({"outputs": [output("model", "File")]}, {}),
        ({}, {"rate": 1.5}),
        ({}, {"n": 3}),
        ({}, {"rows": Artifact("file:" + "b" * 64, 3, "rows.parquet")}),
        ({}, {"rows": Artifact("tree:" + "a" * 64, 3, "rows.parquet")}),
    ],
)
def test_what_counts(change, arguments):
    assert key_of(SPEC | change, ARGUMENTS | arguments)[0] != key_of(SPEC, ARGUMENTS)[0]


def test_an_argument_that_is_not_given_is_not_a_missing_one():
    without = {name: value for name, value in ARGUMENTS.items() if name != "n"}
    assert key_of(SPEC, without)[0] != key_of(SPEC, ARGUMENTS)[0]


def test_arguments_carry_their_types():
    as_text = SPEC | {"inputs": [["x", "String"]]}
    as_enum = SPEC | {"inputs": [["x", ["enum", ["1"]]]]}
    assert key_of(as_text, {"x": "1"})[0] != key_of(as_enum, {"x": "1"})[0]
    assert parts_of(as_text, {"x": "1"})["arguments"] == {"x": ["String", "1"]}


def test_every_artifact_of_a_collection_is_an_input():
    record = ["record", [["model", "Model"], ["auc", "Float"]]]
    spec = SPEC | {
        "inputs": [
            ["files", ["List", "File"]],
            ["none", ["List", "File"]],
            ["map", ["Map", "File"]],
            ["gone", ["optional", "File"]],
            ["best", record],
        ]
    }
    arguments = {
        "files": [ROWS, ROWS],
        "none": [],
        "map": {"a/b": ROWS},
        "gone": None,
        "best": {"model": ROWS, "auc": 0.5},
    }
    names = dict(inputs_of(spec, arguments))
    assert set(names) == {
        "files[0]",
        "files[1]",
        "none",
        "map[a%2Fb]",
        "gone",
        "best.model",
        "best.auc",
    }
    assert names["none"] == "empty"
    assert names["gone"] == "none"
    assert names["files[0]"] == f"sha256:file:{'a' * 64}"
    assert parts_of(spec, arguments)["arguments"] == {}
    other = arguments | {"best": {"model": ROWS, "auc": 0.6}}
    assert key_of(spec, arguments)[0] != key_of(spec, other)[0]


def test_the_order_of_inputs_is_of_no_account():
    part = recipe({"scheme": 1})
    assert key(part, [("a", "x"), ("b", "y")]) == key(part, [("b", "y"), ("a", "x")])
    assert key(part, [("a", "x")]) != key(part, [("ax", "")])
