"""What partitions become: keys, windows over them, and mistakes that only values show."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lower.lowering import Wrong, graph_of, nodes_of

from millpond.compiler.ir.nodes import Task

DAYS = """
pipeline main(first: Date = 2026-02-27, last: Date = 2026-03-01) {{
  daily = partition by day(from = first, to = last) as d {{
    a = of(day = d.start)
    {inside}
    yield a.v
  }}
  {below}
}}
"""


KEYS = "pipeline main(ks: List[String]) { partition by key(ks) as k { like(key = k.key) } }"


def lines(tmp_path: Path, text: str, *names: str, words: dict[str, str] | None = None) -> list[str]:
    """The lines of some nodes."""
    shown = nodes_of(graph_of(tmp_path, text, words)).splitlines()
    wanted = tuple(
        f"%{name} = " if re.fullmatch(r"\w+", name) else f'%"{name}" = ' for name in names
    )
    return [line.split(" = ", 1)[1] for line in shown if line.startswith(wanted)]


def test_a_day_is_a_branch_under_its_key(tmp_path: Path) -> None:
    text = DAYS.format(inside="", below="output all = daily")
    assert (
        nodes_of(graph_of(tmp_path, text, {"last": "2026-02-28"}))
        == """\
%"daily[2026-02-27].a" = of(day = 2026-02-27)
%"daily[2026-02-28].a" = of(day = 2026-02-28)
%daily = join partition gives List[{ key: String, value: Int }] do
  "2026-02-27": %"daily[2026-02-27].a" yield %"daily[2026-02-27].a".v
  "2026-02-28": %"daily[2026-02-28].a" yield %"daily[2026-02-28].a".v
end
output all: List[{ key: String, value: Int }] = %daily.yield
"""
    )


def test_looking_back_stays_in_the_range(tmp_path: Path) -> None:
    inside = "b = many(xs = trailing(a.v, 2d), more = previous(b.v))"
    text = DAYS.format(inside=inside, below="")
    days = ("2026-02-27", "2026-02-28", "2026-03-01")
    a, b = ([f'%"daily[{day}].{name}".v' for day in days] for name in "ab")
    assert lines(tmp_path, text, *(f"daily[{day}].b" for day in days)) == [
        f"many(xs = gather({a[0]}), more = json(null: Int?))",
        f"many(xs = gather({a[0]}, {a[1]}), more = soft({b[0]}))",
        f"many(xs = gather({a[1]}, {a[2]}), more = soft({b[1]}))",
    ]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("all(daily)", "gather(A, B, C)"),
        ("trailing(daily, 2d)", "gather(B, C)"),
        ("trailing(daily, 9d)", "gather(A, B, C)"),
        ("trailing(daily, 9d, at_least = 3d)", "gather(A, B, C)"),
        (
            "trailing(daily, 9d, at_least = 4d)",
            '(absent."`trailing(daily, 9d, at_least = 4d)` needs 4 days, '
            'and only 3 are in the range"(): List[Int])',
        ),
        ("[latest(daily)]", "[C]"),
    ],
)
def test_what_is_read_from_below(written: str, expected: str, tmp_path: Path) -> None:
    text = DAYS.format(inside="", below=f"x = many(xs = {written})")
    for letter, day in zip("ABC", ("2026-02-27", "2026-02-28", "2026-03-01"), strict=True):
        expected = re.sub(rf"\b{letter}\b", f'%"daily[{day}].a".v', expected)
    assert lines(tmp_path, text, "x") == [f"many(xs = {expected}, more = json(null: Int?))"]


def test_longer_periods_look_into_shorter_ones_and_back(tmp_path: Path) -> None:
    text = DAYS.format(
        inside="",
        below="""monthly = partition by month(from = first, to = last) as m {
    r = many(xs = within(daily, m), more = previous(daily_sum(r)))
    yield r.v
  }""".replace("previous(daily_sum(r))", "previous(r.v)")
        + """
  again = partition by day(from = first, to = last) as e {
    s = many(xs = [covering(monthly, e), current(daily)], more = previous(daily))
    yield s.v
  }""",
    )
    assert lines(tmp_path, text, "monthly[2026-02].r", "monthly[2026-03].r") == [
        'many(xs = gather(%"daily[2026-02-27].a".v, %"daily[2026-02-28].a".v), '
        "more = json(null: Int?))",
        'many(xs = gather(%"daily[2026-03-01].a".v), more = soft(%"monthly[2026-02].r".v))',
    ]
    assert lines(tmp_path, text, "again[2026-03-01].s") == [
        'many(xs = [%"monthly[2026-03].r".v, %"daily[2026-03-01].a".v], '
        'more = soft(%"daily[2026-02-28].a".v))'
    ]


def test_hours_of_a_day_follow_its_zone(tmp_path: Path) -> None:
    text = """
