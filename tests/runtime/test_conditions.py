"""Conditions on rows: the same answer by columns and row by row, aggregates, samples, words."""

from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millpond.runtime import conditions
from millpond.runtime.arrow import TableError
from millpond.runtime.columns import typed
from millpond.runtime.conditions import Condition, breaches
from millpond.runtime.datasets import examine
from millpond.runtime.evaluate import EvaluationError, evaluate
from millpond.runtime.vectors import NotVectorised, truth, vector_of


def lit(value, type="Int"):
    return ["lit", type, value]


def ref(name):
    return ["ref", name]


def call(name, *columns):
    return ["call", name, [ref(column) for column in columns], {}]


def check(text, expression, policy="fail", message=None):
    return {"text": text, "expr": expression, "policy": policy, "message": message}


SALES = [
    ["sku", "String"],
    ["units", "Int"],
    ["price", ["optional", "Float"]],
    ["day", "Date"],
    ["size", "Size"],
    ["tags", ["optional", ["List", "String"]]],
]


@pytest.fixture
def sales(tmp_path):
    path = tmp_path / "sales.parquet"
    table = pa.table(
        {
            "sku": ["A", "B", "A", "C"],
            "units": [3, -1, 0, -7],
            "price": [1.5, None, float("nan"), 4.0],
            "day": [date(2026, 1, n) for n in (1, 2, 3, 4)],
            "size": [1, 2, 3, 4],
            "tags": [["x"], None, [], ["x", "y"]],
        }
    )
    pyarrow.parquet.write_table(table, path, row_group_size=2)
    return path


def words(path, *checks, share=None):
    type = ["Dataset", SALES, list(checks)]
    return list(examine(path, type, None if share is None else {"sample": share}))


def refused(path, *checks):
    with pytest.raises(TableError) as problem:
        words(path, *checks)
    return str(problem.value), problem.value.rows


def test_rows_that_fail_are_counted_and_shown(sales):
    negative = check(
        "units >= 0", [">=", ref("units"), lit(0)], message=["text", ["not for ", ref("sku")]]
    )
    message, rows = refused(sales, negative)
    assert message == "2 of 4 rows fail `units >= 0`: not for B"
    assert rows == "  row  units\n    2     -1\n    4     -7\n"


def test_no_more_than_five_rows_are_shown(tmp_path):
    path = tmp_path / "rows.parquet"
    pyarrow.parquet.write_table(pa.table({"x": range(2000)}), path, row_group_size=3)
    condition = Condition("x < 100", ["<", ref("x"), lit(100)], "fail", None)
    (breach,) = breaches(path, [("x", "Int")], [condition])
    assert breach.words == "1,900 of 2,000 rows fail `x < 100`"
    assert breach.rows == (
        ("row", "x"),
        *((f"{n + 1}", f"{n}") for n in range(100, 105)),
    )


def test_every_condition_is_told_and_warnings_do_not_fail(sales):
    negative = [">=", ref("units"), lit(0)]
    warned = words(sales, check("units >= 0", negative, "warn"))
    assert warned == ["2 of 4 rows fail `units >= 0`"]
    message, rows = refused(
        sales,
        check("units >= 0", negative),
        check("units < 3", ["<", ref("units"), lit(3)]),
        check("units != 0", ["!=", ref("units"), lit(0)], "warn"),
    )
    assert message == "2 of 4 rows fail `units >= 0`; 1 of 4 rows fails `units < 3`"
    assert rows.count("row") == 2


