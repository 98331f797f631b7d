"""What the tree of a healthy file holds: values, spans, docs; and what the limits do."""

from __future__ import annotations

import dataclasses
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from syntax.programs import OK

from millpond.compiler.diagnostics.diagnostic import Diagnostic, Report
from millpond.compiler.source import Source
from millpond.compiler.syntax import ast
from millpond.compiler.syntax.parse import MAX_CHARACTERS, parse
from millpond.compiler.syntax.tokens import can_name
from millpond.compiler.syntax.walk import children, every, nodes
from millpond.grammar import tables


def read(text: str) -> ast.File:
    report = Report()
    file = parse(Source("t.mlp", text), report)
    assert [(d.code, d.message) for d in report] == []
    return file


def said(text: str) -> list[Diagnostic]:
    report = Report()
    parse(Source("t.mlp", text), report)
    return list(report)


def value(text: str) -> ast.Expr:
    (constant,) = read(f"x = {text}\n").of(ast.Constant)
    return constant.value


def meant(text: str) -> object:
    literal = value(text)
    assert isinstance(literal, ast.Literal)
    assert literal.raw == text
    return literal.value


@pytest.mark.parametrize("path", OK, ids=lambda path: path.stem)
def test_healthy_files_say_nothing(path: Path) -> None:
    file = read(path.read_text(encoding="utf-8"))
    assert file.edition is not None
    assert file.edition.number == 2026
    assert not file.broken


@pytest.mark.parametrize("path", OK, ids=lambda path: path.stem)
def test_every_span_covers_its_children_and_shows_its_text(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for node in nodes(read(text)):
        if isinstance(node, ast.Name):
            shown = text[node.span.start : node.span.end]
            assert shown.strip('"') == node.text
        if isinstance(node, ast.Literal | ast.Quantity | ast.Text):
            assert text[node.span.start : node.span.end] == node.raw
        for child in children(node):
            assert node.span.start <= child.span.start
            assert child.span.end <= node.span.end


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1_000", 1000),
        ("0.5", 0.5),
        ("1e-4", 1e-4),
        ("true", True),
        ("false", False),
        ("none", None),
        ("2026-11-22", date(2026, 11, 22)),
        ("2026-11-22T06:00Z", datetime(2026, 11, 22, 6, tzinfo=UTC)),
        (r'"a\n\t\"\\\u{1F600}"', 'a\n\t"\\\U0001f600'),
        ('"""a\\n"""', "a\\n"),
        ('"""\n    one\n      two\n    """', "one\n  two"),
        ('"""\n  less\n      more\n    """', "less\n  more"),
        ('"""not alone\n    on its line"""', "not alone\n    on its line"),
    ],
)
def test_literals_mean(text: str, expected: object) -> None:
    assert meant(text) == expected
    assert type(meant(text)) is type(expected)


@pytest.mark.parametrize(
    ("text", "number", "unit"), [("30m", 30, "m"), ("1.5GiB", 1.5, "GiB"), ("10%", 10, "%")]
)
def test_quantities_keep_number_and_unit(text: str, number: float, unit: str) -> None:
    quantity = value(text)
    assert isinstance(quantity, ast.Quantity)
    assert (quantity.number, quantity.unit.text) == (number, unit)


def test_interpolated_text_has_parts_at_their_places() -> None:
    text = 'x = f"v{a.b}{{}} {1 + 2}\\n"\n'
    (constant,) = read(text).of(ast.Constant)
    made = constant.value
    assert isinstance(made, ast.Text)
    first, field, middle, total, last = made.parts
    assert (first, middle, last) == ("v", "{} ", "\n")
    assert isinstance(field, ast.FieldOf)
    assert text[field.span.start : field.span.end] == "a.b"
    assert isinstance(total, ast.Binary)
    assert text[total.span.start : total.span.end] == "1 + 2"


def test_raw_interpolated_text_is_dedented_around_its_parts() -> None:
    made = value('f"""\n    one {a}\n    {b} \\n two\n    """')
    assert isinstance(made, ast.Text)
    assert [p if isinstance(p, str) else "?" for p in made.parts] == [
        "one ",
        "?",
        "\n",
        "?",
        " \\n two",
    ]


def test_texts_in_texts() -> None:
    made = value('f"{f(a = "q}")}"')
    assert isinstance(made, ast.Text)
    (call,) = made.parts
    assert isinstance(call, ast.Call)


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("1 + 2 * 3", "(1 + (2 * 3))"),
        ("a ?? b + c", "(a ?? (b + c))"),
        ("not a == b and c or d", "(((not (a == b)) and c) or d)"),
        ("-a.b[*].c", "(- a.b[*].c)"),
        ("(a + b) * c", "((a + b) * c)"),
        ("a not in [1]", "(a not in [1])"),
        ("a?.b", "a?.b"),
        ("if a then b else c", "(a ? b : c)"),
    ],
)
def test_operators_bind(text: str, shape: str) -> None:
    assert _shape(value(text)) == shape


