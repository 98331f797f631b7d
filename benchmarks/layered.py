"""One layered pipeline, described once and written for Millpond, hera, kfp and miniwdl.

Every node but the first three takes three values of the layer before its own. Two definitions
serve all nodes, as one step is called many times in a real pipeline.
"""

from __future__ import annotations

from random import Random

IMAGE = "ghcr.io/acme/steps@sha256:" + "3f1c8e5a9d0b7264" * 4
WIDTH = 20  # layers


def layered(count: int) -> list[tuple[int, ...]]:
    """For each of `count` nodes the three nodes it takes values of; none for the first three."""
    width = max(3, count // WIDTH)
    found: list[tuple[int, ...]] = [()] * min(3, count)
    for node in range(3, count):
        layer = node // width
        above = range((layer - 1) * width, layer * width) if layer else range(node)
        found.append(tuple(sorted(Random(node).sample(above, 3))))
    return found


def last(nodes: list[tuple[int, ...]]) -> list[int]:
    """The nodes that no other takes a value of."""
    taken = {above for inputs in nodes for above in inputs}
    return [node for node in range(len(nodes)) if node not in taken]


def mlp(nodes: list[tuple[int, ...]]) -> str:
    """For Millpond."""
    lines = [
        "edition 2026",
        'step seed(number: Int) -> (value: Int) { run shell "echo $number > $value" }',
        "step add(a: Int, b: Int, c: Int) -> (value: Int) {",
        '  run shell "echo $((a + b + c)) > $value"',
        "}",
        "pipeline layered() {",
    ]
    for node, inputs in enumerate(nodes):
        if inputs:
            a, b, c = (f"n{above}.value" for above in inputs)
            lines.append(f"  n{node} = add(a = {a}, b = {b}, c = {c})")
        else:
            lines.append(f"  n{node} = seed(number = {node})")
    lines += [f"  output o{node} = n{node}.value" for node in last(nodes)]
    lines.append("}")
    for kind in ("argo", "kubeflow"):
        lines += [
            f"target on_{kind}: {kind} {{",
            '  artifacts = "s3://bucket/layered"',
            f'  defaults {{ environment {{ image = "{IMAGE}" }} }}',
            "}",
        ]
    return "\n".join(lines) + "\n"


def hera(nodes: list[tuple[int, ...]]) -> str:
    """A program that writes an Argo workflow with hera."""
    lines = [
        "from hera.workflows import DAG, Container, Parameter, Workflow, models as m",
        "def template(name, *inputs):",
        "    return Container(name=name, image='busybox', command=['sh', '-c', 'echo 1'],",
        "        inputs=[Parameter(name=i) for i in inputs],",
        "        outputs=[Parameter(name='value', value_from=m.ValueFrom(path='/tmp/value'))])",
        "def of(task):",
        "    return '{{tasks.%s.outputs.parameters.value}}' % task.name",
        "with Workflow(generate_name='layered-', entrypoint='layered') as workflow:",
        "    seed = template('seed', 'number')",
        "    add = template('add', 'a', 'b', 'c')",
        "    with DAG(name='layered'):",
    ]
    for node, inputs in enumerate(nodes):
        if inputs:
            given = ", ".join(f"{k!r}: of(n{i})" for k, i in zip("abc", inputs, strict=True))
            lines.append(f"        n{node} = add(name='n{node}', arguments={{{given}}})")
            lines.append(f"        [{', '.join(f'n{i}' for i in inputs)}] >> n{node}")
        else:
            lines.append(
                f"        n{node} = seed(name='n{node}', arguments={{'number': '{node}'}})"
            )
    lines.append("import sys; open(sys.argv[1], 'w').write(workflow.to_yaml())")
    return "\n".join(lines) + "\n"


def kfp(nodes: list[tuple[int, ...]]) -> str:
    """A program that compiles for Kubeflow with its SDK; all nodes share two components."""
    lines = [
        "import sys",
        "from kfp import compiler, dsl",
        "@dsl.component(base_image='python:3.11')",
        "def seed(number: int) -> int:",
        "    return number",
        "@dsl.component(base_image='python:3.11')",
        "def add(a: int, b: int, c: int) -> int:",
        "    return a + b + c",
        "@dsl.pipeline(name='layered')",
        "def layered():",
    ]
    for node, inputs in enumerate(nodes):
        if inputs:
            given = ", ".join(f"{k}=n{i}.output" for k, i in zip("abc", inputs, strict=True))
            lines.append(f"    n{node} = add({given})")
        else:
            lines.append(f"    n{node} = seed(number={node})")
    lines.append("compiler.Compiler().compile(layered, sys.argv[1])")
    return "\n".join(lines) + "\n"


def wdl(nodes: list[tuple[int, ...]]) -> str:
    """For `miniwdl check`."""
    lines = [
        "version 1.0",
        "task seed { input { Int number } command { echo ~{number} }",
        "  output { Int value = read_int(stdout()) } runtime { docker: 'busybox' } }",
        "task add { input { Int a Int b Int c } command { echo $((~{a} + ~{b} + ~{c})) }",
        "  output { Int value = read_int(stdout()) } runtime { docker: 'busybox' } }",
        "workflow layered {",
    ]
    for node, inputs in enumerate(nodes):
        if inputs:
            a, b, c = (f"n{above}.value" for above in inputs)
            lines.append(f"  call add as n{node} {{ input: a = {a}, b = {b}, c = {c} }}")
        else:
            lines.append(f"  call seed as n{node} {{ input: number = {node} }}")
    lines.append("}")
    return "\n".join(lines) + "\n"
