"""Every graph can be written as text and read back, and the text is pleasant to read."""

from __future__ import annotations

import pytest
from hypothesis import given
from ir.graphs import FILES, graphs

from millpond.compiler.ir.graph import Graph
from millpond.compiler.ir.text import from_text, to_text
from millpond.compiler.ir.text.scan import TextFault
from millpond.compiler.ir.text.spell import spell_word
from millpond.compiler.ir.verify import verify

FLIGHTS = """\
schema Flights { day: Date, pressure: Float?, late: Bool }
schema Quality { auc: Float, recall: Float }
pipeline delays(min_auc: Float = 0.7 "How good it must be.", day: Date = 2013-12-01) \
{ timeout = 3600.0, labels = {"team": "ml"} }
  step clean python "flights.data:clean" (late_after: Duration) -> (rows: Dataset[Flights])
  step fit python "flights.train:fit" (train: Dataset[Flights], rounds: Int = 100) -> \
(model: Model, metrics: Metrics[Quality]) { digest = "ab12" }
    check Quality $auc <= 1.0 else fail as "auc <= 1.0"
  step register shell "curl -d @\\"$model\\" \\"$URL\\"\\n" (model: Model, tag: String?) -> \
(id: "a" | "b")
  step pack container "alpine@sha256:ab12" (model: Model) -> (zip: File) ["zip", $zip, $model]
  %cleaned = clean(late_after = 15m)
  %fitted = fit(train = %cleaned.rows, rounds = 400) { resources.cpu = 2.0, timeout = 900.0 } \
alias %again
  %expect_1 = expect %fitted.metrics.auc >= $min_auc else fail \
text("AUC ", %fitted.metrics.auc) as "auc >= min_auc"
  %registered = register(model = %fitted.model, tag = json(null: String?)) { effects = true } \
after %expect_1
  %packed = pack(model = %fitted.model) after %expect_1
  output auc: Float = %fitted.metrics.auc
  output doubled: Int = (len(json([1, 2]: List[Int])) + 1) * 2
"""


BLOCKS = """\
schema Sales { units: Int, note: String? }
pipeline shops(keys: List[String]) { max_parallel = 4 }
  step read python "shops:read" (key: String) -> (rows: Dataset[Sales])
    check Sales $units >= 0 else fail "no returns" as "units >= 0"
    check Sales null_rate($note) < 0.5 else warn as "null_rate(note) < 50%"
  step post shell "true" (size: Int?) -> ()
  step "join" python "shops:join" (parts: List[Dataset[Sales]]) -> (size: Int)
  %approve_1 = approve text("All of ", len($keys), "?") { by = ["ops"], timeout = 60.0 }
  %parts = for $key in $keys { max_parallel = 2, allow_failures = 0.5 } \
gives List[Dataset[Sales]] behind %approve_1 do
    %"parts[*].got" = read(key = $key) again behind %approve_1
    %"parts[*].when_1" = when $key != "x" do
      %"parts[*].when_1.post" = post(size = 1) after %"parts[*].got"
    else when $key == "y" do
    else do
    end
    yield %"parts[*].got".rows
  end
  %"days[a].n" = "join"(parts = gather(%parts.yield[0]))
  %"days[b].n" = "join"(parts = %parts.yield) { checks.made = false }
  %days = join partition gives List[{ key: String, value: Int }] after %parts do
    "a": %"days[a].n" yield %"days[a].n".size
    "b": %"days[b].n" yield if(%approve_1.passed, %"days[b].n".size, (absent."it stopped"(): Int))
  end
  %some = join for { max_parallel = 3, allowed = 1 } do
    "0":
  end
  on failure do
    %"on_failure.post" = post(size = soft(%"days[a].n".size))
  end
  on finally do
  end
  output all: List[{ key: String, value: Int }] = %days.yield
"""


@pytest.mark.parametrize("text", [FLIGHTS, BLOCKS, "pipeline empty()\n"])
def test_a_text_is_read_and_written_alike(text: str) -> None:
    graph = from_text(text)
    verify(graph, "reading")
    assert to_text(graph) == text


@given(graphs(hooked=True))
def test_every_graph_comes_back(graph: Graph) -> None:
    verify(graph, "drawing it")
    text = to_text(graph)
    read = from_text(text, FILES)
    verify(read, "reading")
    assert to_text(read) == text
    assert read == graph


@given(graphs(hooked=True))
def test_the_text_has_a_line_for_each_node_and_output(graph: Graph) -> None:
    lines = [line.strip() for line in to_text(graph).splitlines()]
    for node in graph.everything():
        assert sum(line.startswith(f"%{spell_word(node.id)} = ") for line in lines) == 1
    assert sum(line.startswith("output ") for line in lines) == len(graph.outputs)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("pipeline p(a: Integer)", "line 1: a type instead of `Integer` wanted before `)`"),
        ("pipeline p()\n  %a = expect true as 1", "line 2: `else` wanted before `as 1`"),
        (
            "pipeline p()\n  output a: Int = 1 1",
            "a step, a node, a hook or an output wanted before `1`",
        ),
    ],
)
def test_what_is_no_graph_is_refused_with_its_line(text: str, fault: str) -> None:
    with pytest.raises(TextFault, match=fault.replace("(", r"\(").replace(")", r"\)")):
        from_text(text)


def test_steps_of_one_name_are_told_apart() -> None:
    text = """\
pipeline p()
  step fit shell "true" () -> (a: Int)
  step fit#2 shell "false" () -> (a: Int)
  %a = fit()
  %b = fit#2()
"""
    graph = from_text(text)
    assert [node.definition.name for node in graph.nodes] == ["fit", "fit"]  # type: ignore[union-attr]
    assert to_text(graph) == text
