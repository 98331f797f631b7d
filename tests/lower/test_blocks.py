"""What blocks, gates, hooks and called pipelines become."""

from __future__ import annotations

from pathlib import Path

import pytest
from lower.lowering import graph_of, nodes_of

from millpond.compiler.ir.nodes import Select

CASES: dict[str, tuple[str, str]] = {
    "a list that is known becomes its branches": (
        """
pipeline main(q: List[Int] = [5, 6]) {
  f = for i in q with (max_parallel = 2, allow_failures = 50%) {
    a = one(n = i + 1)
    yield a.v
  }
  output f = f
}
""",
        """\
%"f[0].a" = one(n = 5 + 1)
%"f[1].a" = one(n = 6 + 1)
%f = join for { max_parallel = 2, allowed = 1 } gives List[Int] do
  "0": %"f[0].a" yield %"f[0].a".v
  "1": %"f[1].a" yield %"f[1].a".v
end
output f: List[Int] = %f.yield
""",
    ),
    "so does one whose length alone is known": (
        """
pipeline main() {
  a = one(n = 1)
  for i in [a.v, 2] { one(n = i) }
}
""",
        """\
%a = one(n = 1)
%"for_1[0].one" = one(n = %a.v)
%"for_1[1].one" = one(n = 2)
%for_1 = join for do
  "0": %"for_1[0].one"
  "1": %"for_1[1].one"
end
""",
    ),
    "another list waits; its body may hold what is known": (
        """
pipeline main() {
  a = one(n = 1)
  f = for i in range(a.v) with (allow_failures = 20%) {
    g = for j in [1, 2] { b = one(n = i + j) yield b.v }
    h = for j in g { c = one(n = i + j) yield c.v }
    yield { x = g[0], y = h }
  }
  output y = f[*].y
}
""",
        """\
%a = one(n = 1)
%f = for $i in (range(%a.v): List[Int]) { allow_failures = 0.2 } \
gives List[{ x: Int, y: List[Int] }] do
  %"f[*].g[0].b" = one(n = $i + 1)
  %"f[*].g[1].b" = one(n = $i + 2)
  %"f[*].g" = join for gives List[Int] do
    "0": %"f[*].g[0].b" yield %"f[*].g[0].b".v
    "1": %"f[*].g[1].b" yield %"f[*].g[1].b".v
  end
  %"f[*].h" = for $j in %"f[*].g".yield gives List[Int] do
    %"f[*].h[*].c" = one(n = $i + $j)
    yield %"f[*].h[*].c".v
  end
  yield { x = %"f[*].g".yield[0], y = %"f[*].h".yield }
end
output y: List[List[Int]] = (each.y(%f.yield): List[List[Int]])
""",
    ),
    "arms keep the names of what is bound; bare calls say which arm": (
        """
pipeline main(n: Int = 1) {
  a = one(n = n)
  w = when a.v > 1 {
    b = one(n = 1)
    post(n = 1)
    yield b.v
  } else when a.v > 0 {
    post(n = 2)
    yield 2
  } else {
    when n == 3 { post(n = 3) }
    post(n = 4)
    yield 3
  }
  output w = w
}
""",
        """\
%a = one(n = $n)
%w = when %a.v > 1 gives Int do
  %b = one(n = 1)
  %"w.post" = post(n = 1) { effects = true }
  yield %b.v
else when %a.v > 0 do
  %"w.else_when_1.post" = post(n = 2) { effects = true }
  yield 2
else do
  %when_1 = when $n == 3 do
    %"when_1.post" = post(n = 3) { effects = true }
  end
  %"w.else.post" = post(n = 4) { effects = true }
  yield 3
end
output w: Int = %w.yield
""",
    ),
    "gates hold back what is below them, and effects wait for all": (
        """
pipeline main(n: Int = 1) {
  a = one(n = n)
  for i in [1] {
    expect a.v > i
    b = one(n = i)
  }
  expect a.v > 0 else warn "low"
  approve "Really?" with (by = ["ops"], timeout = 1m)
  when a.v > 2 { c = one(n = 2) post(n = c.v) }
}
""",
        """\
%a = one(n = $n)
%"for_1[0].expect_1" = expect %a.v > 1 else fail as "a.v > i"
%"for_1[0].b" = one(n = 1) behind %"for_1[0].expect_1"
%for_1 = join for do
  "0": %"for_1[0].expect_1", %"for_1[0].b"
end
%expect_2 = expect %a.v > 0 else warn "low" as "a.v > 0"
%approve_1 = approve "Really?" { by = ["ops"], timeout = 60.0 } after %for_1 behind %expect_2
%when_1 = when %a.v > 2 behind %expect_2, %approve_1 do
  %c = one(n = 2) behind %expect_2, %approve_1
  %"when_1.post" = post(n = %c.v) { effects = true } after %for_1 behind %expect_2, %approve_1
end
""",
    ),
    "a person is asked when all above is over, and other branches are not above": (
        """
pipeline ship(n: Int) {
  approve f"ship {n}?"
  s = post(n = n)
}
pipeline main(n: Int = 1) {
  a = one(n = n)
  b = one(n = a.v)
  for i in [1, 2] {
    c = one(n = i)
    ship(n = i)
  }
  d = one(n = n)
  approve "And now?"
  when b.v > 1 {
    e = one(n = 5)
    approve "Really?"
    post(n = e.v)
  }
}
""",
        """\
%a = one(n = $n)
%b = one(n = %a.v)
%"for_1[0].c" = one(n = 1)
%"for_1[0].ship.approve_1" = approve text("ship ", 1, "?") after %b, %"for_1[0].c"
%"for_1[0].ship.s" = post(n = 1) { effects = true } behind %"for_1[0].ship.approve_1"
%"for_1[1].c" = one(n = 2)
%"for_1[1].ship.approve_1" = approve text("ship ", 2, "?") after %b, %"for_1[1].c"
%"for_1[1].ship.s" = post(n = 2) { effects = true } behind %"for_1[1].ship.approve_1"
%for_1 = join for do
  "0": %"for_1[0].c", %"for_1[0].ship.approve_1", %"for_1[0].ship.s"
  "1": %"for_1[1].c", %"for_1[1].ship.approve_1", %"for_1[1].ship.s"
end
%d = one(n = $n)
%approve_1 = approve "And now?" after %for_1, %d
%when_1 = when %b.v > 1 behind %approve_1 do
  %e = one(n = 5) behind %approve_1
  %approve_2 = approve "Really?" after %e behind %approve_1
  %"when_1.post" = post(n = %e.v) { effects = true } after %for_1 behind %approve_1, %approve_2
end
""",
    ),
    "what is yielded below a gate that may stop reads that it did not": (
        """
pipeline main() {
  a = one(n = 1)
  f = for i in [1] {
    expect a.v > i else stop
    yield 3
  }
  expect a.v > 3 else stop
  output f = f
}
""",
        """\
%a = one(n = 1)
%"f[0].expect_1" = expect %a.v > 1 else stop as "a.v > i"
%f = join for gives List[Int] do
  "0": %"f[0].expect_1" yield if(%"f[0].expect_1".passed, 3, \
(absent."f[0].expect_1 stopped before it"(): Int))
end
%expect_2 = expect %a.v > 3 else stop as "a.v > 3"
output f: List[Int]? = soft(if(%expect_2.passed, %f.yield, \
(absent."expect_2 stopped before it"(): List[Int])))
""",
    ),
    "a called pipeline stands where its call stands": (
        """
pipeline inner(k: Float, m: Int = 4) {
  a = one(n = m)
  expect a.v > 0
  for i in [1] { b = one(n = i) }
  output v = a.v
  output k = k
  on failure { post(n = a?.v ?? 0) }
}
pipeline main(n: Int = 1) {
  z = one(n = 9)
  s = inner(k = n) after z
  c = one(n = s.v) after s
  post(n = 1)
  output k = s.k
}
""",
        """\
%z = one(n = 9)
%"s.a" = one(n = 4) after %z
%"s.expect_1" = expect %"s.a".v > 0 else fail as "a.v > 0" after %z
%"s.for_1[0].b" = one(n = 1) after %z behind %"s.expect_1"
%"s.for_1" = join for after %z behind %"s.expect_1" do
  "0": %"s.for_1[0].b"
end
%c = one(n = %"s.a".v) after %"s.for_1"
%post = post(n = 1) { effects = true } after %"s.expect_1"
on failure of %s holding %"s.a", %"s.expect_1", %"s.for_1[0].b", %"s.for_1" do
  %"s.on_failure.post" = post(n = hindsight(%"s.a".v) ?? 0) { effects = true } again
end
output k: Float = float($n)
""",
    ),
    "hooks read softly and name their bare calls": (
        """
pipeline main() {
  a = one(n = 1)
  on failure { post(n = a?.v ?? 0) }
  on success { b = one(n = 1) post(n = b.v) }
  finally { when a != none { post(n = 2) } }
}
""",
        """\
%a = one(n = 1)
on failure do
  %"on_failure.post" = post(n = hindsight(%a.v) ?? 0) { effects = true } again
end
on success do
  %b = one(n = 1) again
  %"on_success.post" = post(n = %b.v) { effects = true } again
end
on finally do
  %when_1 = when hindsight({ v = %a.v }) != none do
    %"when_1.post" = post(n = 2) { effects = true } again
  end
end
""",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_pipeline_becomes_this_graph(name: str, tmp_path: Path) -> None:
    text, expected = CASES[name]
    assert nodes_of(graph_of(tmp_path, text)) == expected


def test_a_template_waits_for_the_list_of_a_parameter(tmp_path: Path) -> None:
    text = """
pipeline main(q: List[Int] = [5, 6]) {
  for i in q { one(n = i) }
}
"""
    graph = graph_of(tmp_path, text, frozen=False)
    assert (
        nodes_of(graph)
        == """\
%for_1 = for $i in $q do
  %"for_1[*].one" = one(n = $i)
end
"""
    )


def test_a_variable_called_like_a_parameter_of_the_caller_stays_apart(tmp_path: Path) -> None:
    text = """
pipeline inner(xs: List[Int]) {
  f = for n in xs { a = one(n = n) yield a.v }
  output f = f
}
pipeline main(n: Int = 1) {
  b = one(n = n)
  s = inner(xs = range(b.v))
  output f = s.f
}
"""
    assert '%"s.f" = for $n_ in (range(%b.v): List[Int])' in nodes_of(graph_of(tmp_path, text))


def test_settings_may_depend_on_an_item_that_is_known(tmp_path: Path) -> None:
    text = """
pipeline main() {
  for i in [1, 2] { one(n = i) with (resources = { memory = 1GB * i }, timeout = 1m * i) }
}
"""
    shown = nodes_of(graph_of(tmp_path, text))
    assert "{ resources.memory = 1000000000, timeout = 60 }" in shown
    assert "{ resources.memory = 2000000000, timeout = 120 }" in shown


def test_values_of_values_stay_small(tmp_path: Path) -> None:
    chain = [f"  v{i} = v{i - 1} + 1" for i in range(1, 2000)]
    twice = [f"  w{i} = w{i - 1} + w{i - 1}" for i in range(1, 60)]
    known = [f"  k{i} = k{i - 1} + 1" for i in range(1, 500)]
    text = "\n".join(
        [
            "pipeline inner(n: Int) {",
            "  output v = n + n",
            "}",
            "pipeline main(p: Int = 1) {",
            "  a = one(n = 1)",
            "  v0 = a.v",
            "  w0 = a.v",
            "  k0 = p",
            *chain,
            *twice,
            *known,
            "  s0 = inner(n = a.v)",
            *(f"  s{i} = inner(n = s{i - 1}.v)" for i in range(1, 40)),
            "  b = one(n = v1999 + w59 + s39.v)",
            "  for i in range(k499 - 490) { one(n = i) }",
            "}",
        ]
    )
    graph = graph_of(tmp_path, text)
    helpers = [node for node in graph.nodes if isinstance(node, Select)]
    assert 20 < len(helpers) < 60
    assert sum(node.id.startswith("for_1[") for node in graph.nodes) == 10
    assert max(map(len, nodes_of(graph).splitlines())) < 100_000


SUB = """
pipeline sub(n: Int) {
  a = one(n = n)
  output v = a.v
  finally { post(n = n + (a?.v ?? 0)) }
}
"""


def test_hooks_of_a_called_pipeline_name_the_nodes_of_the_call(tmp_path: Path) -> None:
    text = f"""{SUB}
pipeline main() {{
  a0 = one(n = 1)
  s = sub(n = a0.v)
  t = sub(n = 3)
}}
"""
    shown = nodes_of(graph_of(tmp_path, text))
    assert (
        shown.partition("on finally")[2]
        == """\
 of %s holding %"s.a" do
  %"s.finally.post" = post(n = %a0.v + (hindsight(%"s.a".v) ?? 0)) { effects = true } again
end
on finally of %t holding %"t.a" do
  %"t.finally.post" = post(n = 3 + (hindsight(%"t.a".v) ?? 0)) { effects = true } again
end
"""
    )


def test_hooks_of_a_pipeline_called_in_a_block_come_with_the_block(tmp_path: Path) -> None:
    text = f"""{SUB}
pipeline main() {{
  a0 = one(n = 1)
  for i in range(a0.v) {{ s = sub(n = i) }}
}}
"""
    assert (
        nodes_of(graph_of(tmp_path, text))
        == """\
%a0 = one(n = 1)
%for_1 = for $i in (range(%a0.v): List[Int]) do
  %"for_1[*].s.a" = one(n = $i)
  on finally of %"for_1[*].s" holding %"for_1[*].s.a" do
    %"for_1[*].s.finally.post" = post(n = $i + (hindsight(%"for_1[*].s.a".v) ?? 0)) EFFECTS
  end
end
""".replace("EFFECTS", "{ effects = true } again")
    )
