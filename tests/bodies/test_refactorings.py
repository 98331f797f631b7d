"""Edits of every day, by whether they may change what code gives: which of them change a digest."""

from __future__ import annotations

from pathlib import Path

import pytest
from bodies.test_slice import cut

PIPELINE = '''"""Flights."""
from __future__ import annotations

import json
import os.path as paths
from typing import TYPE_CHECKING

import pandas as pd

from .tools import LIMIT, scaled

if TYPE_CHECKING:
    from .kinds import Rows


class Table:
    """Rows of a day."""

    def __init__(self, rows):
        self.rows = rows


def late(rows: Rows, most: int = LIMIT) -> list[int]:
    """Those that are late."""
    found: list[int] = []
    for row in rows:
        if row > most:
            found.append(scaled(row))
    return found


def fit(train: pd.DataFrame) -> str:
    table = Table(train)
    return json.dumps(late(table.rows)) + paths.sep + 'x'
'''
TOOLS = '''from __future__ import annotations
LIMIT: int = 15
RATE = 1.5


def scaled(number: float) -> float:
    """By the rate."""
    return number * RATE
'''
FILES = {
    "p/__init__.py": "",
    "p/flights.py": PIPELINE,
    "p/tools.py": TOOLS,
    "p/kinds.py": "Rows = list[int]\n",
    "p/other.py": "WORD = 'w'\n",
}
FLIGHTS, HELPERS = "p/flights.py", "p/tools.py"

# Each is a file, and what is replaced by what in it, in pairs.
FREE: dict[str, tuple[tuple[str, str, str], ...]] = {
    "a docstring of a module": ((FLIGHTS, '"""Flights."""', '"""Late flights."""'),),
    "a docstring of a class": ((FLIGHTS, '"""Rows of a day."""', '"""Rows."""'),),
    "a docstring of a function": ((HELPERS, '    """By the rate."""\n', ""),),
    "a comment": ((FLIGHTS, "found: list", "# none yet\n    found: list"),),
    "a comment for a checker": ((HELPERS, "* RATE", "* RATE  # type: ignore"),),
    "pass": ((FLIGHTS, "        self.rows = rows", "        self.rows = rows\n        pass"),),
    "parentheses": ((FLIGHTS, "row > most", "(row > most)"),),
    "quotes": ((FLIGHTS, "'x'", '"x"'),),
    "an f-string without fields": ((FLIGHTS, "'x'", "f'x'"),),
    "a hint of a variable dropped": ((FLIGHTS, "found: list[int]", "found"),),
    "a hint of a variable changed": ((FLIGHTS, "found: list[int]", "found: Rows"),),
    "a hint of a parameter dropped": ((FLIGHTS, "rows: Rows,", "rows,"),),
    "a hint of a parameter changed": ((HELPERS, "number: float", "number: 'int | None'"),),
    "a hint of what is returned": ((FLIGHTS, " -> list[int]", ""),),
    "a hint of a constant dropped": ((HELPERS, "LIMIT: int", "LIMIT"),),
    "a hint of a constant added": ((HELPERS, "RATE =", "RATE: float ="),),
    "an import for hints moved": (
        (FLIGHTS, "    from .kinds import Rows", "    pass"),
        (FLIGHTS, "import pandas as pd\n", "import pandas as pd\nfrom .kinds import Rows\n"),
    ),
    "a helper renamed": (
        (FLIGHTS, "def late(", "def over("),
        (FLIGHTS, "dumps(late(", "dumps(over("),
    ),
    "a helper of another module renamed": (
        (FLIGHTS, "scaled", "by_rate"),
        (HELPERS, "scaled", "by_rate"),
    ),
    "a constant renamed": ((HELPERS, "RATE", "FACTOR"),),
    "a constant of another module renamed": (
        (FLIGHTS, "LIMIT", "MOST"),
        (HELPERS, "LIMIT", "MOST"),
    ),
    "a constant moved": (
        (HELPERS, "RATE = 1.5\n", "from .other import RATE\n"),
        ("p/other.py", "WORD", "RATE = 1.5\nWORD"),
    ),
    "a module for its names": (
        (FLIGHTS, "from .tools import LIMIT, scaled", "from . import tools"),
        (FLIGHTS, "= LIMIT", "= tools.LIMIT"),
        (FLIGHTS, "append(scaled", "append(tools.scaled"),
    ),
    "another alias of a helper": (
        (FLIGHTS, "LIMIT, scaled", "LIMIT, scaled as by_rate"),
        (FLIGHTS, "append(scaled", "append(by_rate"),
    ),
    "another way to import a package": ((FLIGHTS, "import os.path as", "from os import path as"),),
    "an absolute import": ((FLIGHTS, "from .tools", "from p.tools"),),
    "the order of imports": ((FLIGHTS, "import json\nimport os.path as paths\n",
                              "import os.path as paths\nimport json\n"),),
    "a name more of Python's": ((FLIGHTS, "import json\n", "import csv\nimport json\n"),),
    "a name more of the project's": ((FLIGHTS, "import LIMIT,", "import LIMIT, RATE,"),),
    "a module more": ((FLIGHTS, "import json\n", "import json\nimport p.other\n"),),
    "a name more of what is used": ((FLIGHTS, "import json\n", "import json\nimport pandas\n"),),
    "a local variable renamed": ((FLIGHTS, "found", "over"),),
    "the function of the step renamed": ((FLIGHTS, "def fit(", "def learn("),),
}  # fmt: skip
COUNTED: dict[str, tuple[tuple[str, str, str], ...]] = {
    "a hint of the step's own function": ((FLIGHTS, "train: pd.DataFrame", "train"),),
    "hints that are evaluated": ((FLIGHTS, "from __future__ import annotations\n", ""),),
    "a package more": ((FLIGHTS, "import json\n", "import json\nimport geopandas\n"),),
    "another alias of a package": (
        (FLIGHTS, "import pandas as pd", "import pandas as frames"),
        (FLIGHTS, "pd.DataFrame", "frames.DataFrame"),
    ),
    "a class renamed": ((FLIGHTS, "Table", "Sheet"),),
    "a parameter renamed": ((HELPERS, "number", "value"),),
    "an import in a function": (
        (FLIGHTS, "import json\n", ""),
        (FLIGHTS, "    table = ", "    import json\n    table = "),
    ),
    "a star": ((FLIGHTS, "import LIMIT, scaled", "import *"),),
    "a return of nothing": ((FLIGHTS, "= rows\n", "= rows\n        return None\n"),),
    "an f-string with a field": ((FLIGHTS, "'x'", "f'{str()}x'"),),
}


def edited(edits: tuple[tuple[str, str, str], ...]) -> dict[str, str]:
    files = dict(FILES)
    for file, old, new in edits:
        assert old in files[file]
        files[file] = files[file].replace(old, new)
    return files


@pytest.mark.parametrize("what", FREE)
def test_what_changes_no_digest(tmp_path: Path, what: str) -> None:
    entry = "learn" if "def learn(" in (files := edited(FREE[what]))[FLIGHTS] else "fit"
    before = cut(tmp_path, FILES, "p.flights:fit")
    assert cut(tmp_path, files, f"p.flights:{entry}").digest == before.digest


@pytest.mark.parametrize("what", COUNTED)
def test_what_changes_a_digest(tmp_path: Path, what: str) -> None:
    before = cut(tmp_path, FILES, "p.flights:fit")
    assert cut(tmp_path, edited(COUNTED[what]), "p.flights:fit").digest != before.digest
