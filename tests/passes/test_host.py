"""On the host no step keeps its image, wherever it stands, and none keeps the image's key."""

from __future__ import annotations

from millpond.compiler.ir.definitions import ContainerBody, Definition, ShellBody
from millpond.compiler.ir.graph import Graph
from millpond.compiler.ir.nodes import (
    Arm,
    Block,
    Branch,
    Hook,
    Map,
    Task,
)
from millpond.compiler.ir.settings import Environment, Settings
from millpond.compiler.ir.values import Literal, NodeId
from millpond.compiler.passes.host import on_host
from millpond.compiler.passes.keys import specs
from millpond.compiler.source import Span
from millpond.compiler.types.types import BOOL, STRING, ListOf

NOWHERE = Span("", 0, 0)
IMAGE = "train@sha256:" + "a" * 64
IN_IMAGE = Settings(environment=Environment(image=IMAGE, launcher="none"))
CONTAINER = Definition("c", (), (), ContainerBody(IMAGE, (Literal(STRING, "true"),)), NOWHERE)
SCRIPT = Definition("s", (), (), ShellBody("true", ()), NOWHERE)


def task(name: str, definition: Definition) -> Task:
    return Task(NodeId(name), definition, (), IN_IMAGE, (), NOWHERE)


def everywhere() -> Graph:
    items = Literal(ListOf(STRING), ["a"])
    loop = Map(
        id=NodeId("loop"),
        variable="x",
        items=items,
        body=Block((task("a", CONTAINER), task("b", SCRIPT)), None),
        type=None,
        max_parallel=None,
        allow_failures=0.0,
        after=(),
        span=NOWHERE,
    )
    choice = Branch(
        id=NodeId("choice"),
        arms=(
            Arm(Literal(BOOL, True), Block((task("d", SCRIPT),), None)),
            Arm(None, Block((loop,), None)),
        ),
        type=None,
        after=(),
        span=NOWHERE,
    )
    hook = Hook("finally", (task("e", CONTAINER),), NOWHERE)
    return Graph("p", (), (task("f", CONTAINER), choice), (), hooks=(hook,))


def test_every_task_leaves_its_image() -> None:
    before, after = everywhere(), on_host(everywhere())
    assert [node.id for node in after.everything()] == [node.id for node in before.everything()]
    tasks = [node for node in after.everything() if isinstance(node, Task)]
    assert len(tasks) == 5
    for each in tasks:
        assert each.settings.environment == Environment()
        body = each.definition.body
        assert not isinstance(body, ContainerBody) or body.image == ""


def test_no_key_is_that_of_the_image() -> None:
    inside, outside = (specs(g, lambda _: "x") for g in (everywhere(), on_host(everywhere())))
    assert inside.keys() == outside.keys()
    for name, spec in inside.items():
        assert spec.json["parts"] != outside[name].json["parts"]
        assert IMAGE not in str(outside[name].json)


def test_definitions_stay_shared() -> None:
    after = on_host(everywhere())
    bodies = {id(n.definition) for n in after.everything() if isinstance(n, Task)}
    assert len(bodies) == 2