@pytest.mark.parametrize(
    ("expression", "failing"),
    [
        ([">", ref("price"), lit(0.0, "Float")], 2),
        ([">", ["??", ref("price"), lit(1.0, "Float")], lit(0.0, "Float")], 0),
        (["!=", ref("price"), lit(None, ["optional", "Json"])], 2),
        (["or", ["==", ref("price"), lit(None, ["optional", "Json"])], lit(False, "Bool")], 2),
        (["not", [">", ref("price"), lit(0.0, "Float")]], 4),
        (["in", ref("sku"), lit(["A", "B"], ["List", "String"])], 1),
        (["not in", ref("units"), ["list", [lit(0), lit(3)]]], 2),
        ([">=", ref("day"), lit("2026-01-03", "Date")], 2),
        ([">", ["-", ref("day"), lit(86400, "Duration")], lit("2026-01-01", "Date")], 2),
        (["<", ref("size"), lit(3, "Size")], 2),
        (["<", ref("size"), lit(3)], 4),
        ([">", ["*", ref("units"), lit(2**62)], lit(0)], 4),
        ([">", ["/", lit(1), ref("units")], lit(-5)], 1),
        (["==", ["call", "len", [ref("sku")], {}], lit(1)], 0),
        ([">", ["call", "len", [["??", ref("tags"), ["list", []]]], {}], lit(0)], 2),
        (["call", "matches", [ref("sku"), lit("[AB]", "String")], {}], 1),
        (["in", ["*", ref("units"), lit(0.0, "Float")], lit([0.0], ["List", "Float"])], 0),
        ([">=", ref("units"), ["neg", lit(1)]], 1),
        (["if", ["==", ref("sku"), lit("A", "String")], lit(True, "Bool"), lit(False, "Bool")], 2),
        ([">", ["float", ref("units")], lit(0.5, "Float")], 3),
        ([">", ref("units"), call("mean", "units")], 1),
    ],
)
def test_a_condition_holds_where_the_evaluator_says_so(sales, expression, failing):
    found = words(sales, check("it", expression, "warn"))
    verb = "fails" if failing == 1 else "fail"
    assert found == ([f"{failing} of 4 rows {verb} `it`"] if failing else [])


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (call("unique", "sku"), "2 rows are not alone in `unique(sku)`"),
        (call("unique", "sku", "units"), None),
        (call("unique", "price"), None),
        (
            ["<", call("null_rate", "price"), lit(0.5, "Float")],
            "`it` does not hold (null_rate(price) = 0.5)",
        ),
        (["<=", call("null_rate", "price"), lit(0.5, "Float")], None),
        ([">", ["call", "count", [], {}], lit(4)], "`it` does not hold (count() = 4)"),
        (["==", ["call", "count", [], {}], lit(4)], None),
        (
            [">=", call("mean", "units"), lit(0)],
            "`it` does not hold (mean(units) = -1.25)",
        ),
        (["==", call("mean", "price"), lit(2.75, "Float")], None),
        (["or", call("unique", "sku"), ["<", ["call", "count", [], {}], lit(9)]], None),
    ],
)
def test_aggregates_see_the_whole_table(sales, expression, message):
    assert words(sales, check("it", expression, "warn")) == ([message] if message else [])
    assert words(sales, check("it", expression, "warn"), share=0.25) == (
        [message] if message else []
    )


def test_twins_are_shown(sales):
    message, rows = refused(sales, check("unique(sku)", call("unique", "sku")))
    assert message == "2 rows are not alone in `unique(sku)`"
    assert rows == "  sku  rows\n    A     2\n"


def test_aggregates_of_nothing(tmp_path):
    path = tmp_path / "rows.parquet"
    pyarrow.parquet.write_table(pa.table({"x": pa.array([], pa.int64())}), path)
    type = [
        "Dataset",
        [["x", "Int"]],
        [
            check("mean", [">", call("mean", "x"), lit(0)], "warn"),
            check("rate", ["==", call("null_rate", "x"), lit(0)], "warn"),
            check("unique", call("unique", "x"), "warn"),
            check("rows", [">", ref("x"), lit(0)], "warn"),
            check(
                "lazy",
                ["or", ["==", ["call", "count", [], {}], lit(0)], [">", call("mean", "x"), lit(0)]],
                "warn",
            ),
        ],
    ]
    assert examine(path, type) == ("`mean` does not hold (`mean(x)` has no value here)",)


def test_large_numbers_add_up(tmp_path):
    path = tmp_path / "rows.parquet"
    pyarrow.parquet.write_table(pa.table({"x": [2**62, 2**62, 2**62]}), path)
    expression = ["==", call("mean", "x"), lit(float(2**62), "Float")]
    assert examine(path, ["Dataset", [["x", "Int"]], [check("it", expression)]]) == ()


def test_a_sample_is_spread_evenly_and_is_the_same_each_time(tmp_path):
    path = tmp_path / "rows.parquet"
    # Each batch of rows is of another length.
    tables = [pa.table({"x": range(start, end)}) for start, end in ((0, 7), (7, 8), (8, 1000))]
    with pyarrow.parquet.ParquetWriter(path, tables[0].schema) as writer:
        for table in tables:
            writer.write_table(table)
    condition = Condition("x < 0", ["<", ref("x"), lit(0)], "fail", None)
    (breach,) = breaches(path, [("x", "Int")], [condition], 0.1)
    assert breach.words == "100 of 100 rows looked at fail `x < 0`"
    assert [row[0] for row in breach.rows[1:]] == ["1", "11", "21", "31", "41"]
    (breach,) = breaches(path, [("x", "Int")], [condition], 0.0001)
    assert breach.rows[1:] == (("1", "0"),)


def test_no_rows_are_looked_at_where_the_step_says_so(sales):
    failing = check("units >= 0", [">=", ref("units"), lit(0)])
    assert examine(sales, ["Dataset", SALES, [failing]], False) == ()
    with pytest.raises(TableError, match="column `gone` is missing"):
        examine(sales, ["Dataset", [["gone", "Int"]], [failing]], False)


def test_a_million_rows_cost_little(tmp_path, monkeypatch):
    path = tmp_path / "rows.parquet"
    pyarrow.parquet.write_table(pa.table({"units": range(1_000_000)}), path)
    # Nothing is evaluated row by row.
    monkeypatch.setattr(conditions._Scan, "_each", None)
    for expression in ([">=", ref("units"), lit(0)], [">=", ref("units"), lit(0.5, "Float")]):
        condition = Condition("it", expression, "fail", None)
        found = breaches(path, [("units", "Int")], [condition])
        assert [breach.words for breach in found] in ([], ["1 of 1,000,000 rows fails `it`"])


