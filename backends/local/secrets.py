"""Secrets on this machine: from the environment, from a file outside of git, from a keyring."""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import shutil
import stat
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from ...compiler.ir.settings import SecretRef
from ...runtime.secrets import SecretError, names_of

SERVICE = "millpond"
_LINE = re.compile(r"(?:export\s+)?([^\s=]+)\s*=\s*(.*)")


class Vault:
    """Where this machine keeps secrets. Each is looked up once, when it is first asked for."""

    def __init__(self, outer: Mapping[str, str], file: Path | None) -> None:
        self._outer = outer
        self._file = file
        self._known: dict[SecretRef, str | None] = {}

    def find(self, secret: SecretRef) -> str | None:
        """The value of a secret; None where no place has it."""
        if secret not in self._known:
            self._known[secret] = self._found(secret)
        return self._known[secret]

    def values(self, secrets: Iterable[SecretRef]) -> dict[str, str]:
        """The values by the variable that each is to be in. Raises `SecretError`."""
        found: dict[str, str] = {}
        for secret in secrets:
            value = self.find(secret)
            if value is None:
                places = "; ".join(self.places(secret))
                raise SecretError(f"secret `{secret.variable}` is not here: {places}")
            found[secret.variable] = value
        return found

    def places(self, secret: SecretRef) -> Iterator[str]:
        """Every place that is looked at, in words."""
        names = names_of(secret.variable, secret.name)
        listed = [f"`{name}`" for name in names]
        yield f"no environment variable {' or '.join(listed)}"
        if self._file is None:
            yield "no file of secrets: `[secrets]` in `mlp.toml` names none"
        elif not self._file.is_file():
            yield f"no file of secrets at {self._file}"
        else:
            yield f"no such line in {self._file}"
        if _keyring_is_there():
            yield f"no entry `{secret.name}` of the service `{SERVICE}` in the keyring"
        else:
            yield "no keyring: the Python package `keyring` is not installed"

    def _found(self, secret: SecretRef) -> str | None:
        names = names_of(secret.variable, secret.name)
        for kept in (self._outer, self._lines):
            for name in names:
                if name in kept:
                    return kept[name]
        return _in_keyring(secret.name)

    @cached_property
    def _lines(self) -> Mapping[str, str]:
        if self._file is None:
            return {}
        try:
            return parse(self._file.read_text("utf-8-sig", "replace"))
        except OSError:
            return {}


def parse(text: str) -> dict[str, str]:
    """The lines `NAME=value` of a file of secrets; a value may stand in quotes."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        said = _LINE.fullmatch(line.strip())
        if said is None or line.lstrip().startswith("#"):
            continue
        name, value = said.groups()
        if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
            inner = value[1:-1]
            value = inner.replace("\\n", "\n").replace('\\"', '"') if value[0] == '"' else inner
        found[name] = value
    return found


def _keyring_is_there() -> bool:
    return importlib.util.find_spec("keyring") is not None


def _in_keyring(name: str) -> str | None:
    if not _keyring_is_there():
        return None
    try:
        keyring: Any = importlib.import_module("keyring")
        found = keyring.get_password(SERVICE, name)
    except Exception:  # a keyring that is locked or broken is one that does not have it
        return None
    return found if isinstance(found, str) else None


def is_open(file: Path) -> bool:
    """Whether everybody on this machine may read a file."""
    try:
        return bool(file.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False


def is_in_git(file: Path, path: str | None) -> bool:
    """Whether git has a file, or would take it with the next `git add`."""
    git = shutil.which("git", path=path)
    if git is None or not file.is_file():
        return False
    quiet = {"stdin": subprocess.DEVNULL, "capture_output": True, "check": False}
    there: Any = {**quiet, "cwd": file.parent, "env": dict(os.environ)}
    tracked = subprocess.run((git, "ls-files", "--error-unmatch", file.name), **there)
    if tracked.returncode == 0:
        return True
    # 0: ignored, 1: not, 128: there is no repository.
    return subprocess.run((git, "check-ignore", "--quiet", file.name), **there).returncode == 1
