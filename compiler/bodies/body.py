"""Everything known about a step's body, read from its source and never run."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ...runtime.dataclass import dataclass
from .closure import Closure, import_closure
from .library import NO_GUESTS, Library
from .module import Module, Read, read_file
from .modules import nearest_modules
from .notebook import NotebookBody
from .problem import (
    BodyProblem,
    ModuleMissing,
    ModuleRefused,
    ReferenceMalformed,
    Refusal,
)
from .shell import Shell, read_shell, script_files
from .signature import Signature, read_signature
from .slice import Slice, slice_function


@dataclass(frozen=True, slots=True)
class PythonBody:
    """A function: what it takes, what its result depends on, what it needs beside it."""

    reference: str
    path: Path
    signature: Signature
    code: Slice
    closure: Closure

    @property
    def digest(self) -> str:
        """The body's part of the key."""
        return self.code.digest


@dataclass(frozen=True, slots=True)
class ShellBody:
    """A script, and the project's files that it runs with their digests.

    `outside` are those that do not lie below the folder of the `.mlp` file: a body runs in a folder
    of its own, below which what it runs is laid.
    """

    shell: Shell
    scripts: tuple[tuple[Path, str], ...]
    digest: str
    outside: tuple[str, ...] = ()


BodySource = PythonBody | ShellBody | NotebookBody


def open_library(
    roots: Sequence[Path], read: Read = read_file, guests: Mapping[str, Path] = NO_GUESTS
) -> Library:
    """A library over `roots`: one per compile, so that each file is parsed once.

    `guests` are single packages of other folders, by their top-level name.
    """
    return Library(roots, read, guests=guests)


def read_python(reference: str, library: Library) -> PythonBody | BodyProblem:
    """The body `package.module:function`, or what is wrong with it."""
    name, colon, function = reference.partition(":")
    if not (colon and function.isidentifier() and all(p.isidentifier() for p in name.split("."))):
        return ReferenceMalformed(reference)
    module = library.module(name)
    if isinstance(module, ModuleMissing):
        return ModuleMissing(name, module.searched, nearest_modules(name, library.roots))
    if not isinstance(module, Module):
        return module
    try:
        return _read(reference, library, module, function)
    except RecursionError:
        return ModuleRefused(name, module.file.path, Refusal.TOO_DEEP)


def _read(
    reference: str, library: Library, module: Module, function: str
) -> PythonBody | BodyProblem:
    signature = read_signature(library, module, function)
    if not isinstance(signature, Signature):
        return signature
    code = slice_function(library, module, function)
    if not isinstance(code, Slice):
        return code
    closure = import_closure(library, [module.name, *code.modules])
    if not isinstance(closure, Closure):
        return closure
    return PythonBody(reference, signature.module.file.path, signature, code, closure)


def digest_file(path: Path) -> str:
    """The sha256 of a file's bytes."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_script(
    text: str, folder: Path, root: Path, digest: Callable[[Path], str] = digest_file
) -> ShellBody:
    """The shell body `text` (dedented) of a file in `folder`, in a project at `root`.

    The digest covers the text and the content of the scripts it runs, not where they lie.
    """
    found = script_files(text, folder, root)
    near = [path for path in found if path.is_relative_to(folder)]
    scripts = tuple((path, digest(path)) for path in near)
    far = tuple(os.path.relpath(path, folder) for path in found if path not in near)
    whole = hashlib.sha256(b"shell 1\n" + hashlib.sha256(text.encode()).digest())
    for _, content in scripts:
        whole.update(content.encode())
    return ShellBody(read_shell(text), scripts, whole.hexdigest(), far)
