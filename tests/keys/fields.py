"""Which fields enter a key: one row for each field of what a program is lowered to.

A row is an edit of `project.PROGRAM` that changes the field, and the calls whose keys it must
change: names of steps or nodes, none for a field that is left out. What is no row fails a test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from keys.project import FILES, ONES, TWOS

MLP, PY, NB, TOML = "project.mlp", "work.py", "note.ipynb", "mlp.toml"


@dataclass(frozen=True)
class Edit:
    """Replaces text, each once, in files; `moved` gives files other names. `target` is planned for
    before and after; `touches` are the steps and nodes whose keys change."""

    replaced: tuple[tuple[str, str, str], ...]
    touches: tuple[str, ...] = ()
    moved: tuple[tuple[str, str], ...] = ()
    names: tuple[tuple[str, str], ...] = ()

    def of(self, files: Mapping[str, str]) -> dict[str, str]:
        made = dict(files)
        for file, old, new in self.replaced:
            assert made[file].count(old) == 1, f"{old!r} stands {made[file].count(old)} times"
            made[file] = made[file].replace(old, new)
        return {dict(self.moved).get(name, name): content for name, content in made.items()}


def edit(old: str, new: str, *touches: str, file: str = MLP, names: str = "") -> Edit:
    """`names` are `old=new` pairs of nodes or steps that the edit renames."""
    renamed = tuple((o, n) for o, _, n in (pair.partition("=") for pair in names.split()))
    return Edit(((file, old, new),), touches, names=renamed)


def both(*edits: Edit) -> Edit:
    """All the edits at once."""
    return Edit(
        tuple(swap for each in edits for swap in each.replaced),
        tuple(name for each in edits for name in each.touches),
        tuple(pair for each in edits for pair in each.moved),
        tuple(pair for each in edits for pair in each.names),
    )


def on(setting: str, *touches: str) -> Edit:
    """A setting of the step `make`."""
    return edit('run python "work:make"\n', f'run python "work:make"\n  {setting}\n', *touches)


LOWER = edit("\nschema Sale", "\n# lower\n\nschema Sale")
SLICE = edit("TOP = 1", "TOP = 2", "make", file=PY)
UNUSED = edit("TOP = 1", "TOP = 1\nSPARE = 1", file=PY)
SCRIPT = edit("echo $1", "echo $1.", "count", file="tool.sh")
CHECK = edit("check score > 0.0", "check score > 0.5", "sell")
TYPED = edit("(q: Metrics, m: Int)", "(q: Json, m: Int)", "judge")
CELL = edit("m = n + 1", "m = n + 2", "note", file=NB)

DEFINITIONS: Mapping[str, Edit] = {
    "Port.name": both(
        edit("make(n: Int, mode", "make(k: Int, mode", "make"),
        edit("made = make(n = p)", "made = make(k = p)"),
        edit("def make(n,", "def make(k,", file=PY),
        edit("return n + TOP", "return k + TOP", file=PY),
    ),
    "Port.type": TYPED,
    "Port.default": edit('"b" = "a"', '"b" = "b"', "make"),
    "BundledFile.path": both(
        edit("sh tool.sh $n", "sh other.sh $n", "count"), Edit((), moved=(("tool.sh", "other.sh"),))
    ),
    "BundledFile.content": SCRIPT,
    "PythonBody.module": Edit(
        tuple((MLP, f'"work:{name}"', f'"other:{name}"') for name in
              ("make", "rows", "judge", "put", "read")),
        moved=(("work.py", "other.py"),),
    ),
    "PythonBody.function": both(
        edit('"work:make"', '"work:build"'), edit("def make(", "def build(", file=PY)
    ),
    "PythonBody.digest": SLICE,
    "PythonBody.symbols": UNUSED,
    "PythonBody.files": UNUSED,
    "PythonBody.packages": edit(
        "def make(n, mode", "import acme\n\n\ndef make(n, mode", "make", "sell", "judge", "put",
        "read", file=PY,
    ),
    "ShellBody.text": edit("> $out", ">> $out", "count"),
    "ShellBody.files": SCRIPT,
    "ContainerBody.image": edit(ONES, TWOS, "pack"),
    "ContainerBody.command": edit('["pack", n, out]', '["pack", out, n]', "pack"),
    "NotebookCell.kind": edit('"markdown"', '"raw"', file=NB),
    "NotebookCell.source": CELL,
    "NotebookCell.tags": edit('"slow"', '"quick"', file=NB),
    "NotebookBody.path": both(
        edit('"note.ipynb"', '"other.ipynb"'), Edit((), moved=((NB, "other.ipynb"),))
    ),
    "NotebookBody.cells": edit('"source": "why"', '"source": "how"', file=NB),
    "NotebookBody.paths": both(
        edit('(m: Int) { run notebook', '(m: File) { run notebook', "note"),
        edit("m = n + 1", "out_m = n", file=NB),
    ),
    "NotebookBody.digest": CELL,
    "NotebookBody.symbols": edit("m = n + 1", "m = n + 1  # one", file=NB),
    "NotebookBody.files": both(UNUSED, edit("m = n + 1", "m = n + 1  # one", file=NB)),
    "NotebookBody.packages": edit("n = 1", "import acme\\nn = 1", "note", file=NB),
    "Check.text": edit("score > 0.0 else warn", "score  >  0.0 else warn"),
    "Check.condition": CHECK,
    "Check.policy": edit('else warn "negative"', 'else fail "negative"', "sell"),
    "Check.message": edit('"negative"', '"below"'),
    "Definition.name": both(
        edit("step make(", "step build(", names="make/made=build/made"),
        edit("made = make(", "made = build("),
    ),
    "Definition.inputs": both(
        edit("make(n: Int, mode", "make(n: Int, more: Int? = none, mode", "make"),
        edit("def make(n,", "def make(n, more=None,", file=PY),
    ),
    "Definition.outputs": edit("-> (q: Metrics, m: Int)", "-> (q: Metrics, m: Int, k: Int)",
                               "judge"),
    "Definition.body": edit('"work:put" effects', '"work:make" effects', "put"),
    "Definition.checks": edit('  check score > 0.0 else warn "negative"\n', "", "sell"),
    "Column.name": edit("  id: Int\n", "  no: Int\n", "sell"),
    "Column.type": edit("  id: Int\n", "  id: Int?\n", "sell"),
    "Row.name": Edit(((MLP, "schema Sale", "schema Sold"), (MLP, "[Sale]", "[Sold]"))),
    "Row.columns": edit("  id: Int\n", "  id: Int\n  at: Date\n", "sell"),
}  # fmt: skip

SUM = edit("output m: Int = made.m", "output m: Int = made.m + judged.m")
TWICE = edit('  approve "go on?"', '  approve "sure?"\n  approve "go on?"')
WARNED = edit("  expect p > 0", '  expect p < 9 else warn "high"\n  expect p > 0')
EACH = edit("for x in [1, 2]", "for x in [1, 2, 3]")
SIDES = edit(
    "    yield more.out\n  }",
    "    yield more.out\n  } else {\n    less = count(n = 23)\n    yield less.out\n  }",
)
BEHIND = edit("  late = when judged.m > 2", '  expect made.m > 0 else warn "?"\n'
              "  late = when judged.m > 2")  # fmt: skip
CALLED = both(
    edit("## What there is.", "pipeline part(n: Int) {\n  one = put(n = n)\n"
         "  on failure {\n    undo = put(n = 97)\n  }\n}\n\n## What there is."),
    edit("    more = count", "    part(n = 96)\n    more = count"),
)  # fmt: skip
OPTION = "with (max_parallel = 4)"


def options(text: str) -> Edit:
    return edit(OPTION, f"with ({text})")


# Most that is said of nodes and graphs says when and where they run; some fields follow others,
# and have the edit that changes those.
GRAPHS: tuple[tuple[str, Edit], ...] = (
    ("Task.id", edit("sold = sell", "gone = sell", names="sell/sold=sell/gone")),
    ("Task.definition", edit("put(n = p) after", "sell(n = p, all = false) after", "last",
                             names="put/last=sell/last")),
    ("Task.arguments", edit("made = make(n = p)", "made = make(n = 7)", "made")),
    ("Task.settings", on('env { A = "1" }', "make")),
    ("Task.after", edit("after made", "after made, sold")),
    ("Task.aliases", edit("  packed =", "  again = make(n = p)\n  packed =")),
    ("Task.gates", edit("  sold =", '  expect made.m > 0 else warn "?"\n  sold =')),
    ("Task.refresh", edit(" as d {", " as d with (reprocess = 1d) {")),
    ("Gate.condition", edit("expect p > 0 else", "expect p > 1 else")),
    ("Gate.policy", edit('else warn "low"', 'else fail "low"')),
    ("Gate.message", edit('"low"', '"too low"')),
    ("Gate.text", edit("expect p > 0 else", "expect 0 < p else")),
    ("Gate.id Gate.after Gate.gates", WARNED),
    ("Approval.message", edit('"go on?"', '"Go on?"')),
    ("Approval.by", edit('["me"]', '["you"]')),
    ("Approval.timeout", edit("timeout = 1h", "timeout = 2h")),
    ("Approval.id Approval.after Approval.gates", TWICE),
    ("Select.id Select.outputs Select.after Select.gates", SUM),
    ("Block.nodes", edit("    low = count", "    other = put(n = 8)\n    low = count")),
    ("Block.result", edit("yield more.out", "yield judged.m")),
    ("Map.id Join.id", edit("each = for", "every = for", names=(
        "count/each[0].inner=count/every[0].inner count/each[1].inner=count/every[1].inner"))),
    ("Map.variable", Edit(((MLP, "for x in", "for y in"), (MLP, "count(n = x)", "count(n = y)")))),
    ("Map.items Map.body Join.limbs Limb.name Limb.members", EACH),
    ("Map.type Join.type Limb.result", edit("    yield inner.out\n", "    yield x\n")),
    ("Map.max_parallel Join.max_parallel", edit("(max_parallel = 2)", "(max_parallel = 1)")),
    ("Map.allow_failures Join.allowed", edit("(max_parallel = 2)",
                                             "(max_parallel = 2, allow_failures = 50%)")),
    ("Map.gates Join.gates Map.after Join.after", edit(
        "  each = for", '  expect made.m > 0 else warn "?"\n  each = for')),
    ("Join.kind", edit("  some = when p > 2", "  some = when judged.m > 1")),
    ("Arm.condition", edit("when judged.m > 2 {", "when judged.m > 1 {")),
    ("Arm.body Branch.arms Branch.type", SIDES),
    ("Branch.id", edit("late = when", "later = when")),
    ("Branch.gates Branch.after", BEHIND),
    ("Hook.event", edit("on failure {", "on success {")),
    ("Hook.nodes Graph.hooks", edit("    post = put", "    also = put(n = 98)\n    post = put")),
    ("Hook.call Hook.members Block.hooks", CALLED),
    ("Parameter.name", Edit((
        (MLP, "main(p: Int", "main(q: Int"), (MLP, "expect p > 0", "expect q > 0"),
        (MLP, "made = make(n = p)", "made = make(n = q)"), (MLP, "sell(n = p,", "sell(n = q,"),
        (MLP, "judge(n = p)", "judge(n = q)"), (MLP, "counted = count(n = p)",
        "counted = count(n = q)"), (MLP, "pack(n = p)", "pack(n = q)"), (MLP, "note(n = p)",
        "note(n = q)"), (MLP, "when p > 2", "when q > 2"), (MLP, "n = p + 6", "n = q + 6"),
        (MLP, "put(n = p) after", "put(n = q) after"),
    ))),
    ("Parameter.type", edit("_day: Date = 2026-11-22", '_day: String = "2026-11-22"')),
    ("Parameter.default", edit("p: Int = 3", "p: Int = 4", "made", "sold", "judged", "counted",
                               "packed", "noted", "daily[2026-11-20].built", "last")),
    ("Parameter.doc", edit("main(p: Int", "main(\n  ## how many\n  p: Int")),
    ("Output.name", edit("output m: Int", "output k: Int")),
    ("Output.type", edit("output m: Int", "output m: Float")),
    ("Output.value", edit("output m: Int = made.m", "output m: Int = judged.m")),
    ("Graph.name", edit("pipeline main", "pipeline other")),
    ("Graph.parameters", edit("_day: Date = 2026-11-22", "_day: Date = 2026-11-22, _z: Int = 1")),
    ("Graph.nodes", edit("  packed =", "  more2 = put(n = 5)\n  packed =")),
    ("Graph.outputs", edit("output m: Int = made.m", "output m: Int = made.m\n"
                           "  output k: Int = judged.m")),
    ("Graph.doc", edit("## What there is.", "## What there was.")),
    ("Graph.max_parallel", options("max_parallel = 3")),
    ("Graph.timeout", options("timeout = 3h")),
    ("Graph.schedule", options('schedule = cron("0 5 * * 1")')),
    ("Graph.labels", options('labels = { team = "x" }')),
    ("Graph.owner", options('owner = "me"')),
    ("Port.span Definition.span Task.span Gate.span Approval.span Select.span Map.span Branch.span "
     "Join.span Hook.span Parameter.span Output.span Graph.spans Settings.spans Row.source", LOWER),
)  # fmt: skip

PROJECTS: tuple[tuple[str, Edit], ...] = (
    ("Project.root Project.folder", Edit((), moved=tuple(
        (name, f"down/{name}") for name in FILES))),
    ("Project.name", edit('"keys"', '"locks"', file=TOML)),
    ("Project.zone", edit('"keys"', '"keys"\nzone = "Europe/Berlin"', file=TOML)),
    ("Project.python_path Project.listed", both(
        edit('"keys"', '"keys"\npython-path = ["lib"]', file=TOML),
        Edit((), moved=((PY, f"lib/{PY}"),)))),
    ("Project.environment", edit("[project]", '[environment]\nlockfile = "lock.txt"\n[project]',
                                 "make", "sell", "judge", "count", "note", "put", "read",
                                 file=TOML)),
    ("Project.store_url", edit("[project]", '[store]\nurl = "file:///nowhere"\n[project]',
                               file=TOML)),
    ("Project.secrets_file", edit("[project]", '[secrets]\nfile = "x.env"\n[project]', file=TOML)),
    ("Project.strict", edit("[project]", "[lint]\nstrict = false\n[project]", file=TOML)),
    ("Project.prices", edit("[project]", '[prices]\ncurrency = "EUR"\ncpu = 0.05\n[project]',
                            file=TOML)),
    ("Project.unpickle", edit("[project]", '[security]\npickle = "never"\n[project]', file=TOML)),
    ("Project.dependencies", edit("[project]", '[dependencies]\nacme = "^1.0"\n[project]',
                                  file=TOML)),
)  # fmt: skip

ROWS: Mapping[str, Edit] = {
    **DEFINITIONS,
    **{field: made for fields, made in (*GRAPHS, *PROJECTS) for field in fields.split()},
}