pipeline main() {
  hours = partition by hour(from = 2026-10-24T20:30Z, to = 2026-10-26T01:00Z) as h {
    a = at(hour = h.start)
    yield a.v
  }
  days = partition by day(from = 2026-10-25, to = 2026-10-25, zone = "Europe/Berlin") as d {
    b = many(xs = within(hours, d))
    yield b.v
  }
}
"""
    found = lines(tmp_path, text, "days[2026-10-25].b")[0]
    read = re.findall(r"hours\[([^]]+)\]", found)
    assert (len(read), read[0], read[-1]) == (25, "2026-10-24T22", "2026-10-25T22")


def test_keys_of_a_list_are_texts(tmp_path: Path) -> None:
    text = """
pipeline main(keys: List[String] = ["north", "a/b c"]) {
  p = partition by key(keys) as k { a = like(key = k.key) yield a.v }
  b = many(xs = all(p))
}
"""
    assert lines(tmp_path, text, "p[a/b c].a", "b") == [
        'like(key = "a/b c")',
        'many(xs = gather(%"p[north].a".v, %"p[a/b c].a".v), more = json(null: Int?))',
    ]


def test_a_hash_adds_the_task_that_spreads_the_rows(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("user\n1\n", "utf-8")
    text = """
step take(rows: Dataset, n: Int) -> (v: Int) { run shell "echo $n $rows > $v" }
pipeline main() {
  p = partition by hash(dataset("r.csv"), on = "user", buckets = 2) as s {
    a = take(rows = s.rows, n = s.index)
    yield a.v
  }
}
"""
    found = lines(tmp_path, text, "p.rows", "p[0].a", "p[1].a")
    assert re.fullmatch(r'by_hash\(rows = json\(.*\), column = "user", buckets = 2\)', found[0])
    assert found[1:] == [
        f'take(rows = %"p.rows".shards[{index}], n = {index})' for index in range(2)
    ]


def test_a_gate_in_a_partition_guards_what_others_read_of_it(tmp_path: Path) -> None:
    inside = "expect a.v > 0"
    text = DAYS.format(inside=inside, below="x = one(n = latest(daily))")
    assert lines(tmp_path, text, "x")[0].startswith(
        'one(n = if(%"daily[2026-03-01].expect_1".passed, '
    )


def test_reprocessing_makes_sources_anew(tmp_path: Path) -> None:
    text = """
step read(day: Date) -> (rows: File) { run shell "echo $day > $rows" }
pipeline main() {
  p = partition by day(from = 2026-01-01, to = 2026-01-05) as d with (reprocess = 2d) {
    a = read(day = d.start)
    b = use(rows = a.rows)
    for i in [1] { read(day = d.start) }
    yield b.v
  }
}
"""
    tasks = [node for node in graph_of(tmp_path, text).nodes if isinstance(node, Task)]
    assert [task.id for task in tasks if task.refresh] == [
        "p[2026-01-04].a",
        "p[2026-01-04].for_1[0].read",
        "p[2026-01-05].a",
        "p[2026-01-05].for_1[0].read",
    ]


def test_a_key_may_name_a_file(tmp_path: Path) -> None:
    for day in ("2026-02-27", "2026-02-28"):
        (tmp_path / f"{day}.csv").write_text(f"day\n{day}\n", "utf-8")
    text = """
SUFFIX = "csv"
step count(rows: Dataset) -> (v: Int) { run shell "wc -l < $rows > $v" }
pipeline main(folder: String = ".", last: Date = 2026-02-28) {
  partition by day(from = 2026-02-27, to = last) as d {
    a = count(rows = dataset(f"{folder}/{d.key}.{SUFFIX}"))
  }
}
"""
    rows = lines(tmp_path, text, "partition_1[2026-02-27].a", "partition_1[2026-02-28].a")
    assert [re.findall(r"\d{4}-\d\d-\d\d\.csv", row)[0] for row in rows] == [
        "2026-02-27.csv",
        "2026-02-28.csv",
    ]
    with pytest.raises(Wrong, match=r"MLP0506: there is nothing at `\./2026-03-01\.csv`"):
        graph_of(tmp_path, text, {"last": "2026-03-01"})
    with pytest.raises(Wrong, match=r"MLP0902: .* must know this path when compiling"):
        graph_of(tmp_path, text.replace("to = last", "to = 2026-02-28"), frozen=False)


def test_what_reads_other_nodes_is_no_source(tmp_path: Path) -> None:
    (tmp_path / "query.sql").write_text("select 1", "utf-8")
    text = """
