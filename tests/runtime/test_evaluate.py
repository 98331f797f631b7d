"""The evaluator: arithmetic by type, laziness, missing values, functions."""

import pickle
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millpond.runtime.artifact import Artifact
from millpond.runtime.evaluate import (
    ABSENT,
    FAILED,
    Absent,
    Blocked,
    EvaluationError,
    evaluate,
)
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
    "skipped": ABSENT,
    "broken": FAILED,
    "made": Artifact("file:abcdef", 4 * 10**9, "rows.parquet"),
    "found": Artifact("file:abcdef", 3, "rows.csv", "data/rows.csv"),
    "map": {"a": 1, 'b"': 2},
    "huge": Size(2**62),
}
INTS = st.integers(-(2**63), 2**63 - 1)
NUMBERS = st.one_of(INTS, st.floats(allow_nan=False, allow_infinity=False))


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
        (["index", ref("list"), lit(-1)], 2),
        (["index", ref("map"), lit('b"', "String")], 2),
        (["each", ref("list"), None], [3, 1, 2]),
        (["neg", lit(2**63)], -(2**63)),
        (["neg", lit(str(2**63))], -(2**63)),
        (["field", ref("made"), "size"], Size(4 * 10**9)),
        (["field", ref("made"), "path"], "objects/ab/abcdef"),
        (["field", ref("found"), "path"], "data/rows.csv"),
        (["==", ["list", [lit(1)]], ["list", [lit(1.0, "Float")]]], True),
        (["==", ["list", [lit(1)]], ["list", [lit(True, "Bool")]]], False),
        (["==", ["list", []], ["list", [lit(1)]]], False),
        (["==", ["record", [["a", lit(1)]]], ["record", [["a", lit(True, "Bool")]]]], False),
        (["soft", ref("skipped")], None),
        (["soft", ["+", ref("skipped"), lit(1)]], None),
        (["soft", ref("i")], 7),
        (["??", ["soft", ref("skipped")], lit(3)], 3),
        (["if", ref("yes"), lit(1), ref("skipped")], 1),
        (["if", ref("yes"), lit(1), ref("broken")], 1),
        (["hindsight", ref("i")], 7),
        (["hindsight", ref("skipped")], None),
        (["hindsight", ref("broken")], None),
        (["hindsight", ["/", lit(1), lit(0)]], None),
        (["gather", [ref("i"), ref("skipped"), ["*", lit(2), lit(3)]]], [7, 6]),
        (["gather", [["absent", "it is not there"]]], []),
        (["call", "len", [["gather", [ref("skipped")]]], {}], 0),
        (["text", ["n = ", ref("i"), ", ", ref("hours")]], "n = 7, 1h"),
        (["list", [lit(1), ref("i")]], [1, 7]),
        (["record", [["a", lit(1)], ["b", ref("f")]]], {"a": 1, "b": 0.5}),
        (["call", "max", [ref("list")], {}], 3),
        (["call", "min", [lit(4), ref("i")], {}], 4),
        (["call", "len", [ref("rows")], {}], 3),
        (["call", "len", [ref("text")], {}], 3),
        (["call", "len", [ref("map")], {}], 2),
        (["call", "range", [lit(2), lit(5)], {}], [2, 3, 4]),
        (["call", "range", [lit(3)], {}], [0, 1, 2]),
        (["call", "range", [lit(5), lit(0), lit(-2)], {}], [5, 3, 1]),
        (["call", "range", [lit(5), lit(0)], {}], []),
        (["call", "max", [lit("a", "String"), ref("text")], {}], "abc"),
        (["call", "min", [ref("day"), ref("day")], {}], date(2026, 11, 22)),
        (["call", "min_by", [ref("rows"), lit("auc", "String")], {}], {"n": 1, "auc": 0.5}),
        (["call", "round", [lit(2.4, "Float")], {}], 2),
        (["call", "round", [lit(7), lit(1)], {}], 7.0),
        (["call", "round", [lit(1234.5, "Float")], {"digits": lit(-2)}], 1200.0),
        (["call", "matches", [ref("text"), lit("[a-c]+", "String")], {}], True),
        (["call", "matches", [ref("text"), lit("[a-b]+", "String")], {}], False),
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
        (
            ["index", ["list", [lit(1)]], lit(-2)],
            "the list has 1 element, there is none at [-2]",
        ),
        (["index", ref("none"), lit(0)], "a value is missing here"),
        (["index", ref("list"), ref("yes")], "only lists and maps have an element at [ ]"),
        (
            ["index", ref("map"), lit("c", "String")],
            r'there is nothing under "c"; the map has "a", "b\""',
        ),
        (["field", ref("made"), "rows"], "there is no `.rows` here"),
        (["neg", ["neg", lit(2**63)]], "9223372036854775808 does not fit into 64 bits"),
        (["+", lit(2**63), lit(1)], "9223372036854775808 does not fit into 64 bits"),
        (["*", ref("huge"), lit(2)], "9223372036854775808 does not fit into 64 bits"),
        (["call", "min_by", [["list", []], lit("auc", "String")], {}], "min_by of nothing"),
        (["call", "max_by", [["list", []], lit("auc", "String")], {}], "max_by of nothing"),
        (
            ["call", "range", [lit(10**18)], {}],
            "range would have 1,000,000,000,000,000,000 elements, 1,000,000 at most",
        ),
        (
            ["call", "range", [lit(2**62), lit(-(2**62)), lit(-1)], {}],
            "range would have 9,223,372,036,854,775,808 elements, 1,000,000 at most",
        ),
        (["call", "range", [lit(1), lit(2), lit(0)], {}], "range cannot go in steps of 0"),
        (
            ["call", "round", [lit(1.7e308, "Float"), lit(-308)], {}],
            "the result is too large for a Float",
        ),
        (
            ["call", "matches", [ref("text"), lit("(", "String")], {}],
            '"(" is no regular expression: missing ), unterminated subpattern at position 0',
        ),
        (["ref", "skipped"], "`skipped` was skipped"),
        (["absent", "the arm was not taken"], "the arm was not taken"),
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


