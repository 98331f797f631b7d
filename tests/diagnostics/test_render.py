"""Messages are laid out as the language's design shows them, and safely whatever the source."""

from __future__ import annotations

import re
from pathlib import Path

from millpond.compiler.diagnostics.diagnostic import (
    Diagnostic,
    Edit,
    Fix,
    Label,
    Report,
    Severity,
    error,
)
from millpond.compiler.diagnostics.render import render, render_short, summary
from millpond.compiler.source import Source, Span
from millpond.compiler.syntax.parse import parse

MESSAGES = {
    block[6:13]: block.rstrip("\n")
    for block in (Path(__file__).parent / "messages.txt").read_text(encoding="utf-8").split("\n\n")
}


class Page:
    """A file of which only some lines are known, and spans in it by the text they cover."""

    def __init__(self, name: str, lines: dict[int, str]) -> None:
        count = max(lines)
        text = "\n".join(lines.get(number, "") for number in range(1, count + 1))
        self.source = Source(name, text + "\n")

    def span(self, line: int, text: str) -> Span:
        start = self.source.line_starts[line - 1] + self.source.line(line).index(text)
        return self.source.span(start, start + len(text))

    def shown(self, diagnostic: Diagnostic) -> str:
        return render(diagnostic, {self.source.name: self.source})


def test_mlp0103() -> None:
    text = (
        'step fit(a: Int) -> (m: Model) {\n  run shell "x"\n'
        "  resources { cpu: 8, memory: 32GB }\n}\n"
    )
    source, report = Source("flights.mlp", text), Report()
    parse(source, report)
    assert [render(d, {"flights.mlp": source}) for d in report] == [MESSAGES["MLP0103"]]


def test_mlp0204() -> None:
    page = Page(
        "delays.mlp",
        {
            52: "  fitted = fit(train = parts.train, rounds = 400, learning_rate = 0.05)",
            53: "  score = evaluate(model = fitted.modle, test = parts.test)",
        },
    )
    diagnostic = error(
        "MLP0204",
        "`fitted` has no output called `modle`",
        page.span(53, "modle"),
        "did you mean `model`?",
        labels=[Label(page.span(52, "fitted"), "`fitted` runs the step `fit`")],
        notes=["the step `fit` (delays.mlp:31) has one output: `model: Model`"],
        fixes=[Fix("rename it to `model`", (Edit(page.span(53, "modle"), "model"),), safe=True)],
    )
    assert page.shown(diagnostic) == MESSAGES["MLP0204"]
    assert render_short(diagnostic, {"delays.mlp": page.source}) == (
        "delays.mlp:53:35: error[MLP0204] `fitted` has no output called `modle`; "
        "did you mean `model`?"
    )


def test_mlp0302() -> None:
    page = Page(
        "delays.mlp",
        {
            12: 'step clean(day: Date) -> (rows: Dataset[Flights]) { run python "f:clean" }',
            13: 'step fit(data: Dataset[Features]) -> (model: Model) { run python "f:fit" }',
            17: "  fitted = fit(data = cleaned.rows)",
        },
    )
    diagnostic = error(
        "MLP0302",
        "these rows do not have the columns `fit` needs",
        page.span(17, "cleaned.rows"),
        "Dataset[Flights] given, Dataset[Features] wanted",
        labels=[
            Label(page.span(12, "Dataset[Flights]"), "`cleaned.rows` holds Flights"),
            Label(page.span(13, "Dataset[Features]"), "`data` must hold Features"),
        ],
        notes=[
            "column by column:   carrier    String   ok",
            "                    dep_delay  Float?   may be empty, but Features wants Float",
            "                    hour       Int      missing",
        ],
        help=["put a step that returns Dataset[Features] between `clean` and `fit`"],
    )
    assert page.shown(diagnostic) == MESSAGES["MLP0302"]


def test_mlp0305() -> None:
    page = Page(
        "delays.mlp",
        {
            57: '  champion = registry.find(name = "delays", stage = "production")',
            59: "  when score.metrics.auc > champion.metrics.auc + 0.002 {",
        },
    )
    whole = page.span(59, "champion.metrics.auc")
    diagnostic = error(
        "MLP0305",
        "`champion.metrics` may be missing",
        whole,
        "`.auc` cannot be read from something that may be missing",
        labels=[
            Label(
                page.span(57, "champion"),
                "`metrics` is Metrics? here: there may be no production model yet",
            )
        ],
        help=["say what to use instead with `?.` and `??`"],
        fixes=[
            Fix(
                "fall back to 0.0",
                (Edit(whole, "(champion.metrics?.auc ?? 0.0)"),),
                safe=False,
                why="check the value, then `mlp check --fix --unsafe`",
            )
        ],
    )
    assert page.shown(diagnostic) == MESSAGES["MLP0305"]


