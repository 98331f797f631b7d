"""The rules of the house: each takes a house and says, one line each, what breaks it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from fnmatch import fnmatch

from architecture.house import Arrow, House, circles, floor_of, room_of, within

# Each of these costs more at start-up than a whole `mlp check` may.
HEAVY = frozenset(
    {
        "argo_workflows",
        "boto3",
        "botocore",
        "docker",
        "fsspec",
        "google",
        "hera",
        "jinja2",
        "joblib",
        "kfp",
        "kubernetes",
        "matplotlib",
        "networkx",
        "numpy",
        "packaging",
        "pandas",
        "pyarrow",
        "pydantic",
        "pygraphviz",
        "rich",
        "s3fs",
        "sagemaker",
        "sklearn",
    }
)
# The codecs read and write what a user's annotation names, so the user has the library.
CODEC_LIBRARIES = frozenset({"joblib", "numpy", "pandas", "polars", "pyarrow"})
# Results in a bucket, secrets in a vault: asked for by a step that names them.
CLOUD_LIBRARIES = frozenset({"boto3", "fsspec", "s3fs"})
# A kernel and what drives it: asked for by a step that runs a notebook.
NOTEBOOK_LIBRARIES = frozenset({"IPython", "ipykernel", "jupyter_client", "nbclient", "nbformat"})
# A border described by pydantic models is a file of its own, loaded lazily; so is what reads what
# is installed, and what orders versions. The steps of the standard library are a user's code, read
# by the compiler and run by a worker only.
LOADED_LATE = (
    "backends/*/model.py",
    "compiler/bodies/distributions.py",
    "compiler/bodies/requirement.py",
    "compiler/bodies/site.py",
    "compiler/versions.py",
    "stdlib/millpond_std/*",
)
FRONT = ("compiler/syntax", "compiler/check")
MIDDLE = ("compiler/ir", "compiler/passes", "compiler/plan", "compiler/contract")
# Half of all tools take folders of these names for their output, and look away.
OUTPUT_NAMES = {"build", "dist", "target"}
UNSPEAKING = {"base", "common", "helper", "helpers", "manager", "misc", "shared", "util", "utils"}

Rule = Callable[[House], Iterator[str]]


def stands_on_a_floor(house: House) -> Iterator[str]:
    """Each file stands in a room that the table of floors knows."""
    for path in house.files:
        if room_of(path) is None:
            yield f"{path} stands in no room of the house"


def imports_what_exists(house: House) -> Iterator[str]:
    """Each import of ours leads to a file."""
    for arrow in house.broken:
        yield f"{said(arrow)} leads to no file"


def runs_down(house: House) -> Iterator[str]:
    """No arrow runs up, lazy ones included."""
    for arrow in house.inner:
        here, there = floor_of(arrow.source), floor_of(arrow.target)
        if here is not None and there is not None and here < there:
            yield f"{said(arrow)} runs up from floor {here} to floor {there}"


def no_circle_of_files(house: House) -> Iterator[str]:
    """No file leads back to itself, lazy arrows included."""
    for group in circles((a.source, a.target) for a in house.inner):
        yield "a circle of files: " + ", ".join(group)
    for arrow in house.inner:
        if arrow.source == arrow.target:
            yield f"{said(arrow)} imports itself"


def no_circle_of_rooms(house: House) -> Iterator[str]:
    """No room leads back to itself through another."""
    pairs = ((room_of(a.source), room_of(a.target)) for a in house.inner)
    for group in circles((s, t) for s, t in pairs if s and t and s != t):
        yield "a circle of rooms: " + ", ".join(group)


def compiler_knows_no_target(house: House) -> Iterator[str]:
    """The compiler never imports a backend nor the face."""
    yield from forbidden(house, ("compiler",), ("backends", "face"))


def backends_know_no_text(house: House) -> Iterator[str]:
    """A target sees plans, never the text they came from nor those who drive it."""
    above = ("syntax", "check", "lower", "driver", "interpret", "cli", "lsp")
    yield from forbidden(house, ("backends",), (*(f"compiler/{r}" for r in above), "face"))


def backends_know_not_each_other(house: House) -> Iterator[str]:
    """Targets share `names` and `documents`; none imports another."""
    for arrow in house.inner:
        here, there = arrow.source.split("/"), arrow.target.split("/")
        both = here[0] == there[0] == "backends" and len(here) > 2 and len(there) > 2
        if both and here[1] != there[1]:
            yield f"{said(arrow)}: a target imports another target"


def two_wings(house: House) -> Iterator[str]:
    """Text and graph meet in `lower.py` and in the driver, nowhere below."""
    yield from forbidden(house, FRONT, MIDDLE)
    yield from forbidden(house, MIDDLE, FRONT)


def runtime_stands_alone(house: House) -> Iterator[str]:
    """The runtime imports itself and the standard library; codecs, clouds and kernels more."""
    yield from forbidden(house, ("runtime",), ("compiler", "backends", "face", "grammar", "stdlib"))
    for arrow in house.outer:
        top = arrow.target.split(".")[0]
        asked_for = arrow.lazy and top in CODEC_LIBRARIES | CLOUD_LIBRARIES | NOTEBOOK_LIBRARIES
        known = top in sys.stdlib_module_names or asked_for
        if within(arrow.source, "runtime") and not known:
            yield f"{said(arrow)} is not of the standard library"


def data_rooms_stand_alone(house: House) -> Iterator[str]:
    """The grammar and the standard steps are data: they import nothing else of ours."""
    for room in ("grammar", "stdlib"):
        others = {"compiler", "backends", "face", "runtime", "grammar", "stdlib"} - {room}
        yield from forbidden(house, (room,), tuple(sorted(others)))


def networkx_in_one_file(house: House) -> Iterator[str]:
    """networkx lives in `compiler/ir/graph.py` and nowhere else."""
    for arrow in house.outer:
        if arrow.target.split(".")[0] == "networkx" and arrow.source != "compiler/ir/graph.py":
            yield f"{said(arrow)}: networkx belongs into compiler/ir/graph.py"


def starts_light(house: House) -> Iterator[str]:
    """No file loads a heavy library on import, neither itself nor through another file."""
    cause = {
        a.source: a.target
        for a in sorted(house.outer, reverse=True)
        if not a.lazy and a.target.split(".")[0] in HEAVY
    }
    growing = True
    while growing:
        reached = {
            a.source: f"{a.target}, which imports {cause[a.target]}"
            for a in sorted(house.inner, reverse=True)
            if not a.lazy and a.target in cause and a.source not in cause
        }
        cause |= reached
        growing = bool(reached)
    for path, why in sorted(cause.items()):
        if not any(fnmatch(path, pattern) for pattern in LOADED_LATE):
            yield f"{path} imports {why} when it is loaded; import it where it is used"


def imports_relatively(house: House) -> Iterator[str]:
    """Product code names product code by dots, so that each class exists once."""
    for arrow in house.absolute:
        yield f"{said(arrow)} is an absolute import of our own code"
    tops = {"backends", "compiler", "face", "grammar", "runtime", "stdlib"}
    for arrow in house.outer:
        if arrow.target.split(".")[0] in tops:
            yield f"{said(arrow)} works in this folder only; import it relatively"


def says_what_it_is_for(house: House) -> Iterator[str]:
    """The first line of a file is one sentence that says what the file is for."""
    for path, text in house.docstrings.items():
        if text is None or not text.strip():
            yield f"{path} does not begin with a docstring"
        elif not text.splitlines()[0].rstrip().endswith((".", ":")):
            yield f"{path}: the first line of the docstring is not a sentence"


def is_a_noun_or_a_verb(house: House) -> Iterator[str]:
    """No file or folder bears a name that says nothing."""
    for path in house.files:
        if UNSPEAKING & set(path.removesuffix(".py").split("/")):
            yield f"{path} bears a name that does not say what is inside"
        if OUTPUT_NAMES & set(path.split("/")[:-1]):
            yield f"{path} stands in a folder that tools take for their output"


RULES: tuple[Rule, ...] = (
    stands_on_a_floor,
    imports_what_exists,
    runs_down,
    no_circle_of_files,
    no_circle_of_rooms,
    compiler_knows_no_target,
    backends_know_no_text,
    backends_know_not_each_other,
    two_wings,
    runtime_stands_alone,
    data_rooms_stand_alone,
    networkx_in_one_file,
    starts_light,
    imports_relatively,
    says_what_it_is_for,
    is_a_noun_or_a_verb,
)


def forbidden(house: House, here: tuple[str, ...], there: tuple[str, ...]) -> Iterator[str]:
    for arrow in house.inner:
        if any(within(arrow.source, h) for h in here) and any(
            within(arrow.target, t) for t in there
        ):
            yield f"{said(arrow)} is an arrow that the house forbids"


def said(arrow: Arrow) -> str:
    return f"{arrow.source}:{arrow.line} -> {arrow.target}"