@pytest.mark.parametrize(
    "expression",
    [
        ref("skipped"),
        ["+", ref("skipped"), lit(1)],
        ["??", ref("skipped"), lit(1)],
        ["field?", ref("skipped"), "auc"],
        ["text", ["n = ", ref("skipped")]],
        ["list", [ref("skipped")]],
        ["call", "len", [ref("skipped")], {}],
        ["absent", "the arm was not taken"],
    ],
)
def test_who_reads_what_was_skipped_is_absent(expression):
    with pytest.raises(Absent):
        evaluate(expression, NAMES)


@pytest.mark.parametrize("form", ["soft", "gather", "text", "list"])
def test_who_reads_what_failed_is_blocked(form):
    read = ref("broken")
    with pytest.raises(Blocked) as problem:
        evaluate([form, read if form == "soft" else [read]], NAMES)
    assert str(problem.value) == "`broken` failed"


def test_soft_and_gather_hide_no_mistakes():
    for expression in (["/", lit(1), lit(0)], ref("nobody")):
        for form in (["soft", expression], ["gather", [expression]]):
            with pytest.raises(EvaluationError) as problem:
                evaluate(form, NAMES)
            assert not isinstance(problem.value, Absent)


def test_absence_survives_a_process_boundary():
    assert pickle.loads(pickle.dumps(ABSENT)) is ABSENT


@given(a=NUMBERS, b=NUMBERS, sign=st.sampled_from("+-*/"))
def test_arithmetic_stays_in_range_or_says_why(a, b, sign):
    try:
        result = evaluate([sign, ref("a"), ref("b")], {"a": a, "b": b})
    except EvaluationError:
        return
    assert type(result) in (int, float)
    if type(result) is int:
        assert -(2**63) <= result < 2**63
        assert type(a) is type(b) is int
    else:
        assert abs(result) < float("inf")


@given(a=NUMBERS, b=NUMBERS)
def test_exactly_one_order_holds(a, b):
    held = [evaluate([sign, ref("a"), ref("b")], {"a": a, "b": b}) for sign in ("<", "==", ">")]
    assert held.count(True) == 1


@given(st.lists(INTS, min_size=1, max_size=20))
def test_the_best_is_the_first_of_equals(marks):
    rows = [{"at": at, "mark": mark} for at, mark in enumerate(marks)]
    for name, best in (("max_by", max(marks)), ("min_by", min(marks))):
        found = evaluate(
            ["call", name, [ref("rows")], {"by": lit("mark", "String")}], {"rows": rows}
        )
        assert found == rows[marks.index(best)]


@given(st.integers(-50, 50), st.integers(-50, 50), st.integers(-7, 7).filter(bool))
def test_range_excludes_its_end(start, end, step):
    counted = evaluate(["call", "range", [lit(start), lit(end), lit(step)], {}], {})
    assert counted == list(range(start, end, step))


@given(st.dictionaries(st.sampled_from("abc"), st.lists(INTS, max_size=4), min_size=1))
def test_grid_counts_the_last_axis_fastest(axes):
    rows = evaluate(["call", "grid", [], {name: ref(name) for name in axes}], axes)
    count = 1
    for values in axes.values():
        count *= len(values)
    assert len(rows) == count
    places = [[axes[name].index(row[name]) for name in axes] for row in rows]
    if all(len(set(values)) == len(values) for values in axes.values()):
        assert places == sorted(places)
        assert len(set(map(tuple, places))) == len(places)


@given(st.lists(st.one_of(INTS, st.just(ABSENT)), max_size=12))
def test_gather_keeps_order(values):
    names = {f"x{at}": value for at, value in enumerate(values)}
    gathered = evaluate(["gather", [ref(name) for name in names]], names)
    assert gathered == [value for value in values if value is not ABSENT]
