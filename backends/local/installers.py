"""Installers: uv where it is there, else the pip of the Python that `mlp` runs on."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from .interpreters import Interpreter


@dataclass(frozen=True, slots=True)
class Installer:
    """The commands of one tool; `uv` is its program, None for pip."""

    uv: str | None

    @property
    def variables(self) -> Mapping[str, str]:
        """No Python comes from outside: the one that is wanted was found before anything began."""
        if self.uv is None:
            return {"PIP_NO_INPUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        return {"UV_PYTHON_DOWNLOADS": "never", "UV_NO_PROGRESS": "1"}

    def empty(self, python: Interpreter, place: Path) -> tuple[str, ...]:
        """Makes an environment that holds nothing."""
        if self.uv is not None:
            return (self.uv, "venv", "--no-project", "--python", python.program, str(place))
        # Where pip is ours, the environment holds what is listed and no pip beside it.
        bare = ("--without-pip",) if _has_pip() else ()
        return (python.program, "-I", "-m", "venv", *bare, str(place))

    def install(self, program: str, *words: str) -> tuple[str, ...]:
        """Installs into the environment of a program."""
        if self.uv is not None:
            return (self.uv, "pip", "install", "--python", program, *words)
        return (*self._pip(program), "install", "--progress-bar", "off", *words)

    def check(self, program: str) -> tuple[str, ...]:
        """Fails where what is installed needs something that is not."""
        if self.uv is not None:
            return (self.uv, "pip", "check", "--python", program)
        return (*self._pip(program), "check")

    def export(self, folder: Path, listed: Path) -> tuple[str, ...]:
        """Writes the packages of a `uv.lock` down as requirements; only uv can."""
        assert self.uv is not None, "nothing starts without uv where there is a uv.lock"
        words = ("--frozen", "--no-default-groups", "--no-emit-workspace", "--quiet")
        return (self.uv, "export", "--project", str(folder), *words, "--output-file", str(listed))

    def _pip(self, program: str) -> tuple[str, ...]:
        if _has_pip():
            return (sys.executable, "-I", "-m", "pip", "--python", program)
        return (program, "-I", "-m", "pip")


def installer(path: str | None) -> Installer:
    """The tool that makes environments here."""
    return Installer(shutil.which("uv", path=path))


def _has_pip() -> bool:
    return importlib.util.find_spec("pip") is not None


def requirements_of_pylock(text: str, folder: Path) -> str:
    """The packages of a `pylock.toml` as requirements with hashes. Raises `ValueError`."""
    return "".join(f"{line}\n" for line in _requirements(text, folder))


def _requirements(text: str, folder: Path) -> Iterator[str]:
    import tomllib

    content = tomllib.loads(text)
    for package in cast("list[dict[str, object]]", content.get("packages", [])):
        name, version = package["name"], package.get("version")
        files = [*_files(package.get("wheels")), *_files(package.get("sdist"))]
        if version is None or not files:
            kind = next((k for k in ("vcs", "directory", "archive") if k in package), "no file")
            raise ValueError(f"the lock has {kind} for `{name}`, and no version with hashes")
        for file in files:
            if isinstance(file.get("path"), str):
                place = (folder / cast(str, file["path"])).resolve().parent
                yield f"--find-links {place}"
        marker = f" ; {package['marker']}" if "marker" in package else ""
        hashes = [
            f"--hash={kind}:{value}"
            for file in files
            for kind, value in sorted(cast("dict[str, str]", file.get("hashes", {})).items())
        ]
        yield " ".join([f"{name}=={version}{marker}", *hashes])


def _files(listed: object) -> list[dict[str, object]]:
    if isinstance(listed, list):
        return cast("list[dict[str, object]]", listed)
    return [cast("dict[str, object]", listed)] if isinstance(listed, dict) else []
