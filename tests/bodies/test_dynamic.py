"""Code that is reached without being named counts: whole modules do, with a reason."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from millpond.compiler.bodies.body import PythonBody, open_library, read_python
from millpond.compiler.bodies.library import Library, Limits
from millpond.compiler.bodies.module import Module
from millpond.compiler.bodies.problem import ModuleRefused, ModuleTwice, Refusal
from millpond.compiler.bodies.slice import Slice, slice_function

OTHER = {"h.py": "L = 1\n", "q/__init__.py": "", "q/r.py": "L = 1\n"}


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
    return root


def body(folder: Path, files: dict[str, str], reference: str = "m:f") -> PythonBody:
    root = write(folder / f"project{len(list(folder.iterdir()))}", files)
    found = read_python(reference, open_library([root]))
    assert isinstance(found, PythonBody), found
    return found


def wakes(folder: Path, files: dict[str, str], edited: str, reference: str = "m:f") -> bool:
    """Whether an edit of a constant in `edited` is seen; a seen one has a reason and travels."""
    before = body(folder, files, reference)
    text = files[edited].replace("L = 1", "L = 2")
    assert text != files[edited]
    after = body(folder, files | {edited: text}, reference)
    seen = before.digest != after.digest
    assert seen == (before.code.table != after.code.table)
    if seen:
        assert before.code.reasons
        name = edited.removesuffix(".py").replace("/", ".")
        assert name in dict(before.closure.files)
    return seen


@pytest.mark.parametrize(
    "text",
    [
        "from importlib import import_module as im\ndef f(): return im('h').L",
        "import importlib as il\ndef f():\n    name = 'h'\n    return il.import_module(name).L",
        "import importlib\nload = importlib.import_module\ndef f(): return load('h').L",
        "import importlib\nil = importlib\ndef f(): return il.import_module('h').L",
        "import importlib\ndef f(): return getattr(importlib, 'import_module')('h').L",
        "from importlib import *\ndef f(): return import_module('h').L",
        "import importlib\ndef f(): return importlib.import_module(name='h').L",
        "import importlib\ndef f(): return importlib.import_module(*['h']).L",
        "import importlib\ndef f(): return importlib.import_module(**{'name': 'h'}).L",
        "import importlib\ndef f(): return importlib.import_module.__call__('h').L",
        "import importlib\ndef f(): return importlib.import_module('%s' % 'h').L",
        "from builtins import __import__ as load\ndef f(): return load('h').L",
        "def f(): return list(map(__import__, ['h']))[0].L",
        "def f(load=__import__): return load('h').L",
        "def f(): return __builtins__['__import__']('h').L",
        "def f(): return __loader__.load_module('h').L",
        "def f(): return __spec__.loader.load_module('h').L",
        "import builtins as b\ndef f(): return vars(b)['__import__']('h').L",
        "def f():\n    exec('import h')\n    return locals()['h'].L",
        "run = eval\ndef f(): return run('__import__(\"h\").L')",
        "from functools import partial\nfrom importlib import import_module\n"
        "load = partial(import_module, 'h')\ndef f(): return load().L",
        "import runpy\ndef f(): return runpy.run_path('h.py')['L']",
        "from runpy import run_module as run\ndef f(): return run('h')['L']",
        "import pkgutil\ndef f(): return pkgutil.resolve_name('h:L')",
        "import pkgutil as p\ndef f(): return [m for m in p.walk_packages(['.'])]",
        "from pydoc import locate\ndef f(): return locate('h.L')",
        "from importlib import util\ndef f():\n    s = util.find_spec('h')\n"
        "    m = util.module_from_spec(s)\n    s.loader.exec_module(m)\n    return m.L",
        "from importlib.util import find_spec\n"
        "def f(): return find_spec('h').loader.load_module().L",
        "from importlib.machinery import SourceFileLoader as S\n"
        "def f(): return S('h', 'h.py').load_module().L",
        "from unittest import mock\ndef f():\n    with mock.patch('h.L', 3): return 1",
        "import n\ndef f(): return n.load('h').L",
        "import n\ndef f(): return n.importlib.import_module('h').L",
        "from n import *\ndef f(): return load('h').L",
        "from n import *\ndef f(): return importlib.import_module('h').L",
        "from k import *\ndef f(): return load('h').L",
        "import k\ndef f(): return k.importlib.import_module('h').L",
        "import n\ndef f(name): return getattr(n, name)('h').L",
    ],
)
def test_imports_by_call(tmp_path: Path, text: str) -> None:
    files = OTHER | {
        "m.py": text,
        "n.py": "import importlib\nfrom importlib import import_module as load\n",
        "k.py": "from n import *\n",
    }
    assert wakes(tmp_path, files, "h.py")


@pytest.mark.parametrize(
    "text",
    [
        "import h\ndef f(): return h.__dict__['L']",
        "import h\ndef f():\n    g = h.__dict__\n    return g['L']",
        "import h\ndef f(): return h.__getattribute__('L')",
        "import h\ndef f(): return vars(h)['L']",
        "import h\nget = getattr\ndef f(): return get(h, 'L')",
        "import h\ndef f(name='L'): return getattr(h, name)",
        "import operator, h\ndef f(): return operator.attrgetter('L')(h)",
        "import h as _h\nfrom operator import attrgetter\nget = attrgetter('L')\n"
        "def f(): return get(_h)",
        "import inspect, h\ndef f(): return dict(inspect.getmembers(h))['L']",
        "import h\nALL = [h]\ndef f(): return ALL[0].L",
        "import h\ndef g(module): return module.L\ndef f(): return g(h)",
        "import h\nimport importlib\ndef f(): return importlib.reload(h).L",
        "import h, sys\ndef f(): return sys.modules['h'].L",
        "import h, sys\ndef f(): return sys.modules.get('h').L",
        "import h\nfrom sys import modules as loaded\ndef f(): return loaded['h'].L",
        "import h, sys\ndef f(): return getattr(sys, 'modules')['h'].L",
        "import h, gc\ndef f(): return [o for o in gc.get_objects() if o is h][0].L",
    ],
)
def test_a_module_as_a_value(tmp_path: Path, text: str) -> None:
    assert wakes(tmp_path, OTHER | {"m.py": text}, "h.py")


@pytest.mark.parametrize("packaged", [True, False])
def test_a_package_as_a_value_brings_what_is_in_it(tmp_path: Path, packaged: bool) -> None:
    files = OTHER | {"m.py": "import q.r\ndef f(): return getattr(q, 'r').L"}
    if not packaged:
        del files["q/__init__.py"]
    assert wakes(tmp_path, files, "q/r.py")


@pytest.mark.parametrize(
    "code",
    [
        "def f(): return f.__globals__['L']",
        "def f(): return getattr(f, '__globals__')['L']",
        "def g(function): return function.__globals__['L']\ndef f(): return g(f)",
        "import sys\ndef f(): return sys._getframe().f_globals['L']",
        "import inspect\ndef f(): return inspect.currentframe().f_globals['L']",
        "import inspect\ndef f(): return inspect.getmodule(f).L",
        "import sys\ndef f(): return sys.modules[__name__].L",
        "def f(): return globals()['L']",
        "look = globals\ndef f(): return look()['L']",
        "import builtins\ndef f(): return builtins.globals()['L']",
        "import builtins\ndef f(): return builtins.eval('L')",
        "import m as me\ndef f(): return me.__dict__['L']",
        "names = vars()\ndef f(): return names['L']",
    ],
)
def test_the_names_of_the_own_module(tmp_path: Path, code: str) -> None:
    assert wakes(tmp_path, {"m.py": f"L = 1\n{code}\n"}, "m.py")


def test_globals_asked_for_by_another_module(tmp_path: Path) -> None:
    files = {"m.py": "from n import look\nL = 1\ndef f(): return look()['L']\n"}
    assert wakes(tmp_path, files | {"n.py": "look = globals\n"}, "m.py")


def test_subclasses_wherever_they_stand(tmp_path: Path) -> None:
    files = {
        "base.py": "class B: pass\n",
        "plugin.py": "from base import B\nclass A(B):\n    L = 1\n",
        "m.py": "import plugin\nfrom base import B\ndef f(): return B.__subclasses__()[0].L\n",
    }
    assert wakes(tmp_path, files, "plugin.py")


def test_a_class_made_by_a_call_tells_its_bases(tmp_path: Path) -> None:
    text = """
        class B:
            ALL = []
            def __init_subclass__(cls): B.ALL.append(cls)
        C = type("C", (B,), {"L": 1})
        def f(): return B.ALL[0].L
        """
    before = body(tmp_path, {"m.py": text})
    assert before.digest != body(tmp_path, {"m.py": text.replace('"L": 1', '"L": 2')}).digest


def test_what_is_loaded_includes_what_calls_load(tmp_path: Path) -> None:
    files = {
        "base.py": "class B: pass\n",
        "load.py": "from importlib import import_module as of\n",
        "plugins.py": "import deep\n",
        "deep.py": "from base import B\nclass A(B):\n    L = 1\n",
        "m.py": """
            import load
            from base import B
            def f():
                load.of("plugins")
                return B.__subclasses__()[0].L
            """,
    }
    assert wakes(tmp_path, files, "deep.py")


@pytest.mark.parametrize(
    "code",
    [
        "import inspect\ndef f(): return inspect.getsource(g)",
        "from inspect import getsourcelines as lines\ndef f(): return lines(g)",
        "import inspect\ndef f(): return inspect.getcomments(g)",
        "import inspect as i\nread = i.getsource\ndef f(): return read(g)",
        "import linecache\ndef f(): return linecache.getline('m.py', 3)",
        "def f(): return __spec__.loader.get_source('m')",
    ],
)
def test_comments_count_where_the_text_is_read(tmp_path: Path, code: str) -> None:
    text = "# one\ndef g(): return 1\n" + code
    before = body(tmp_path, {"m.py": text}).code
    after = body(tmp_path, {"m.py": text.replace("# one", "# two")}).code
    assert before.digest != after.digest
    assert before.table["m.py:<module>"] != after.table["m.py:<module>"]
    assert before.reasons


@pytest.mark.parametrize(
    "code",
    ["from inspect import getdoc as d\ndef f(): return d(g)", "def f(): return help(g)"],
)
def test_docstrings_count_where_a_function_reads_them(tmp_path: Path, code: str) -> None:
    text = 'def g():\n    """One."""\n' + code
    before = body(tmp_path, {"m.py": text})
    assert before.digest != body(tmp_path, {"m.py": text.replace("One", "Two")}).digest


PLUGINS = {
    "p/__init__.py": "",
    "p/k/__init__.py": "",
    "p/k/a.py": "L = 1\n",
    "p/k/deep/er/and/deep/er/still/b.py": "L = 1\n",
    "other.py": "L = 1\n",
}


@pytest.mark.parametrize(
    ("call", "named", "other"),
    [
        ("import_module('p.k.a')", True, False),
        ("import_module('.k.a', 'p')", True, False),
        ("import_module('.a', 'p.k')", True, False),
        ("import_module('..k.a', 'p.x')", True, False),
        ("import_module('.k.a', __package__)", True, False),
        ("import_module('.k.a', package=__package__)", True, False),
        ("import_module(__package__ + '.k.' + n)", True, False),
        ("import_module(f'{__package__}.k.{n}')", True, False),
        ("import_module('p.k.' + n)", True, False),
        ("import_module('p.k.%s' % n)", True, False),
        ("import_module(f'p.k')", False, False),
        ("import_module('sklearn.' + n)", False, False),
        ("import_module('json')", False, False),
        ("import_module(n)", True, True),
        ("import_module('oth' + n)", True, True),
        ("import_module('.' + n, n)", True, True),
        ("import_module('{}.a'.format(n))", True, True),
        ("__import__('k', globals(), None, [], n)", True, True),
    ],
)
def test_as_much_counts_as_the_name_leaves_open(
    tmp_path: Path, call: str, named: bool, other: bool
) -> None:
    text = f"from importlib import import_module\ndef f(n): return {call}\n"
    files = PLUGINS | {"p/m.py": text}
    assert wakes(tmp_path, files, "p/k/a.py", "p.m:f") is named
    assert wakes(tmp_path, files, "other.py", "p.m:f") is other


def test_modules_at_any_depth_can_be_imported(tmp_path: Path) -> None:
    files = PLUGINS | {"p/m.py": "def f(n): return __import__(n)\n"}
    assert wakes(tmp_path, files, "p/k/deep/er/and/deep/er/still/b.py", "p.m:f")


@pytest.mark.parametrize(
    "code",
    [
        "import importlib.util\ndef f(): return importlib.util.find_spec('h')",
        "import importlib.metadata\ndef f(): return importlib.metadata.version('numpy')",
        "import sys\ndef f(): return sys.argv, sys.version_info",
        "import inspect\ndef f(g): return inspect.signature(g)",
        "import h\ndef f(): return h.L, h.__name__, h.__doc__",
        "def f(thing): return vars(thing), dir(thing), thing.__dict__, thing.__class__",
        "import torch\ndef f(name): return getattr(torch.optim, name)",
        "from operator import attrgetter\ndef f(rows): return sorted(rows, key=attrgetter('x'))",
        "from functools import lru_cache\n@lru_cache\ndef f(n): return n",
        "import pandas as pd\ndef f(rows): return pd.DataFrame(rows).eval('a + b')",
        "def f(model): return model.eval()",
        "from .loading import import_module\ndef f(): return import_module('h')",
    ],
)
def test_what_only_looks_dynamic_stays_precise(tmp_path: Path, code: str) -> None:
    files = {
        "p/__init__.py": "",
        "p/loading.py": "def import_module(name): return name\n",
        "p/m.py": f"SPARE = 1\n{code}\n",
        "h.py": "L = 1\nSPARE = 1\n",
    }
    found = body(tmp_path, files, "p.m:f")
    assert found.code.reasons == ()
    assert not any(label.endswith(":SPARE") for label in found.code.table)


def test_a_module_found_twice_is_not_passed_over(tmp_path: Path) -> None:
    write(tmp_path / "a", {"h.py": "L = 1", "m.py": "def f(): return __import__('h').L"})
    write(tmp_path / "b", {"h.py": "L = 2"})
    found = read_python("m:f", open_library([tmp_path / "a", tmp_path / "b"]))
    assert isinstance(found, ModuleTwice)


def test_a_module_that_python_cannot_read_cannot_be_imported(tmp_path: Path) -> None:
    files = OTHER | {"m.py": "def f(n): return __import__(n).L\n", "template.py": "{{ name }} ="}
    assert wakes(tmp_path, files, "h.py")


def cut(root: Path, limits: Limits) -> Slice | object:
    library = Library([root], limits=limits)
    module = library.module("m")
    assert isinstance(module, Module), module
    return slice_function(library, module, "f")


def test_a_compile_reads_a_bounded_project(tmp_path: Path) -> None:
    files = {f"n{number}.py": "X = 1\n" for number in range(10)}
    root = write(tmp_path, files | {"m.py": "def f(n): return __import__(n)\n"})
    assert isinstance(cut(root, Limits()), Slice)
    for limits in (Limits(files=8), Limits(bytes=45), Limits(entries=9)):
        found = cut(root, limits)
        assert isinstance(found, ModuleRefused), found
        assert found.reason is Refusal.TOO_MUCH


def test_imports_by_statement_are_bounded_too(tmp_path: Path) -> None:
    files = {f"n{number}.py": f"import n{number + 1}\n" for number in range(10)}
    root = write(tmp_path, files | {"m.py": "import n0\ndef f(): return 1\n"})
    found = cut(root, Limits(files=5))
    assert found == ModuleRefused("n4", root / "n4.py", Refusal.TOO_MUCH)
    assert isinstance(cut(root, Limits(files=12)), Slice)


def test_links_that_lead_back_end(tmp_path: Path) -> None:
    root = write(tmp_path, OTHER | {"m.py": "def f(n): return __import__(n)\n"})
    (root / "q" / "again").symlink_to(root / "q", target_is_directory=True)
    found = cut(root, Limits())
    assert isinstance(found, Slice | ModuleRefused)
