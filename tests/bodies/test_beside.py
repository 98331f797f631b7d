"""Files that code finds beside itself: those whose names it spells count, others are remarked."""

from __future__ import annotations

from pathlib import Path

import pytest

from millpond.compiler.bodies.library import Library
from millpond.compiler.bodies.module import Module
from millpond.compiler.bodies.slice import Slice, slice_function

PATH = "from pathlib import Path\n"
HERE = f"{PATH}HERE = Path(__file__).parent\n"
X, Y = "pkg/data/x.txt", "pkg/data/y.txt"
FILES = {
    "pkg/__init__.py": "",
    "pkg/paths.py": (
        f"{PATH}ROOT = Path(__file__).resolve().parents[1]\n"
        "DATA = Path(__file__).parent / 'data'\ndef load(path): return path.parent\n"
    ),
    X: "x",
    Y: "y",
    "conf.yaml": "c",
}
TOLD = {
    f"{PATH}def f(): return (Path(__file__).parent / 'data' / 'x.txt').read_text()": [X],
    f"{HERE}DATA = HERE / 'data'\ndef f(name): return (DATA / name).read_text()": [X, Y],
    f"{HERE}def f(): return HERE.joinpath('data', 'x.txt').read_text()": [X],
    f"{HERE}def f(): return open(f'{{HERE}}/data/x.txt')": [X, Y, "pkg/m.sql"],
    f"{HERE}def f(): return 1": [],
    f"{PATH}def f(path=Path(__file__).with_suffix('.sql')): return path.exists()": ["pkg/m.sql"],
    f"{PATH}def f(path=Path(__file__).with_name('none')): return path.exists()": ["pkg/none"],
    f"{PATH}def f():\n    here = Path(__file__).parent\n"
    "    place = here / 'data/x.txt'\n    return place.read_text()": [X],
    f"{PATH}TEXT = (Path(__file__).parent / 'data/x.txt').read_text()\ndef f(): return TEXT": [X],
    "import os\ndef f():\n    here = os.path.dirname(os.path.abspath(__file__))\n"
    "    return open(os.path.join(here, 'data', 'x.txt'))": [X],
    "import os\nHERE = os.path.dirname(__file__)\ndef f(): return open(HERE + '/data/x.txt')": [X],
    "import os\ndef f(): return os.path.basename(__file__)": [],
    "from importlib import resources\n"
    "def f(): return resources.files('pkg').joinpath('data/x.txt').read_text()": [X],
    "from importlib.resources import files\ndef f(): return files(__package__) / 'data/y.txt'": [Y],
    "from importlib import resources as r\ndef f():\n"
    "    with r.as_file(r.files('pkg') / 'data') as path:\n"
    "        return [*path.iterdir()]": [X, Y],
    "from importlib import resources\ndef f(): return resources.read_text('pkg.data', 'x.txt')": [
        X
    ],
    "import pkgutil\ndef f(): return pkgutil.get_data('pkg', 'data/x.txt')": [X],
    "from importlib import resources\ndef f(): return resources.files('certifi')": [],
    "from .paths import DATA\ndef f(name): return (DATA / name).read_text()": [X, Y],
    "from . import paths\ndef f(): return paths.DATA.joinpath('y.txt').read_text()": [Y],
    f"{PATH}class A:\n    HERE = Path(__file__).parent\n    DATA = HERE / 'data'\n"
    "    def g(self): return self.DATA / 'x.txt'\ndef f(): return A().g()": [X],
    f"{PATH}class A:\n    path: Path = Path(__file__).parent / 'data' / 'x.txt'\n"
    "def f(): return A.path.read_text()": [X],
    "from .paths import *\ndef f(): return 1": [],
    "from .paths import *\ndef f(): return (DATA / 'x.txt').read_text()": [X],
    "from . import paths\ndef f(): return paths.ROOT.joinpath('conf.yaml')": ["conf.yaml"],
    "from jinja2 import FileSystemLoader\nfrom .paths import DATA\n"
    "def f(): return FileSystemLoader(str(DATA))": [X, Y],
    "import jinja2\ndef f(): return jinja2.PackageLoader('pkg', 'data')": [X, Y],
    "import numpy\ndef f(): return numpy.__file__": [],
    "from pathlib import Path\nfrom dotenv import load_dotenv\n"
    "load_dotenv(Path(__file__).parents[1] / 'conf.yaml')\ndef f(): return 1": ["conf.yaml"],
    "import os\nimport sys\nsys.path.append(os.path.dirname(os.path.dirname(__file__)))\n"
    "def f(): return 1": [],
    "import sys\nfrom pathlib import Path\nROOT = str(Path(__file__).resolve().parents[1])\n"
    "if ROOT not in sys.path:\n    sys.path.insert(0, ROOT)\ndef f(): return 1": [],
}
UNTOLD = [
    f"{HERE}def f(): return HERE.parent",
    f"{HERE}HERE = HERE.parent\ndef f(name): return HERE / name",
    f"{HERE}def f(name): return globals()[name]",
    f"{PATH}def f(): return Path(__file__)",
    f"{PATH}def f(): return (Path(__file__).parent / 'paths.py').read_text()",
    f"{PATH}def f(): return Path(__file__).parents[3] / 'etc' / 'x'",
    f"{PATH}def f(name):\n    here = Path(__file__).parent\n"
    "    here = here / name\n    return here",
    f"{PATH}class A:\n    HERE = Path(__file__).parent\n"
    "    def g(self): return self.HERE.parent\ndef f(): return A().g()",
    f"{PATH}class A:\n    HERE = Path(__file__).parent\ndef f(): return getattr(A, 'HERE').parent",
    "from .paths import *\ndef f(name): return ROOT.joinpath(name)",
    "from .paths import *\nfrom .paths import ROOT as R\ndef f(name): return R / name",
    "from .paths import *\ndef f(name): return globals()[name]",
    "import pkgutil\ndef f(name): return pkgutil.get_data('pkg', name)",
    "import inspect\ndef f(): return inspect.getfile(f)",
    "import jinja2\ndef f(name): return jinja2.PackageLoader('pkg', name)",
    "import pkg_resources\ndef f(): return pkg_resources.resource_filename('pkg', 'data')",
    "from . import paths\ndef f(name): return paths.ROOT.joinpath(name)",
    "from .paths import DATA, load\ndef f(): return load(DATA)",
    "from importlib import resources\ndef f(name): return resources.files(name)",
    "import pkg\ndef f(): return pkg.__file__",
    "from dotenv import load_dotenv\nload_dotenv()\ndef f(): return 1",
    "from decouple import config\ndef f(): return config('KEY')",
    "import hydra\n@hydra.main(version_base=None, config_path='conf')\ndef f(c): return c",
]
SYS = "import os\nimport sys\nfrom pathlib import Path\n"
SAME = [
    f"{SYS}sys.path.append('lib')\ndef f(): return 1",
    f"{SYS}def f(): return sys.path[0], 'x' in sys.path, [*map(str, sys.path.copy())]",
    f"{SYS}ROOT = Path(__file__).parents[1]\nsys.path.insert(0, str(ROOT))\ndef f(): return 1",
    f"{SYS}def f():\n    print(sys.version)\n    sys.path.append(str(Path(__file__).parents[1]))",
]
ELSEWHERE = [
    f"{SYS}sys.path.append(os.path.dirname(__file__))\ndef f(): return 1",
    f"{SYS}LIB = Path(__file__).with_name('lib')\nsys.path.append(str(LIB))\ndef f(): return 1",
    f"{SYS}sys.path.insert(0, '/opt/lib')\ndef f(): return 1",
    f"{SYS}sys.path.append(os.environ['LIB'])\ndef f(): return 1",
    f"{SYS}sys.path += ['/opt/lib']\ndef f(): return 1",
    f"{SYS}sys.path[:0] = ['/opt/lib']\ndef f(): return 1",
    f"{SYS}sys.path = ['/opt/lib', *sys.path]\ndef f(): return 1",
    f"{SYS}def f(name):\n    sys.path.append(name)\n    import m",
    f"{SYS}def f(name):\n    for sys.path in [[name]]: import m",
    f"{SYS}def g(path): path.append('/opt/lib')\ndef f(): g(sys.path)",
    "from sys import path\npath.append('/opt/lib')\ndef f(): return 1",
    "import site\nsite.addsitedir('/opt/lib')\ndef f(): return 1",
    "import sys\nsys.meta_path.insert(0, object())\ndef f(): return 1",
]


