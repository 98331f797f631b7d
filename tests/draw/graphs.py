"""The pipelines that are drawn here: the flights example, and one with awkward names."""

from __future__ import annotations

from pathlib import Path

from millpond.compiler.ir.graph import Graph
from millpond.compiler.ir.text import from_text

HERE = Path(__file__).parent

AWKWARD = """\
pipeline "end"(a: "x" | "<&>")
  step "graph" shell "true" (n: Int) -> ("out <&>": Map[String, Int], b: Int)
  step graph#2 shell "true" (n: Int) -> (b: Int)
  %end = "graph"(n = 1)
  %"a b" = "graph"(n = %end.b) alias %"a;c"
  %a__b = graph#2(n = 2) after %end, %"a b"
  %expect_1 = expect %end.b > 1 else warn as "`x` #1 <b> \\"&\\" \\\\"
  %"学习" = graph#2(n = %"a b".b) after %expect_1, %end
  output end: Int = %end.b + %"a b".b
  output constant: Int = 1
"""


def flights() -> Graph:
    return from_text((HERE / "flights.txt").read_text(encoding="utf-8"))


def awkward() -> Graph:
    return from_text(AWKWARD)
