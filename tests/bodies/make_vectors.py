"""Prints, as JSON, the digest of each source tree that it is given as JSON, with any Python.

`python make_vectors.py FOLDER < trees.json`, where FOLDER holds the package `millpond`.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, sys.argv[1])


def main() -> None:
    from millpond.compiler.bodies.library import Library
    from millpond.compiler.bodies.module import Module
    from millpond.compiler.bodies.slice import Slice, slice_function

    found: dict[str, object] = {}
    for name, files in json.load(sys.stdin).items():
        with tempfile.TemporaryDirectory() as folder:
            for path, text in files.items():
                place = Path(folder, path)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(text, "utf-8")
            library = Library([Path(folder)])
            module = library.module("part")
            assert isinstance(module, Module), module
            code = slice_function(library, module, "value")
            assert isinstance(code, Slice), code
            found[name] = {"digest": code.digest, "symbols": code.table}
    json.dump(found, sys.stdout, indent=1, sort_keys=True)
    print()


main()