def test_mlp0511_and_mlp0512() -> None:
    page = Page("build.mlp", {3: "  resources { cpu = 500m, memory = 16Gb }"})
    cores, size = page.span(3, "500m"), page.span(3, "16Gb")
    assert (
        page.shown(
            error(
                "MLP0512",
                "`500m` is five hundred minutes, but `cpu` counts cores",
                cores,
                "a Duration",
                help=["Kubernetes writes half a core as `500m`; here it is simply `0.5`"],
                fixes=[Fix("write `cpu = 0.5`", (Edit(cores, "0.5"),), safe=True)],
            )
        )
        == (MESSAGES["MLP0512"])
    )
    assert (
        page.shown(
            error(
                "MLP0511",
                "there is no unit called `Gb`",
                size,
                "did you mean `16GB`?",
                notes=["sizes: B KB MB GB TB (powers of 1000), KiB MiB GiB TiB (powers of 1024)"],
                fixes=[
                    Fix(
                        "write `memory = 16GB`",
                        (Edit(size, "16GB"),),
                        safe=False,
                        why="`Gb` might have meant gigabits or GiB",
                    )
                ],
            )
        )
        == (MESSAGES["MLP0511"])
    )


def test_mlp0604() -> None:
    page = Page("demand.mlp", {4: "    stock = update(rows = sales.rows, before = stock.table)"})
    place = page.span(4, "stock.table")
    diagnostic = error(
        "MLP0604",
        "`stock` needs its own output from the same day",
        place,
        "... waits for itself here",
        labels=[Label(page.span(4, "stock"), "this node ...")],
        help=[
            "to carry a value from one day to the next, ask for the day before; on the first day "
            "it is missing, so `before` must accept Dataset[Stock]?"
        ],
        fixes=[
            Fix(
                "write `before = previous(stock.table)`",
                (Edit(place, "previous(stock.table)"),),
                safe=False,
                why="the days then run one after another",
            )
        ],
    )
    assert page.shown(diagnostic) == MESSAGES["MLP0604"]


def test_mlp0606() -> None:
    page = Page(
        "demand.mlp",
        {
            2: "  daily = partition by day(from = first_day, to = run.day - 1d) as day {",
            5: "    smooth = average(rows = trailing(sales.rows, 36h))",
        },
    )
    diagnostic = error(
        "MLP0606",
        "36h is not a whole number of days",
        page.span(5, "36h"),
        "1.5 days",
        labels=[Label(page.span(2, "day("), "")],
        help=["use `1d` or `2d`, or partition by hour"],
    )
    grain = page.span(2, "day(")
    label = Label(Span(grain.file, grain.start, grain.end - 1), "these partitions are one day long")
    diagnostic = error(
        diagnostic.code,
        diagnostic.message,
        diagnostic.span,
        diagnostic.label,
        labels=[label],
        help=diagnostic.help,
    )
    assert page.shown(diagnostic) == MESSAGES["MLP0606"]


def test_mlp0903() -> None:
    page = Page(
        "scan.mlp",
        {
            4: "  parsed = for f in found.files {",
            5: "    when f.size > 1GB {",
            14: 'target prod: sagemaker { role = "arn:aws:iam::123456789012:role/pipelines" }',
        },
    )
    diagnostic = error(
        "MLP0903",
        "SageMaker cannot decide inside a fan-out",
        page.span(5, "when"),
        "... and a ForEach body cannot hold a condition",
        labels=[
            Label(page.span(4, "for"), "this fan-out becomes one SageMaker ForEach ..."),
            Label(page.span(14, "sagemaker"), "target `prod` asks for SageMaker"),
        ],
        notes=["argo, kubeflow and local can compile this pipeline as it is"],
        help=[
            "let the step that makes `found.files` leave the big ones out",
            "or give `parse` the whole list, and let that one step go through it",
        ],
    )
    assert page.shown(diagnostic) == MESSAGES["MLP0903"]


def test_mlp0803() -> None:
    page = Page(
        "flights.mlp",
        {
            1: "step fit(train: Dataset[Flights], learning_rate: Float) -> (model: Model) {",
            2: '  run python "flights.train:fit"',
        },
    )
    body = page.span(2, "flights.train:fit")
    diagnostic = error(
        "MLP0803",
        "`flights.train:fit` has no parameter called `learning_rate`",
        page.span(1, "learning_rate"),
        "the step passes this to the function",
        labels=[
            Label(
                Span(body.file, body.start - 1, body.end + 1),
                "src/flights/train.py:14 is `def fit(train, lr=0.1)`",
            )
        ],
        notes=["the file was read, not imported or run"],
        help=["rename the input to `lr`, or the parameter to `learning_rate`"],
    )
    assert page.shown(diagnostic) == MESSAGES["MLP0803"]