def found(folder: Path, code: str, files: dict[str, str] = FILES) -> Slice:
    for name, text in {**files, "pkg/m.py": code, "pkg/m.sql": "select 1"}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    library = Library([folder])
    module = library.module("pkg.m")
    assert isinstance(module, Module)
    code_of = slice_function(library, module, "f")
    assert isinstance(code_of, Slice)
    return code_of


@pytest.mark.parametrize("code", TOLD)
def test_a_path_that_is_spelled_out_is_told(tmp_path: Path, code: str) -> None:
    told = found(tmp_path, code)
    assert [file.label for file in told.beside] == TOLD[code]
    assert told.unseen == ()
    before = told.digest
    for label in (X, Y, "conf.yaml"):
        (tmp_path / label).unlink()
        after = found(tmp_path, code, {n: t for n, t in FILES.items() if n != label})
        assert (after.digest != before) == (label in TOLD[code])


@pytest.mark.parametrize("code", UNTOLD)
def test_a_path_that_nobody_can_tell_is_remarked(tmp_path: Path, code: str) -> None:
    remarked = found(tmp_path, code).unseen
    assert remarked
    assert all(
        reason.text == f"`{reason.path.relative_to(tmp_path)}:{reason.line}` "
        "finds files beside the code, and nobody can tell which: "
        "what a step reads should come in as `file(…)` or `dataset(…)`"
        for reason in remarked
    )