def _shape(node: ast.Expr | str) -> str:
    match node:
        case ast.Binary(_, operator, left, right):
            return f"({_shape(left)} {operator.text} {_shape(right)})"
        case ast.Unary(_, operator, operand):
            return f"({operator.text} {_shape(operand)})"
        case ast.FieldOf(_, base, field, maybe):
            return f"{_shape(base)}{'?.' if maybe else '.'}{field.text}"
        case ast.Each(_, base):
            return f"{_shape(base)}[*]"
        case ast.ListOf(_, items):
            return f"[{', '.join(map(_shape, items))}]"
        case ast.IfExpr(_, condition, then, otherwise):
            return f"({_shape(condition)} ? {_shape(then)} : {_shape(otherwise)})"
        case ast.NameRef(_, name):
            return name
        case ast.Literal():
            return node.raw
        case _:
            raise AssertionError(node)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-9_223_372_036_854_775_808", -(2**63)),
        ("- 9223372036854775808", -(2**63)),
        ("-9223372036854775808.0", None),
        ("-9223372036854775807", None),
        ("not 9223372036854775808", None),
    ],
)
def test_the_lowest_int_is_one_literal(text: str, expected: int | None) -> None:
    if expected is None:
        assert isinstance(value(text), ast.Unary)
    else:
        assert meant(text) == expected


def test_parentheses_belong_to_what_they_join() -> None:
    text = "x = (a + b) * c\n"
    (constant,) = read(text).of(ast.Constant)
    assert text[constant.value.span.start : constant.value.span.end] == "(a + b) * c"


def test_doc_comments_attach_to_what_stands_below() -> None:
    file = read(
        "# plain\n## Fits.\n## Twice.\nstep fit(\n  ## The rows.\n  rows: Dataset,\n) -> (\n"
        '  ## The model.\n  model: Model,\n) {\n  run python "m:f"\n  ## Cores.\n'
        "  resources { cpu = 1 }\n}\n"
    )
    (step,) = file.of(ast.Step)
    assert step.doc == "Fits.\nTwice."
    assert step.parameters[0].doc == "The rows."
    assert step.outputs[0].doc == "The model."
    assert step.settings[0].doc == "Cores."
    assert read("# plain\nx = 1\n").of(ast.Constant)[0].doc is None


def test_words_of_the_language_may_be_fields_and_arguments() -> None:
    file = read("pipeline p() {\n  x = f(on = a.test, with = run.url, target = step.for)\n}\n")
    call = next(every(file, ast.Call))
    assert [a.name.text for a in call.arguments if a.name] == ["on", "with", "target"]


@pytest.mark.parametrize("word", [word for word, _ in tables.WORDS])
def test_it_is_known_which_words_may_name_a_thing(word: str) -> None:
    assert can_name(word) == (said(f"pipeline p({word}: Int) {{\n}}\n") == [])


def test_windows_line_ends_and_a_byte_order_mark_change_no_meaning() -> None:
    for path in OK:
        text = path.read_text(encoding="utf-8")
        marked = "\ufeff" + text.replace("\n", "\r\n")
        plain, windows = read(text), read(marked)
        assert list(map(_meaning, nodes(windows))) == list(map(_meaning, nodes(plain)))


def _meaning(node: object) -> tuple[object, ...]:
    """What a node says, without where and how it is written."""
    assert dataclasses.is_dataclass(node)
    values = [getattr(node, f.name) for f in dataclasses.fields(node) if f.name != "raw"]
    return (type(node), *(v for v in values if isinstance(v, str | int | float | date)))


def test_half_typed_lines_become_missing_with_windows_line_ends_too() -> None:
    for end in ("\n", "\r\n"):
        source, report = (
            Source("t.mlp", end.join(("pipeline p() {", "  x = a.", "}", ""))),
            Report(),
        )
        file = parse(source, report)
        assert [d.code for d in report] == ["MLP0110"]
        assert len(list(every(file, ast.Missing))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "(" * 5_000 + "1" + ")" * 5_000,
        "x = " + "[" * 5_000,
        "x = " + "not " * 5_000 + "true",
        "x = " + "-" * 5_000 + "1",
        "x = 1" + " + 1" * 5_000,
        "x = a" + ".b" * 5_000,
        "x = a" + "[*]" * 5_000,
        "x = a" + "()" * 5_000,
        "x = " + "if a then " * 2_000 + "1",
        "step f(a: " + "List[" * 3_000 + "Int" + "]" * 3_000 + ') { run python "m:f" }',
        "pipeline p() {" + " when a {" * 3_000,
        "pipeline p() { when a { }" + " else when a { }" * 3_000 + "}",
        "x = " + 'f"{' * 20 + "1" + '}"' * 20,
        "x = " + 'f"""{' * 20 + "1" + '}"""' * 20,
    ],
)
def test_deep_nesting_is_told_and_quick(text: str) -> None:
    started = time.process_time()
    assert said(text)
    assert time.process_time() - started < 5


def test_long_lists_are_not_deep() -> None:
    numbers, calls = "1, " * 5_000, "  g()\n" * 2_000
    file = read(f"pipeline p() {{\n  f(a = [{numbers}])\n{calls}}}\n")
    assert len(file.of(ast.Pipeline)[0].items) == 2_001


def test_a_file_that_is_too_long_is_not_read() -> None:
    (diagnostic,) = said("#" * (MAX_CHARACTERS + 1))
    assert diagnostic.code == "MLP0001"
    assert diagnostic.span is None


def test_broken_declarations_do_not_spoil_healthy_ones() -> None:
    report = Report()
    file = parse(
        Source("t.mlp", 'step a(1) {\n}\n\nstep b() { run python "m:f" }\n\nschema S { x Int }\n'),
        report,
    )
    assert [step.name.text for step in file.of(ast.Step)] == ["b"]
    assert [name.text for name in file.broken] == ["a", "S"]
    assert len(report) == 2
