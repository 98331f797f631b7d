"""Writes a DAG down for each tool, as its documentation recommends.

Files that stay as they are are not touched. The work of a step is the same line of shell for ninja,
make, doit, Snakemake and DVC, all of it in one process, and a function for redun and Millpond.
"""

from __future__ import annotations

import json
from pathlib import Path

from .dags import MODULUS, Dag

_FUNCTIONS = f'''"""The bodies of the steps."""


def first(source, n):
    with open(source, encoding="utf-8") as file:
        return (int(file.read()) + n) % {MODULUS}


def add(a, b, c, n):
    return (a + b + c + n) % {MODULUS}


def own(a, b, c, n):
    OWN
'''
_OWN = (f"return (a + b + c + n) % {MODULUS}", f"return (n + c + b + a) % {MODULUS}")


def command(dag: Dag, step: int, *, keep: bool = False) -> str:
    """The shell line of a step; with `keep` it leaves a file that comes out the same untouched."""
    s = f"{step}; : anew" if dag.edited and step == dag.own else str(step)
    line = f"s={s}; for f in {' '.join(reads(dag, step))}; do read v < $f; s=$((s + v)); done"
    line += f"; s=$((s % {MODULUS}))"
    if keep:
        line += f'; {{ read old < s{step}; }} 2> /dev/null; [ "$old" = $s ] ||'
        return f"{line} echo $s > s{step}"
    return f"{line}; echo $s > s{step}"


def reads(dag: Dag, step: int) -> list[str]:
    """The files that a step reads."""
    return [f"s{above}" for above in dag.inputs[step]] or [f"in{step}"]


def put(path: Path, text: str) -> None:
    """Writes a file unless it holds just that: a time stamp says that something changed."""
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


def write_sources(dag: Dag, folder: Path) -> None:
    """The files that steps read."""
    for step in dag.sources:
        put(folder / f"in{step}", f"{dag.source(step)}\n")


def write_mlp(dag: Dag, folder: Path) -> None:
    """A pipeline of Python steps."""
    numbers = ", ".join(f"{name}: Int" for name in "abc")
    lines = [
        "edition 2026",
        'step first(source: File, n: Int) -> (sum: Int) { run python "work:first" }',
        f'step add({numbers}, n: Int) -> (sum: Int) {{ run python "work:add" }}',
        f'step own({numbers}, n: Int) -> (sum: Int) {{ run python "work:own" }}',
        "pipeline dag() {",
    ]
    for step, above in enumerate(dag.inputs):
        if not above:
            lines.append(f'  s{step} = first(source = file("in{step}"), n = {step})')
            continue
        given = [*(f"s{other}.sum" for other in above), "0", "0"][:3]
        words = ", ".join(f"{a} = {value}" for a, value in zip("abc", given, strict=True))
        name = "own" if step == dag.own else "add"
        lines.append(f"  s{step} = {name}({words}, n = {step})")
    sinks = ", ".join(f"s{step}.sum" for step in dag.sinks)
    lines += [f"  output sinks: List[Int] = [{sinks}]", "}", ""]
    put(folder / "dag.mlp", "\n".join(lines))
    put(folder / "work.py", _FUNCTIONS.replace("OWN", _OWN[dag.edited]))


def write_ninja(dag: Dag, folder: Path) -> None:
    """With `restat`, so that a file that comes out the same wakes nothing."""
    lines = ["rule sh", "  command = $line", "  restat = 1"]
    for step in range(len(dag.inputs)):
        lines.append(f"build s{step}: sh {' '.join(reads(dag, step))}")
        lines.append(f"  line = {command(dag, step, keep=True).replace('$', '$$')}")
    put(folder / "build.ninja", "\n".join([*lines, ""]))


def write_make(dag: Dag, folder: Path) -> None:
    """make looks at time stamps alone, not at commands."""
    lines = [f"all: {' '.join(f's{step}' for step in dag.sinks)}"]
    for step in range(len(dag.inputs)):
        line = command(dag, step).replace("$", "$$")
        lines += [f"s{step}: {' '.join(reads(dag, step))}", f"\t@{line}"]
    put(folder / "Makefile", "\n".join([*lines, ""]))


def write_doit(dag: Dag, folder: Path) -> None:
    """With `config_changed`, as doit does not look at commands by itself."""
    rows = [(reads(dag, step), command(dag, step)) for step in range(len(dag.inputs))]
    text = f"""from doit.tools import config_changed
STEPS = {rows!r}
def task_step():
    for number, (reads, line) in enumerate(STEPS):
        yield {{
            "name": str(number),
            "file_dep": reads,
            "targets": [f"s{{number}}"],
            "actions": [["sh", "-c", line]],
            "uptodate": [config_changed(line)],
        }}
"""
    put(folder / "dodo.py", text)


def write_snakemake(dag: Dag, folder: Path) -> None:
    """Two rules with a wildcard: a rule for every step would take longer to read."""
    files = [reads(dag, step) for step in range(len(dag.inputs))]
    sinks = [f"s{step}" for step in dag.sinks]
    loop = f"for f in {{input}}; do read v < $f; s=$((s + v)); done; s=$((s % {MODULUS}))"
    anew = "; : anew" if dag.edited else ""
    text = f"""FILES = {files!r}
wildcard_constraints:
    i=r"\\d+",
ruleorder: own > add
rule all:
    input: {sinks!r}
rule add:
    input: lambda w: FILES[int(w.i)]
    output: "s{{i}}"
    shell: "s={{wildcards.i}}; {loop}; echo $s > {{output}}"
rule own:
    input: FILES[{dag.own}]
    output: "s{dag.own}"
    shell: "s={dag.own}{anew}; {loop}; echo $s > {{output}}"
"""
    put(folder / "Snakefile", text)


def write_dvc(dag: Dag, folder: Path) -> None:
    """One stage for each step, its output in DVC's cache."""
    stages = {
        f"s{step}": {
            "cmd": command(dag, step),
            "deps": reads(dag, step),
            "outs": [f"s{step}"],
        }
        for step in range(len(dag.inputs))
    }
    put(folder / "dvc.yaml", json.dumps({"stages": stages}, indent=1) + "\n")


def write_redun(dag: Dag, folder: Path) -> None:
    """Tasks are functions, and their sources are files that redun looks at."""
    text = _FUNCTIONS.replace("OWN", _OWN[dag.edited]).replace("\ndef ", "\n@task()\ndef ")
    text = text.replace("open(source, ", "source.open(").replace(', encoding="utf-8"', "")
    lines = [
        "from redun import File, task",
        'redun_namespace = "dag"',
        text.replace('source.open(encoding="utf-8")', "source.open()"),
        "@task()",
        "def main():",
        "    s = {}",
    ]
    for step, above in enumerate(dag.inputs):
        if not above:
            lines.append(f'    s[{step}] = first(File("in{step}"), {step})')
            continue
        given = ", ".join([*(f"s[{other}]" for other in above), "0", "0"][:3])
        lines.append(f"    s[{step}] = {'own' if step == dag.own else 'add'}({given}, {step})")
    lines += [f"    return [s[step] for step in {dag.sinks!r}]", ""]
    put(folder / "workflow.py", "\n".join(lines))