@pytest.mark.parametrize("code", SAME)
def test_who_has_modules_found_where_they_are_anyway_changes_nothing(
    tmp_path: Path, code: str
) -> None:
    told = found(tmp_path, code)
    assert not told.beside
    assert told.unseen == ()


@pytest.mark.parametrize("code", ELSEWHERE)
def test_who_has_modules_found_elsewhere_is_remarked(tmp_path: Path, code: str) -> None:
    told = found(tmp_path, code)
    assert not told.beside
    assert {reason.text.partition(",")[0].partition("` ")[2] for reason in told.unseen} == {
        "changes where modules are found"
    }


def test_what_a_file_holds_counts_and_not_where_the_package_lies(tmp_path: Path) -> None:
    code = f"{HERE}def f(): return (HERE / 'data/x.txt').read_text()"
    first = found(tmp_path / "a", code).digest
    assert found(tmp_path / "b", code).digest == first
    assert found(tmp_path / "a", code, {**FILES, X: "other"}).digest != first
    assert found(tmp_path / "b", code, {**FILES, Y: "other"}).digest == first
    (tmp_path / "c").mkdir()
    (tmp_path / "a" / "pkg").rename(tmp_path / "c" / "pkg")
    assert found(tmp_path / "c", code).digest == first


def test_a_link_out_of_the_project_is_not_followed(tmp_path: Path) -> None:
    code = f"{HERE}def f(): return (HERE / 'data' / 'z.txt').read_text()"
    (tmp_path / "z.txt").write_text("z", "utf-8")
    (tmp_path / "a" / "pkg" / "data").mkdir(parents=True)
    (tmp_path / "a" / "pkg" / "data" / "z.txt").symlink_to(tmp_path / "z.txt")
    told = found(tmp_path / "a", code)
    assert told.beside == ()
    assert told.unseen
