"""Ways in which code reaches code that it does not name, and how far each of them leads.

What is listed too often costs a run; what is missing lets an old result answer for new code.
"""

from __future__ import annotations

from enum import Enum

from .calls import IMPORTERS


class Reach(Enum):
    """What a look-up at run time may find."""

    OWN = "the module in which it stands"
    LOADED = "every module that is loaded"
    TEXT = "the text of every module that is loaded"
    NAMED = "the module that the call names"
    PROJECT = "every module of the project"


_NAMES: dict[Reach, str] = {
    Reach.OWN: "builtins.globals numexpr.evaluate pandas.eval",
    Reach.LOADED: (
        "gc.get_objects gc.get_referents gc.get_referrers "
        "inspect.currentframe inspect.getclosurevars inspect.getinnerframes inspect.getmodule "
        "inspect.getouterframes inspect.stack inspect.trace "
        "sys._current_frames sys._getframe sys.modules"
    ),
    Reach.TEXT: (
        "inspect.findsource inspect.getblock inspect.getcomments inspect.getsource "
        "inspect.getsourcelines linecache"
    ),
    Reach.PROJECT: (
        "builtins.__builtins__ builtins.__loader__ builtins.__spec__.loader builtins.eval "
        "builtins.exec hydra.utils.call hydra.utils.get_class hydra.utils.get_method "
        "hydra.utils.get_object hydra.utils.instantiate imp importlib.machinery.ModuleSpec "
        "importlib.machinery.PathFinder importlib.machinery.SourceFileLoader "
        "importlib.metadata.EntryPoint importlib.metadata.entry_points importlib.reload "
        "importlib.util.LazyLoader importlib.util.module_from_spec "
        "importlib.util.spec_from_file_location importlib.util.spec_from_loader lazy_loader "
        "pkg_resources.iter_entry_points pkgutil.get_loader pkgutil.iter_modules "
        "pkgutil.resolve_name pkgutil.walk_packages pydoc.locate pydoc.safeimport "
        "runpy timeit unittest.mock.patch zipimport"
    ),
}
_REACHES = {
    name: reach for reach, names in _NAMES.items() for name in names.split()
} | dict.fromkeys(IMPORTERS, Reach.NAMED)
# Through a module that is handed on, by `getattr` say, all that it holds can be had.
_MODULES = {
    **dict.fromkeys(("gc", "inspect", "sys"), Reach.LOADED),
    **dict.fromkeys(
        ("builtins", "importlib", "importlib.machinery", "importlib.util", "pkgutil", "pydoc"),
        Reach.PROJECT,
    ),
}
_AT_TOP = frozenset(("builtins.dir", "builtins.locals", "builtins.vars"))
_DOCS = ("inspect.getdoc", "pydoc.", "doctest.", "builtins.help")

# Attributes that lead on from whatever they stand behind.
ATTRIBUTES = {
    **dict.fromkeys(
        ("__globals__", "__subclasses__", "f_builtins", "f_globals", "f_locals"), Reach.LOADED
    ),
    **dict.fromkeys(("__builtins__", "exec_module", "load_module"), Reach.PROJECT),
    "get_source": Reach.TEXT,
}
# What a module has beside its names and tells nothing of them.
PLAIN_ATTRIBUTES = frozenset(
    ("__cached__", "__doc__", "__file__", "__name__", "__package__", "__path__", "__version__")
)


def reach_of(name: str, *, at_top: bool, handed_on: bool) -> Reach | None:
    """How far the use of a foreign name leads; `builtins.` stands before those of the language.

    `at_top` says that it runs while its module loads, `handed_on` that it is more than called.
    """
    if name in _AT_TOP:
        return Reach.OWN if at_top else None
    parts = name.split(".")
    for depth in range(1, len(parts) + 1):
        reach = _REACHES.get(".".join(parts[:depth]))
        if reach is not None:
            return _widened(reach) if handed_on or depth < len(parts) else reach
    return _MODULES.get(name)


def _widened(reach: Reach) -> Reach:
    """How far a function leads that may be called elsewhere, with anything."""
    match reach:
        case Reach.OWN:
            return Reach.LOADED
        case Reach.NAMED:
            return Reach.PROJECT
        case _:
            return reach


def reads_docs(name: str) -> bool:
    """Whether a foreign function reads docstrings."""
    return f"{name}.".startswith(_DOCS)
