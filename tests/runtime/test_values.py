"""Values: what each type accepts, and the same value after every round trip."""

from datetime import UTC, date, datetime, timedelta
from enum import Enum

import pytest

from millpond.runtime.artifact import Artifact
from millpond.runtime.descriptors import ValueMismatch, has_artifacts, spell
from millpond.runtime.quantities import Size
from millpond.runtime.texts import parse, shell_text, show
from millpond.runtime.values import decode, encode

RECORD = ["record", [["name", "String"], ["share", ["optional", "Float"]]]]
NOON = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)

ROUND_TRIPS = [
    ("Int", 7, 7),
    ("Int", 2**60, str(2**60)),
    ("Float", 0.1, 0.1),
    ("Float", 1, 1.0),
    ("String", "a b", "a b"),
    ("Bool", True, True),
    ("Date", date(2026, 11, 22), "2026-11-22"),
    ("Time", NOON, "2026-11-22T12:30:00Z"),
    ("Duration", timedelta(minutes=90), 5400),
    ("Duration", timedelta(milliseconds=1500), 1.5),
    ("Size", Size(16 * 10**9), 16_000_000_000),
    (["enum", ["a", "b"]], "b", "b"),
    (["optional", "Int"], None, None),
    (["List", "Date"], [date(2026, 1, 1)], ["2026-01-01"]),
    (["Map", "Int"], {"x": 1}, {"x": 1}),
    (RECORD, {"name": "n", "share": None}, {"name": "n", "share": None}),
    (["Metrics", None], {"auc": 0.7}, {"auc": 0.7}),
    (["Metrics", [["n", "Int"]]], {"n": 3, "auc": 0.5}, {"n": 3, "auc": 0.5}),
    ("Json", {"a": [1, 2.5, None, "x"]}, {"a": [1, 2.5, None, "x"]}),
    ("File", Artifact("file:aa", 3, "x.txt"), {"digest": "file:aa", "size": 3, "name": "x.txt"}),
]


@pytest.mark.parametrize(("type", "value", "data"), ROUND_TRIPS)
def test_python_and_json_are_one_value(type, value, data):
    assert encode(type, value) == data
    decoded = decode(type, data)
    assert decoded == value
    assert encode(type, decoded) == data


def test_a_whole_number_is_a_float_where_one_is_declared():
    assert repr(decode("Float", 1)) == "1.0"
    assert repr(encode("Float", 1)) == "1.0"


@pytest.mark.parametrize(
    ("type", "value"),
    [
        ("Int", 1.0),
        ("Int", True),
        ("Int", 2**63),
        ("Float", float("nan")),
        ("Float", float("inf")),
        ("Float", "0.5"),
        ("Bool", 1),
        ("String", 5),
        ("Date", NOON),
        ("Time", datetime(2026, 1, 1)),  # noqa: DTZ001
        (["enum", ["a", "b"]], "c"),
        ("Int", None),
        ("Json", {1: 2}),
        ("Json", {"x": float("nan")}),
        (["Metrics", None], {"auc": float("nan")}),
        (["Metrics", [["auc", "Float"]]], {"f1": 0.5}),
        (RECORD, {"share": 0.5}),
        (["List", "Int"], "12"),
        ("File", "/tmp/x"),
    ],
)
def test_what_is_not_of_the_type_is_refused(type, value):
    with pytest.raises(ValueMismatch):
        encode(type, value)


def test_numpy_scalars_are_numbers():
    import numpy as np

    assert encode("Float", np.float64(0.25)) == 0.25
    assert encode("Float", np.float32(0.25)) == 0.25
    assert encode("Int", np.int64(4)) == 4
    assert encode("Bool", np.bool_(True)) is True
    with pytest.raises(ValueMismatch):
        encode("Float", np.array([1.0]))


