"""What reads names at run time that code only tells variables and functions apart by.

What is listed too often costs a run when something is renamed; what is missing lets an old result
answer for new code. Words that a text of the code spells itself are looked for there.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable
from functools import lru_cache

from ...runtime.dataclass import dataclass
from .always import BUILTINS

# Dotted names outside the project, with all below them: they see the variables of who calls them,
# the stack, or what is in a function. Lines of tracebacks and of profiles are among that.
_SEEING = frozenset(
    (
        *"builtins.breakpoint builtins.compile builtins.locals".split(),
        *"IPython better_exceptions bdb birdseye cProfile cloudpickle code coverage cython".split(),
        *"dill dis duckdb executing faulthandler formulaic fugue hunter icecream ipdb".split(),
        *"line_profiler logging.config loguru marshal memory_profiler numexpr objgraph".split(),
        *"pandasql patsy pdb pipda plotnine polars.SQLContext polars.sql profile pstats".split(),
        *"pyinstrument pympler pyspark.cloudpickle pysnooper ray rich.traceback scalene".split(),
        *"siuba snoop sorcery stack_data stackprinter structlog sympy.symbols sympy.var".split(),
        *"sys.exc_info sys.exception sys.last_exc sys.last_traceback sys.last_value".split(),
        *"sys.monitoring sys.setprofile sys.settrace threading.setprofile".split(),
        *"threading.settrace torch.fx torch.jit torch.package torch.profiler trace".split(),
        *"traceback tracemalloc types.CodeType types.FunctionType varname viztracer".split(),
        *"weakref.finalize yappi".split(),
    )
)
# Some see what annotations say of code that nobody hands on to them, too: compilers, and checkers
# that work on all that is imported.
_HINTED = frozenset(
    (
        *"beartype.claw codon cython dace jaxtyping.install_import_hook monkeytype mypyc".split(),
        *"pyccel pythran pyximport taichi torch.jit transonic triton tvm typeguard warp".split(),
        *"builtins.__annotate__ builtins.__annotations__".split(),
    )
)
# And these look up what bytes or texts name, which come from anywhere.
_LOADING = frozenset(
    (
        *"_pickle joblib.load joblib.numpy_pickle jsonpickle mlflow numpy.load".split(),
        *"pandas.read_pickle pickle shelve skops torch.load yaml.full_load yaml.load".split(),
        *"yaml.unsafe_load".split(),
    )
)
# Attributes and texts that lead to the same, and names that are looked up in who calls.
_WORDS = frozenset(
    "Lambda SQLContext __closure__ __code__ __del__ __qualname__ __traceback__ ag_code ag_frame "
    "co_cellvars co_consts co_freevars co_name co_names co_qualname co_varnames cr_code cr_frame "
    "duckdb exc_info f_back f_code f_locals format_exc formula from_formula gi_code gi_frame "
    "print_exc print_stack register_globals stack_info tb_frame tb_next".split()
)
# Methods that look names up in who calls them, and are other methods where nothing is given.
_LOOKING_UP = frozenset(("eval", "query", "sql"))
_IN_TEXT = ("%(funcName)", "{funcName", "duckdb:")
# Calls without arguments that see the caller's variables; with one they look into that.
_OWN = frozenset(("builtins.dir", "builtins.vars"))
# What keeps an error that nobody raises again, to be read.
_KEEPING = frozenset(
    "__aexit__ __cause__ __context__ __exit__ assertRaises error_callback exception raises "
    "return_exceptions".split()
)
_NOT_OF_NAMES = frozenset(
    name for name in BUILTINS if name.endswith(("Error", "Warning", "Exit", "Interrupt"))
) - {"NameError", "UnboundLocalError"} | {"StopIteration", "StopAsyncIteration"}


@dataclass(frozen=True, slots=True)
class Audience:
    """What is read at run time of the code of one slice, beside that it runs: docstrings, names,
    and errors of variables without value, which say their names."""

    docs: bool = False
    names: bool = False
    errors: bool = False


def sees_names(name: str, calls: Iterable[ast.Call], *, handed_on: bool) -> bool:
    """Whether a foreign name, called so or `handed_on`, may read what variables and functions are
    called."""
    if name in _OWN:
        return handed_on or not all(map(_is_given, calls))
    if reads_hints(name) or _is_among(name, _SEEING):
        return True
    parts = name.split(".")
    return not _WORDS.isdisjoint(parts) or parts[-1] in _LOOKING_UP


@lru_cache(4096)
def reads_hints(name: str) -> bool:
    """Whether a foreign name leads to annotations of functions and modules that nobody hands on."""
    return _is_among(name, _HINTED)


def loads_names(name: str) -> bool:
    """Whether a foreign name may find functions and constants by what data calls them."""
    return _is_among(name, _LOADING)


def _is_among(name: str, listed: Collection[str]) -> bool:
    parts = name.split(".")
    return any(".".join(parts[:depth]) in listed for depth in range(1, len(parts) + 1))


def _is_given(call: ast.Call) -> bool:
    return bool(call.args) and not isinstance(call.args[0], ast.Starred)


def word_sees_names(word: str, call: ast.Call | None = None) -> bool:
    """Whether an attribute, called so or handed on, or a name that a text spells, is one to read
    what variables and functions are called."""
    if word in _LOOKING_UP:
        return call is None or bool(call.args or call.keywords)
    return word in _WORDS


def text_sees_names(text: str) -> bool:
    """Whether a text is one for somebody who reads names."""
    return text in _WORDS or text in _LOOKING_UP or any(part in text for part in _IN_TEXT)


def keeps_errors(word: str) -> bool:
    """Whether an attribute, argument or method keeps errors for somebody to read."""
    return word in _KEEPING


def catches_unbound(node: ast.ExceptHandler) -> bool:
    """Whether a handler may read the message of a variable that has no value."""
    return _catches_all_but(_NOT_OF_NAMES, node)


def catches_calls(node: ast.ExceptHandler) -> bool:
    """Whether a handler may read the message of a call that does not fit, which says the function's
    name, or that of a name without value."""
    return _catches_all_but(_NOT_OF_NAMES - {"TypeError"}, node)


def _catches_all_but(others: Collection[str], node: ast.ExceptHandler) -> bool:
    if node.name is None:
        return False
    caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    return not all(each is not None and _is_among_errors(each, others) for each in caught)


def _is_among_errors(node: ast.expr, others: Collection[str]) -> bool:
    if isinstance(node, ast.Name):
        return node.id in others
    return isinstance(node, ast.Attribute) and node.attr.endswith(("Error", "Timeout"))
