"""The evaluator: arithmetic by type, laziness, missing values, functions."""

from datetime import UTC, date, datetime, timedelta

import pytest

from millpond.runtime.evaluate import EvaluationError, evaluate
from millpond.runtime.quantities import Size

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NAMES = {
    "i": 7,
    "f": 0.5,
    "big": 2**63 - 1,
    "none": None,
    "yes": True,
    "day": date(2026, 11, 22),
    "time": datetime(2026, 11, 22, 6, tzinfo=UTC),
    "hours": HOUR,
    "size": Size(4 * 10**9),
    "metrics": {"auc": 0.71},
    "rows": [{"n": 1, "auc": 0.5}, {"n": 2, "auc": 0.9}, {"n": 3, "auc": 0.9}],
    "list": [3, 1, 2],
    "text": "abc",
    "a day": DAY,
    "long": timedelta(hours=36),
}


def lit(value, type="Int"):
    return ["lit", type, value]


def ref(name):
    return ["ref", name]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        (["+", ref("i"), lit(1)], 8),
        (["/", lit(6), lit(3)], 2.0),
        (["*", ref("i"), ref("f")], 3.5),
        (["neg", ref("i")], -7),
        (["-", ref("day"), ref("day")], timedelta(0)),
        (["-", ref("day"), ref("a day")], date(2026, 11, 21)),
        (["+", ref("time"), ref("hours")], datetime(2026, 11, 22, 7, tzinfo=UTC)),
        (["*", ref("hours"), lit(3)], timedelta(hours=3)),
        (["*", lit(3), ref("hours")], timedelta(hours=3)),
        (["/", ref("a day"), ref("hours")], 24.0),
        (["*", ref("size"), lit(2)], Size(8 * 10**9)),
        (["/", ref("size"), ref("size")], 1.0),
        (["==", lit(1), lit(1.0, "Float")], True),
        (["==", ref("none"), lit(1)], False),
        (["==", ref("none"), ref("none")], True),
        (["!=", ref("text"), lit("abc", "String")], False),
        ([">=", ["field", ref("metrics"), "auc"], lit(0.7, "Float")], True),
        (["<", ref("text"), lit("abd", "String")], True),
        (["<", ref("day"), ["+", ref("day"), ref("a day")]], True),
        (["in", lit(2), ref("list")], True),
        (["not in", lit(2), ref("list")], False),
        (["in", lit("auc", "String"), ref("metrics")], True),
        (["and", lit(False, "Bool"), ["==", ["/", lit(1), lit(0)], lit(1)]], False),
        (["or", lit(True, "Bool"), ["==", ["/", lit(1), lit(0)], lit(1)]], True),
        (["??", ref("none"), lit(3)], 3),
        (["??", lit(1), ["/", lit(1), lit(0)]], 1),
        (["if", ref("yes"), lit(1), ["/", lit(1), lit(0)]], 1),
        (["not", ref("yes")], False),
        (["field?", ref("none"), "auc"], None),
        (["??", ["field?", ref("none"), "auc"], lit(0.0, "Float")], 0.0),
        (["index", ref("list"), lit(0)], 3),
        (["index", ref("metrics"), lit("auc", "String")], 0.71),
        (["each", ref("rows"), "n"], [1, 2, 3]),
        (["each", ref("list"), None], [3, 1, 2]),
        (["text", ["n = ", ref("i"), ", ", ref("hours")]], "n = 7, 1h"),
        (["list", [lit(1), ref("i")]], [1, 7]),
        (["record", [["a", lit(1)], ["b", ref("f")]]], {"a": 1, "b": 0.5}),
        (["call", "max", [ref("list")], {}], 3),
        (["call", "min", [lit(4), ref("i")], {}], 4),
        (["call", "len", [ref("rows")], {}], 3),
        (["call", "range", [lit(2), lit(5)], {}], [2, 3, 4]),
        (["call", "concat", [ref("list"), ref("list")], {}], [3, 1, 2, 3, 1, 2]),
        (["call", "round", [lit(2.567, "Float"), lit(1)], {}], 2.6),
        (
            ["call", "zip", [], {"a": ref("list"), "b": ref("list")}],
            [{"a": 3, "b": 3}, {"a": 1, "b": 1}, {"a": 2, "b": 2}],
        ),
    ],
)
def test_value(expression, value):
    result = evaluate(expression, NAMES)
    assert result == value
    assert type(result) is type(value)


def test_grid_is_row_major():
    grid = ["call", "grid", [], {"a": ["list", [lit(1), lit(2)]], "b": ["list", [lit(3), lit(4)]]}]
    assert evaluate(grid, {}) == [
        {"a": 1, "b": 3},
        {"a": 1, "b": 4},
        {"a": 2, "b": 3},
        {"a": 2, "b": 4},
    ]


def test_ties_go_to_the_first():
    best = ["call", "max_by", [ref("rows"), lit("auc", "String")], {}]
    assert evaluate(["field", best, "n"], NAMES) == 2


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (["/", lit(1), lit(0)], "1 / 0 divides by zero"),
        (["+", ref("big"), lit(1)], "9223372036854775808 does not fit into 64 bits"),
        (["*", lit(1e308, "Float"), lit(10)], "the result is too large for a Float"),
        (["-", ref("day"), ref("long")], "a Date moves by whole days, not by -36h"),
        (["+", ref("size"), ref("hours")], "4GB + 1h has no meaning"),
        (["+", ref("none"), lit(1)], "a value is missing here"),
        (["field", ref("none"), "auc"], "`.auc` of a missing value"),
        (["field", ref("metrics"), "f1"], "there is no `.f1` here"),
        (["index", ref("list"), lit(3)], "the list has 3 elements, there is none at [3]"),
        (["call", "max_by", [["list", []], lit("auc", "String")], {}], "max_by of nothing"),
        (["call", "max", [["list", []]], {}], "max of nothing"),
        (
            ["call", "zip", [], {"a": ref("list"), "b": ["list", []]}],
            "zip wants lists of one length, these have 3, 0",
        ),
        (["<", ref("text"), lit(1)], "abc < 1 has no meaning"),
        (["and", lit(1), ref("yes")], "1 is neither true nor false"),
        (["ref", "nobody"], "`nobody` has no value here"),
    ],
)
def test_what_has_no_value_says_why(expression, message):
    with pytest.raises(EvaluationError) as problem:
        evaluate(expression, NAMES)
    assert str(problem.value) == message