@pytest.mark.parametrize(
    ("type", "text", "value"),
    [
        ("Int", "400", 400),
        ("Int", "1_000", 1000),
        ("Float", "1", 1.0),
        ("Float", "10%", 0.1),
        ("Float", "1e-4", 1e-4),
        ("Bool", "true", True),
        ("String", " as it is ", " as it is "),
        ("Date", "2026-01-02", date(2026, 1, 2)),
        ("Time", "2026-11-22T12:30Z", NOON),
        ("Time", "2026-11-22T13:30+01:00", NOON),
        ("Duration", "30m", timedelta(minutes=30)),
        ("Duration", "90", timedelta(seconds=90)),
        ("Size", "4GiB", Size(2**32)),
        ("Size", "16GB", Size(16 * 10**9)),
        (["optional", "Int"], "3", 3),
        (["List", "Int"], "[1, 2]", [1, 2]),
        ("Json", '{"a": 1}', {"a": 1}),
        (["enum", ["a", "b"]], "a", "a"),
    ],
)
def test_text_of_a_value(type, text, value):
    parsed = parse(type, text)
    assert parsed == value
    assert parsed.__class__ is value.__class__


@pytest.mark.parametrize(
    ("type", "text"),
    [
        ("Int", "4.5"),
        ("Int", "x"),
        ("Int", str(2**63)),
        ("Float", "nan"),
        ("Bool", "True"),
        ("Date", "2026-13-01"),
        ("Time", "2026-11-22T12:30"),
        ("Duration", "30mins"),
        ("Size", "16Gb"),
        ("Json", "{"),
        ("Json", "[NaN]"),
        ("Json", "Infinity"),
        (["enum", ["a", "b"]], "c"),
    ],
)
def test_text_that_is_no_such_value(type, text):
    with pytest.raises(ValueMismatch):
        parse(type, text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (3, "3"),
        (0.1, "0.1"),
        (timedelta(minutes=90), "90m"),
        (timedelta(days=7), "7d"),
        (timedelta(milliseconds=1500), "1500ms"),
        (timedelta(0), "0s"),
        (timedelta(microseconds=1), "0.000001s"),
        (Size(16 * 10**9), "16GB"),
        (Size(2**34), "16GiB"),
        (Size(1500), "1500B"),
        (NOON, "2026-11-22T12:30:00Z"),
        (date(2026, 11, 22), "2026-11-22"),
    ],
)
def test_text_inside_an_f_string(value, text):
    assert show(value) == text


def test_text_in_a_shell_step_is_plain_numbers_and_json():
    assert shell_text("Duration", timedelta(minutes=2)) == "120"
    assert shell_text("Size", Size(2**20)) == "1048576"
    assert shell_text(["List", "String"], ["a", "ü"]) == '["a", "ü"]'
    assert shell_text("Float", 1) == "1"
    assert shell_text("Bool", False) == "false"


def test_types_are_spelled_as_users_write_them():
    assert spell(["optional", ["List", ["enum", ["a", "b"]]]]) == 'List["a" | "b"]?'
    assert spell(["Dataset", [["x", "Int"]]]) == "Dataset"
    assert spell(RECORD) == "{name: String, share: Float?}"


def test_artifacts_are_found_at_any_depth():
    assert has_artifacts(["List", ["record", [["model", "Model"], ["auc", "Float"]]]])
    assert not has_artifacts(["List", RECORD])
    assert not has_artifacts(["Metrics", None])


class _Liar(str):
    __slots__ = ()

    def __str__(self):
        return "a lie"


class _Colour(str, Enum):  # noqa: UP042 - what users write, and shown in another way
    RED = "red"


def test_text_is_what_its_characters_are_whatever_its_class_says():
    assert encode("String", _Liar("true")) == "true"
    assert type(encode("String", _Liar("true"))) is str
    assert encode(["enum", ["red", "blue"]], _Colour.RED) == "red"
    assert encode(["Map", "Int"], {_Liar("key"): 1}) == {"key": 1}


@pytest.mark.parametrize(
    ("type", "value", "message"),
    [
        ("String", "a\ud800", "holds half a character"),
        ("Json", ["\udcff"], "holds half a character"),
        ("Json", {"\udcff": 1}, "holds half a character"),
        ("Int", 10**5000, "does not fit into 64 bits"),
        ("Float", 10**400, "is too large for Float"),
        ("Json", 10**5000, "more than 3,600 digits"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_could_not_be_written_is_refused(type, value, message):
    with pytest.raises(ValueMismatch, match=message):
        encode(type, value)


def test_text_that_is_nested_too_deeply_is_no_value():
    with pytest.raises(ValueMismatch):
        parse("Json", "[" * 300_000)