step ask(day: Date, query: File, options: Json) -> (found: Json, days: List[Int]) {
  run shell "echo 1 > $found"
}
step look(found: Json) -> (v: Int) { run shell "echo 1 > $v" }
pipeline main(options: Json = { deep = true }) {
  p = partition by day(from = 2026-01-01, to = 2026-01-02) as d with (reprocess = 1d) {
    asked = ask(day = d.start, query = file("query.sql"), options = options)
    looked = look(found = asked.found)
    counted = one(n = looked.v)
    when options != none { fixed = one(n = 7) }
    for each in asked.days { for inner in [each] { more = one(n = inner) } }
    yield counted.v
  }
}
"""
    nodes = graph_of(tmp_path, text).everything()
    refreshed = [node.id for node in nodes if isinstance(node, Task) and node.refresh]
    assert refreshed == ["p[2026-01-02].asked", "p[2026-01-02].fixed"]


@pytest.mark.parametrize(
    ("text", "words", "said"),
    [
        (
            DAYS.format(inside="", below=""),
            {"last": "2026-01-01"},
            "MLP0611: this range is empty: 2026-02-27 is after 2026-01-01",
        ),
        (
            DAYS.format(inside="", below=""),
            {"last": "2926-01-01"},
            "MLP0503: this range has 328,662 days, 100,000 at most",
        ),
        (
            KEYS,
            {"ks": '["a", "b", "a"]'},
            'MLP0504: the key "a" stands in the list twice',
        ),
        (
            """
pipeline main(w: Duration = 1d) {
  p = partition by day(from = 2026-01-01, to = 2026-01-05) as d {
    a = of(day = d.start)
    b = many(xs = trailing(a.v, w))
    yield b.v
  }
}
""",
            {"w": "36h"},
            "MLP0606: w is not a whole number of days",
        ),
        (
            """
pipeline main(w: Duration = 2d, least: Duration = 3d) {
  p = partition by day(from = 2026-01-01, to = 2026-01-05) as d { a = of(day = d.start) yield a.v }
  b = many(xs = trailing(p, w, at_least = least))
}
""",
            {},
            "MLP0609: `at_least` is longer than the window",
        ),
        (
            """
pipeline main(zone: String = "UTC") {
  p = partition by day(from = 2026-01-01, to = 2026-01-05, zone = zone) as d {
    a = of(day = d.start)
    yield a.v
  }
  partition by month(from = 2026-01-01, to = 2026-01-05) as m { b = many(xs = within(p, m)) }
}
""",
            {"zone": "Europe/Berlin"},
            "MLP0608: these days are in Europe/Berlin, those of this block in UTC",
        ),
    ],
)
def test_values_that_make_no_sense_are_said(
    text: str, words: dict[str, str], said: str, tmp_path: Path
) -> None:
    with pytest.raises(Wrong, match=f"^{re.escape(said)}$"):
        graph_of(tmp_path, text, words)


@pytest.mark.parametrize("condition", ["first <= last", "first <= last and run.day > first"])
def test_a_range_that_is_never_reached_may_be_empty(condition: str, tmp_path: Path) -> None:
    text = f"""
pipeline main(first: Date = 2026-02-27, last: Date = 2026-03-01) {{
  early = when {condition} {{
    daily = partition by day(from = first, to = last) as d {{ a = of(day = d.start) yield a.v }}
    yield all(daily)
  }} else {{
    other = partition by day(from = last, to = first) as d {{ b = of(day = d.start) yield b.v }}
    yield all(other)
  }}
}}
"""

    def tasks(last: str) -> list[str]:
        graph = graph_of(tmp_path, text, {"last": last, "run.day": "2026-06-01"})
        return [node.id for node in graph.everything() if isinstance(node, Task)]

    assert tasks("2026-02-26") == ["other[2026-02-26].b", "other[2026-02-27].b"]
    assert tasks("2026-02-28") == ["daily[2026-02-27].a", "daily[2026-02-28].a"]


def test_a_template_knows_no_range_of_parameters(tmp_path: Path) -> None:
    with pytest.raises(Wrong, match="must know the keys of this partition"):
        graph_of(tmp_path, DAYS.format(inside="", below=""), frozen=False)


def test_numbers_and_dates_are_keys(tmp_path: Path) -> None:
    text = """
pipeline main(ns: List[Int] = [10, 9], days: List[Date] = [2026-01-02]) {
  a = partition by key(ns) as n { x = one(n = n.key) yield x.v }
  b = partition by key(days) as d { y = of(day = d.key + 1d) yield y.v }
}
"""
    assert lines(tmp_path, text, "a[10].x", "a[9].x", "b[2026-01-02].y") == [
        "one(n = 10)",
        "one(n = 9)",
        "of(day = 2026-01-02 + 1d)",
    ]


def test_a_list_without_keys_has_no_partitions(tmp_path: Path) -> None:
    assert lines(tmp_path, KEYS, "partition_1", words={"ks": "[]"}) == ["join partition do"]
