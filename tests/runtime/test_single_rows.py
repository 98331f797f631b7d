"""Records and metrics of steps: held against the checks of their schemas, each as one row."""

import pytest
from runtime_cases import output, step_spec

from millpond.runtime.arrow import TableError
from millpond.runtime.key import outputs_of
from millpond.runtime.opening import open_store
from millpond.runtime.single_rows import examine_rows
from millpond.runtime.step import warnings_in

AUC = {
    "text": "auc <= 1.0",
    "expr": ["<=", ["ref", "auc"], ["lit", "Float", 1.0]],
    "policy": "fail",
    "message": ["lit", "String", "a share"],
}
FAILS = "`auc <= 1.0` does not hold (auc = 1.5): a share"
RECALL = {
    "text": "recall > 0.1",
    "expr": [">", ["ref", "recall"], ["lit", "Float", 0.1]],
    "policy": "warn",
    "message": None,
}
COLUMNS = [["auc", "Float"], ["recall", ["optional", "Float"]]]
RECORD = ["record", COLUMNS, [AUC, RECALL]]
METRICS = ["Metrics", COLUMNS, [AUC, RECALL]]
GOOD, BAD, WEAK = ({"auc": a, "recall": r} for a, r in ((0.9, 0.5), (1.5, 0.5), (0.9, 0.0)))


@pytest.mark.parametrize(
    ("type", "value", "place"),
    [
        (RECORD, BAD, ""),
        (METRICS, BAD, ""),
        (["optional", RECORD], BAD, ""),
        (["List", RECORD], [GOOD, BAD], "[1] "),
        (["Map", METRICS], {"k": BAD}, "[k] "),
        (["record", [["inner", RECORD]]], {"inner": BAD}, "inner "),
    ],
)
def test_a_failing_check_says_where_and_with_which_value(type, value, place):
    with pytest.raises(TableError) as problem:
        examine_rows(type, value)
    assert str(problem.value) == place + FAILS
    assert examine_rows(type, value, False) == ()


def test_warnings_are_returned_and_what_is_missing_does_not_pass():
    assert examine_rows(METRICS, GOOD) == ()
    assert examine_rows(["optional", METRICS], None) == ()
    assert examine_rows(METRICS, WEAK) == ("`recall > 0.1` does not hold (recall = 0)",)
    assert len(examine_rows(RECORD, {"auc": 0.9, "recall": None})) == 1


@pytest.mark.parametrize(
    ("function", "columns", "value"),
    [
        ("unique", ["auc"], True),
        ("count", [], 1),
        ("null_rate", ["auc"], 0.0),
        ("null_rate", ["recall"], 1.0),
        ("mean", ["auc"], 0.5),
    ],
)
def test_functions_of_tables_see_one_row(function, columns, value):
    kind = {bool: "Bool", int: "Int", float: "Float"}[value.__class__]
    call = ["call", function, [["ref", name] for name in columns], {}]
    check = {"text": "it", "expr": ["==", call, ["lit", kind, value]], "policy": "fail"}
    assert examine_rows(["record", COLUMNS, [check]], {"auc": 0.5, "recall": None}) == ()


def test_a_mean_of_nothing_does_not_pass():
    call = ["call", "mean", [["ref", "recall"]], {}]
    check = {"text": "it", "expr": [">", call, ["lit", "Float", 0.0]], "policy": "fail"}
    with pytest.raises(TableError, match="`it` does not hold"):
        examine_rows(["record", COLUMNS, [check]], {"auc": 0.5, "recall": None})


def returning(engine, value, **more):
    code = {"body.py": f"def run(**given):\n    return {value!r}\n"}
    return engine.launch(
        engine.bundle("made", step_spec(outputs=[output("q", METRICS)], **more), code)
    )


def test_a_step_fails_or_warns_for_the_metrics_that_it_returns(engine):
    done = returning(engine, BAD)
    assert done.code == 1
    assert f"output `q: Metrics` (flights.mlp:31:9): {FAILS}" in done.stderr
    assert done.result is None
    weak = returning(engine, WEAK)
    assert weak.code == 0
    record = open_store(engine.store).record(weak.result)
    assert ["recall > 0.1" in words for words in warnings_in(record)] == [True]
    assert returning(engine, BAD, checks=False).code == 0


def test_a_shell_step_is_held_to_the_checks_too(engine):
    text = """printf '{"auc": 1.5, "recall": 0.5}' > "$q" """
    spec = step_spec("shell", text=text, outputs=[output("q", METRICS)])
    done = engine.launch(engine.bundle("made", spec))
    assert done.code == 1
    assert FAILS in done.stderr


def test_a_value_that_a_step_is_given_is_held_to_what_it_declares(engine):
    code = {"body.py": "def run(p): return 1\n"}
    spec = step_spec(inputs=[["p", RECORD]], outputs=[output("r", "Int")])
    bundle = engine.bundle("made", spec, code)
    assert engine.launch(bundle, "--arg", "p", '={"auc": 0.5, "recall": 0.5}').code == 0
    done = engine.launch(bundle, "--arg", "p", '={"auc": 1.5, "recall": 0.5}')
    assert done.code == 1
    assert f"input `p`: {FAILS}" in done.stderr


def test_a_change_of_checks_is_a_change_of_key():
    plain = step_spec(outputs=[output("q", ["Metrics", COLUMNS])])
    assert outputs_of(plain) != outputs_of(step_spec(outputs=[output("q", METRICS)]))