# One answer, however it is found.

TYPES = {
    "i": ("Int", pa.int64(), st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 3)),
    "f": ("Float", pa.float64(), st.floats() | st.sampled_from([0.0, 1.0, -2.5])),
    "s": ("String", pa.string(), st.text(st.characters(codec="utf-8"), max_size=2)),
    "b": ("Bool", pa.bool_(), st.booleans()),
    "d": ("Date", pa.date32(), st.dates(date(2026, 1, 1), date(2026, 1, 3))),
    "t": (
        "Time",
        pa.timestamp("us", "UTC"),
        st.datetimes(datetime(2026, 1, 1), datetime(2026, 1, 3), timezones=st.just(UTC)),  # noqa: DTZ001
    ),
    "w": ("Duration", pa.duration("us"), st.timedeltas(timedelta(-2), timedelta(2))),
}
MISSING = lit(None, ["optional", "Json"])


def literals(type, values):
    if type == "Float":
        values = values.filter(lambda value: value == value and abs(value) != float("inf"))
    encoded = {
        "Date": lambda value: value.isoformat(),
        "Time": lambda value: value.isoformat(),
        "Duration": lambda value: value.total_seconds(),
    }.get(type, lambda value: value)
    return values.map(lambda value: lit(encoded(value), type))


def leaves(name):
    type, _, values = TYPES[name]
    column = st.sampled_from([ref(name), ref(f"{name}?")])
    return column | literals(type, values) | st.builds(lambda a, b: ["??", a, b], column, column)


NUMBERS = st.recursive(
    leaves("i") | leaves("f"),
    lambda inner: (
        st.builds(lambda s, a, b: [s, a, b], st.sampled_from("+-*/"), inner, inner)
        | st.builds(lambda a: ["neg", a], inner)
        | st.builds(lambda a: ["float", a], inner)
        | st.builds(lambda a, b: ["??", a, b], inner, inner)
        | st.just(["call", "len", [ref("s?")], {}])
    ),
    max_leaves=4,
)
SIGNS = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
COMPARED = st.one_of(
    st.builds(lambda s, a, b: [s, a, b], SIGNS, NUMBERS, NUMBERS),
    *(
        st.builds(lambda s, a, b: [s, a, b], SIGNS, leaves(name), leaves(name))
        for name in ("s", "d", "t", "w")
    ),
    *(
        st.builds(
            lambda s, a, b: [s, a, ["list", b]],
            st.sampled_from(["in", "not in"]),
            leaves(name),
            st.lists(literals(TYPES[name][0], TYPES[name][2]), max_size=3),
        )
        for name in "ifsd"
    ),
    *(
        st.builds(lambda s, a: [s, a, MISSING], st.sampled_from(["==", "!="]), leaves(name))
        for name in TYPES
    ),
    st.builds(
        lambda a: ["call", "matches", [a, lit("[a-z]?", "String")], {}],
        st.sampled_from([ref("s"), ref("s?")]),
    ),
    leaves("b"),
)
CONDITIONS = st.recursive(
    COMPARED,
    lambda inner: (
        st.builds(lambda s, a, b: [s, a, b], st.sampled_from(["and", "or"]), inner, inner)
        | st.builds(lambda a: ["not", a], inner)
        | st.builds(lambda a, b: ["??", a, b], inner, inner)
        | st.builds(lambda a, b, c: ["if", a, b, c], inner, inner, inner)
        | st.builds(lambda s, a, b: [s, a, b], st.sampled_from(["==", "!="]), inner, inner)
    ),
    max_leaves=4,
)


@st.composite
def batches(draw):
    rows = draw(st.integers(1, 5))
    columns = {}
    for name, (_, stored, values) in TYPES.items():
        full = st.lists(values, min_size=rows, max_size=rows)
        some = st.lists(st.none() | values, min_size=rows, max_size=rows)
        columns[name] = pa.array(draw(full), stored)
        columns[f"{name}?"] = pa.array(draw(some), stored)
    return pa.RecordBatch.from_pydict(columns)


DECLARED = {
    **{name: type for name, (type, _, _) in TYPES.items()},
    **{f"{name}?": ["optional", type] for name, (type, _, _) in TYPES.items()},
}


@settings(max_examples=150, deadline=None)
@given(CONDITIONS, batches())
def test_columns_and_rows_agree(expression, batch):
    columns = {name: typed(batch, name, type) for name, type in DECLARED.items()}
    try:
        held = truth(
            expression,
            {
                name: vector_of(column, DECLARED[name.rstrip("?")])
                for name, column in columns.items()
            },
        )
    except NotVectorised:
        return
    rows = [column.to_pylist() for column in columns.values()]
    said = held.to_pylist() if isinstance(held, pa.Array) else [held.as_py()] * batch.num_rows
    for row, answer in zip(zip(*rows, strict=True), said, strict=True):
        try:
            value = evaluate(expression, dict(zip(columns, row, strict=True)))
        except EvaluationError:
            value = None
        assert answer == value
