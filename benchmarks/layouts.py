"""Lays a pipeline out as a project of each tool, in the way that its documentation recommends.

Snakemake and DVC are told the files of code that a step runs, `common.py` and the requirements
where it needs them; parameters stand in the file that they watch. redun's tasks include in their
hash every function, constant and version that they reach. Nothing is touched that stays as it is.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from .pipelines import LIBRARY, File, From, Json, Pipeline, Step
from .written import put

LAUNCH = '''"""Runs one step: results come and go as JSON files."""

import importlib
import json
import os
import sys
from pathlib import Path

module, function, out, *words = sys.argv[1:]
given = {}
for word in words:
    name, kind, value = word.split("=", 2)
    if kind == "from":
        given[name] = json.loads(Path(value).read_text())
    elif kind == "all":
        given[name] = [json.loads(Path(path).read_text()) for path in value.split()]
    else:
        given[name] = value if kind == "path" else json.loads(value)
with open(os.environ["LEDGER"], "a") as ledger:
    ledger.write(f"{out}\\n")
result = getattr(importlib.import_module(module), function)(**given)
Path(out).parent.mkdir(exist_ok=True)
Path(out).write_text(json.dumps(result))
'''


def write_project(pipeline: Pipeline, folder: Path) -> None:
    """What all tools share: the code, the data, and the packages that are installed."""
    (folder / "src").mkdir(exist_ok=True)
    for file in set((folder / "src").glob("*.py")) - {folder / "src" / n for n in pipeline.code}:
        file.unlink()
    for name, text in pipeline.code.items():
        put(folder / "src" / name, text)
    for name, text in pipeline.data.items():
        put(folder / name, text)
    write_packages(pipeline, folder / LIBRARY)
    put(folder / "requirements.txt", f"scaling=={pipeline.packages['scaling']}\n")


def write_packages(pipeline: Pipeline, library: Path) -> None:
    """Installs the packages in a folder, in the versions that are wanted now."""
    library.mkdir(parents=True, exist_ok=True)
    for name, version in pipeline.packages.items():
        text = f"VERSION = {version!r}\n\n\ndef scaled(number):\n    return number\n"
        put(library / f"{name}.py", text)
        for old in library.glob(f"{name}-*.dist-info"):
            if old.name != f"{name}-{version}.dist-info":
                shutil.rmtree(old)
        about = library / f"{name}-{version}.dist-info"
        about.mkdir(exist_ok=True)
        put(about / "METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        put(about / "RECORD", f"{name}.py,,\n")
        put(about / "top_level.txt", f"{name}\n")


def write_mlp(pipeline: Pipeline, folder: Path) -> None:
    """For Millpond."""
    defined = {step.function: _definition(step) for step in pipeline.steps}
    lines = ["edition 2026", *defined.values(), f"pipeline {pipeline.name}() {{"]
    keyed = [step for step in pipeline.steps if step.keyed]
    for step in pipeline.steps:
        if step.keyed:
            if step is keyed[0]:
                keys = json.dumps(pipeline.keys)
                lines.append(f"  by_key = partition by key({keys}) as at {{")
            lines.append(f"    {_call(step, pipeline)}")
            if step is keyed[-1]:
                given = ", ".join(f"{each.name} = {each.name}.out" for each in keyed)
                lines += [f"    yield {{ {given} }}", "  }"]
        else:
            lines.append(f"  {_call(step, pipeline)}")
    lines += [f"  output result = {pipeline.steps[-1].name}.out", "}", ""]
    put(folder / "pipeline.mlp", "\n".join(lines))


def _definition(step: Step) -> str:
    types = {
        name: "File" if isinstance(of, File) else "List[Json]" if of.all else "Json"
        for name, of in step.inputs.items()
    }
    kinds = {int: "Int", float: "Float", str: "String"}
    types |= {name: kinds[type(value)] for name, value in step.parameters.items()}
    types |= {"key": "String"} if step.key else {}
    said = [f'run python "{step.module}:{step.function}"']
    said += [f"env {{ {n} = {json.dumps(value)} }}" for n, value in step.env.items()]
    said += [f"resources {{ memory = {step.memory}MB }}"] if step.memory else []
    said += [f"retry {{ attempts = {step.attempts} }}"] if step.attempts else []
    said += [f"timeout = {step.timeout}s"] if step.timeout else []
    ports = ", ".join(f"{name}: {type_}" for name, type_ in types.items())
    return "\n  ".join([f"step {step.function}({ports}) -> (out: Json) {{", *said]) + "\n}"


def _call(step: Step, pipeline: Pipeline) -> str:
    def value(of: object) -> str:
        if isinstance(of, File):
            return f'file("{of.path}")'
        return f"all(by_key)[*].{of.step}" if of.all else f"{of.step}.out"  # type: ignore[attr-defined]

    given = {name: value(of) for name, of in step.inputs.items()}
    given |= {name: json.dumps(of) for name, of in step.parameters.items()}
    given |= {"key": "at.key"} if step.key else {}
    return f"{step.name} = {step.function}({', '.join(f'{n} = {v}' for n, v in given.items())})"


def _sinks(pipeline: Pipeline) -> list[Step]:
    """The steps that no other reads: what is not asked for is not done by every tool."""
    inputs = (of for step in pipeline.steps for of in step.inputs.values())
    read = {of.step for of in inputs if isinstance(of, From)}
    return [step for step in pipeline.steps if step.name not in read]


def _path(step: Step, key: str | None) -> str:
    return f"out/{step.output}.{key}.json" if step.keyed else f"out/{step.output}.json"


def _reads(step: Step) -> list[str]:
    """The code and requirements that a step depends on."""
    shared = ["src/common.py"] if step.uses else []
    return [f"src/{step.module}.py", *shared, *(["requirements.txt"] if step.bumped else [])]


def _line(step: Step, out: str, given: dict[str, tuple[str, str]]) -> str:
    """The command that runs a step."""
    said = [f"{name}={value}" for name, value in step.env.items()]
    words = [f"'{name}={kind}={value}'" for name, (kind, value) in given.items()]
    launch = ("python", "src/launch.py", step.module, step.function, out)
    return " ".join((*said, *launch, *words))


def write_snakemake(pipeline: Pipeline, folder: Path) -> None:
    """For Snakemake: a rule for each step, its key a wildcard, parameters in `config.yaml`."""
    put(folder / "src" / "launch.py", LAUNCH)
    settings = {step.output: dict(step.parameters) for step in pipeline.steps if step.parameters}
    put(folder / "config.yaml", json.dumps({"keys": pipeline.keys, **settings}) + "\n")
    results = ", ".join(f'"{_path(step, None)}"' for step in _sinks(pipeline))
    lines = ['configfile: "config.yaml"', "rule all:", f"    input: {results}"]
    for step in pipeline.steps:
        inputs = [f'code{at}="{path}"' for at, path in enumerate(_reads(step))]
        given: dict[str, tuple[str, str]] = {}
        for name, of in step.inputs.items():
            if isinstance(of, File):
                inputs.append(f'{name}="{of.path}"')
                given[name] = ("path", f"{{input.{name}}}")
                continue
            other = pipeline.step(of.step)
            path = _path(other, "{key}")
            shown = f'expand("{path}", key=config["keys"])' if of.all else f'"{path}"'
            inputs.append(f"{name}={shown}")
            given[name] = ("all" if of.all else "from", f"{{input.{name}}}")
        lines += [f"rule {step.name}:", f"    input: {', '.join(inputs)}"]
        lines.append(f'    output: "{_path(step, "{key}")}"')
        if step.parameters:
            read = (f'{n}=config["{step.output}"]["{n}"]' for n in step.parameters)
            lines.append(f"    params: {', '.join(read)}")
            given |= {name: ("json", f"{{params.{name}}}") for name in step.parameters}
        if step.key:
            given["key"] = ("json", r"\"{wildcards.key}\"")
        said = [f"mem_mb={step.memory}"] if step.memory else []
        said += [f'runtime="{step.timeout}s"'] if step.timeout else []
        lines += [f"    resources: {', '.join(said)}"] if said else []
        lines += [f"    retries: {step.attempts}"] if step.attempts else []
        lines.append(f'    shell: "{_line(step, "{output}", given)}"')
    put(folder / "Snakefile", "\n".join([*lines, ""]))


def write_dvc(pipeline: Pipeline, folder: Path) -> None:
    """For DVC: a stage for each step, `foreach` key, parameters in `params.yaml`. There is nothing
    to say of memory, attempts and time."""
    put(folder / "src" / "launch.py", LAUNCH)
    settings = {step.output: dict(step.parameters) for step in pipeline.steps if step.parameters}
    put(folder / "params.yaml", json.dumps({"keys": pipeline.keys, **settings}) + "\n")
    stages: dict[str, object] = {}
    for step in pipeline.steps:
        deps = _reads(step)
        given: dict[str, tuple[str, str]] = {}
        for name, of in step.inputs.items():
            if isinstance(of, File):
                deps.append(of.path)
                given[name] = ("path", of.path)
                continue
            other = pipeline.step(of.step)
            paths = [_path(other, key) for key in pipeline.keys if of.all]
            paths = paths or [_path(other, "${item}")]
            deps += paths
            given[name] = ("all" if of.all else "from", " ".join(paths))
        given |= {n: ("json", f"${{{step.output}.{n}}}") for n in step.parameters}
        if step.key:
            given["key"] = ("json", '"${item}"')
        out = _path(step, "${item}")
        stage = {"cmd": _line(step, out, given), "deps": deps, "outs": [out]}
        stages[step.name] = {"foreach": "${keys}", "do": stage} if step.keyed else stage
    put(folder / "dvc.yaml", json.dumps({"stages": stages}, indent=1) + "\n")


def write_redun(pipeline: Pipeline, folder: Path) -> None:
    """For redun: a task around each function; what it reaches is in `hash_includes`."""
    modules = sorted({step.module for step in pipeline.steps})
    lines = [
        "import os",
        "import sys",
        'sys.path.insert(0, "src")',
        "from redun import File, task",
        "import common",
        "import scaling",
        *(f"import {module} as in_{module}" for module in modules),
        f'redun_namespace = "{pipeline.name}"',
        "def note(name):",
        '    with open(os.environ["LEDGER"], "a") as ledger:',
        '        ledger.write(name + "\\n")',
    ]
    written: set[str] = set()
    for step in pipeline.steps:
        if step.function in written:
            continue
        written.add(step.function)
        reached = [f"in_{step.module}.{step.function}", *(f"common.{n}" for n in step.uses)]
        reached += ["scaling.VERSION"] if step.bumped else []
        settings = f", memory={step.memory / 1000}" if step.memory else ""
        names = [*step.inputs, *step.parameters, *(["key"] if step.key else [])]
        given = ", ".join(
            f"{n}={n}.path" if isinstance(step.inputs.get(n), File) else f"{n}={n}" for n in names
        )
        lines += [
            f"@task(hash_includes=[{', '.join(reached)}]{settings})",
            f"def {step.function}({', '.join([*names, 'env'])}):",
            f'    note("{step.function}")',
            "    os.environ.update(env)",
            f"    return in_{step.module}.{step.function}({given})",
        ]
    lines += ["@task()", "def main():"]
    for step in pipeline.steps:
        given = ", ".join([*_given(step, pipeline), repr(dict(step.env))])
        call = f"{step.function}({given})"
        if step.keyed:
            call = f"{{key: {call} for key in {list(pipeline.keys)!r}}}"
        lines.append(f"    {step.name} = {call}")
    sinks = [step.name for step in _sinks(pipeline)]
    lines += [f"    return {{{', '.join(f'{name!r}: {name}' for name in sinks)}}}", ""]
    put(folder / "workflow.py", "\n".join(lines))


def _given(step: Step, pipeline: Pipeline) -> list[str]:
    found: list[str] = []
    for of in step.inputs.values():
        if isinstance(of, File):
            found.append(f'File("{of.path}")')
        elif of.all:
            found.append(f"list({of.step}.values())")
        else:
            found.append(f"{of.step}[key]" if pipeline.step(of.step).keyed else of.step)
    values: list[Json] = list(step.parameters.values())
    return [*found, *map(repr, values), *(["key"] if step.key else [])]