def test_a_moved_line_is_shown_once_where_it_goes_and_once_where_it_was() -> None:
    text = "edition 2026\n\nb = a\na = 1\nc = b\n"
    source = Source("p.mlp", text)
    up, down = text.index("b = a"), text.index("a = 1")
    edits = (
        Edit(Span("p.mlp", up, up), "a = 1\n"),
        Edit(Span("p.mlp", down, down + len("a = 1\n")), ""),
    )
    span = Span("p.mlp", up + 4, up + 5)
    moved = error("MLP0205", "`a` comes later", span, fixes=[Fix("move line 4 up", edits, True)])
    shown = render(moved, {"p.mlp": source}).split("\n")
    assert shown[-4:-1] == ["  |", "3 + a = 1", "4 - a = 1"]


def test_lines_that_a_fix_puts_in_are_shown_without_their_neighbours() -> None:
    source = Source("p.mlp", "a = 1\n")
    fix = Fix("add `edition 2026`", (Edit(Span("p.mlp", 0, 0), "edition 2026\n\n"),), safe=True)
    found = error("MLP1020", "add it", Span("p.mlp", 0, 5), fixes=[fix])
    shown = render(found, {"p.mlp": source}).split("\n")
    assert shown[-3:-1] == ["1 + edition 2026", "2 +"]


def test_a_diagnostic_without_place() -> None:
    diagnostic = error("MLP0001", "cannot read `x.mlp`: no such file", None)
    assert render(diagnostic, {}) == (
        "error[MLP0001]: cannot read `x.mlp`: no such file\n  = more: mlp explain MLP0001"
    )
    assert render_short(diagnostic, {}) == "error[MLP0001] cannot read `x.mlp`: no such file"


def test_a_label_in_another_file_gets_a_part_of_its_own() -> None:
    page = Page("a.mlp", {1: "use std.data"})
    other = Page("b.mlp", {7: "step load() {}"})
    diagnostic = error(
        "MLP0212",
        "`b` does not export `load`",
        page.span(1, "data"),
        "here",
        labels=[Label(other.span(7, "load"), "there")],
    )
    text = render(diagnostic, {"a.mlp": page.source, "b.mlp": other.source})
    assert text.splitlines()[1:] == [
        " --> a.mlp:1:9",
        "  |",
        "1 | use std.data",
        "  |         ^^^^ here",
        "  |",
        " ::: b.mlp:7:6",
        "  |",
        "7 | step load() {}",
        "  |      ---- there",
        "  |",
        "  = more: mlp explain MLP0212",
    ]


def test_wide_letters_and_tabs_keep_carets_in_place() -> None:
    page = Page("a.mlp", {1: '\tx = "日本" + yé'})
    text = page.shown(error("MLP0201", "nothing here is called `yé`", page.span(1, "yé"), "here"))
    lines = text.splitlines()
    assert lines[3] == '1 |     x = "日本" + yé'
    # Four blanks for the tab, two columns for each of the two wide letters.
    assert lines[4] == "  | " + " " * (4 + 5 + 4 + 4) + "^^ here"


def test_nothing_in_a_source_reaches_the_terminal_as_a_command() -> None:
    page = Page("a.mlp", {1: "x = \x1b[31m \u202e y"})
    text = page.shown(error("MLP0201", "nothing", page.span(1, "x"), "here"))
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_colours_change_nothing_but_colours() -> None:
    page = Page("a.mlp", {1: "x = yy"})
    place = page.span(1, "yy")
    diagnostic = error(
        "MLP0201",
        "nothing here is called `yy`",
        place,
        "did you mean `x`?",
        fixes=[Fix("rename it", (Edit(place, "x"),), safe=True)],
    )
    plain = page.shown(diagnostic)
    coloured = render(diagnostic, {"a.mlp": page.source}, color=True)
    assert coloured != plain
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain


def test_a_very_long_line_is_cut_around_its_mark() -> None:
    page = Page("a.mlp", {1: "x = " + "a + " * 500 + "oops + " + "a + " * 500 + "a"})
    text = page.shown(error("MLP0201", "nothing", page.span(1, "oops"), "here"))
    source_line, mark_line = text.splitlines()[3:5]
    assert max(map(len, text.splitlines())) < 200
    start = mark_line.index("^")
    assert source_line[start : start + 4] == "oops"


def test_summary_counts_by_severity() -> None:
    kinds = [Severity.WARNING, Severity.ERROR, Severity.ERROR, Severity.LINT]
    diagnostics = [error("MLP0201", str(i), None, severity=s) for i, s in enumerate(kinds)]
    assert summary(diagnostics) == "2 errors, 1 warning, 1 lint"
    assert summary([]) == ""
