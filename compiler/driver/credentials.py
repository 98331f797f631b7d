"""Logins for registries, from where `docker login` leaves them; never written or printed by us."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from ...runtime.dataclass import dataclass, field

_USUAL = "https://index.docker.io/v1/"
_HELPER = re.compile(r"[A-Za-z0-9][\w.-]*")
_SECONDS = 20
# What a helper answers in the place of a user who has a token and no password.
_TOKEN_USER = "<token>"


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user with a password, or a `token` to be changed for another one."""

    user: str
    password: str = field(repr=False)
    token: str | None = field(repr=False)

    @property
    def basic(self) -> str:
        """The value of `Authorization`."""
        both = f"{self.user}:{self.password}".encode()
        return f"Basic {base64.b64encode(both).decode()}"


def credentials_for(host: str, variables: Mapping[str, str] = os.environ) -> Credentials | None:
    """What docker's configuration says of a registry, None where it says nothing."""
    folder = variables.get("DOCKER_CONFIG") or os.path.expanduser("~/.docker")
    try:
        data = json.loads((Path(folder) / "config.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(data, dict):
        return None
    config = cast("dict[str, object]", data)
    names = _names(host)
    helper = next((h for h in map(_table(config, "credHelpers").get, names) if h), None)
    helper = helper or config.get("credsStore")
    if isinstance(helper, str) and _HELPER.fullmatch(helper):
        found = next(filter(None, (_asked(helper, name, variables) for name in names)), None)
        if found is not None:
            return found
    stored = _table(config, "auths")
    entries = (entry for name in names if isinstance(entry := stored.get(name), dict))
    return next(filter(None, map(_written, entries)), None)


def _names(host: str) -> tuple[str, ...]:
    """What a registry may be called in there."""
    if host == "docker.io":
        return (_USUAL, "docker.io", "index.docker.io", "https://index.docker.io/v1")
    return host, f"https://{host}", f"https://{host}/", f"https://{host}/v1/", f"http://{host}"


def _table(config: Mapping[str, object], name: str) -> dict[str, object]:
    found = config.get(name)
    return cast("dict[str, object]", found) if isinstance(found, dict) else {}


def _written(entry: Mapping[str, object]) -> Credentials | None:
    """The login in an entry of `auths`."""
    user, password, token = (entry.get(name) for name in ("username", "password", "identitytoken"))
    coded = entry.get("auth")
    if isinstance(coded, str) and coded:
        try:
            user, _, password = base64.b64decode(coded).decode().partition(":")
        except ValueError:
            return None
    if not isinstance(user, str) or not isinstance(password, str):
        return None
    password = password.rstrip("\0")
    if isinstance(token, str) and token:
        return Credentials(user, password, token)
    return Credentials(user, password, None) if user else None


def _asked(helper: str, name: str, variables: Mapping[str, str]) -> Credentials | None:
    """What the program that keeps docker's logins answers."""
    program = shutil.which(f"docker-credential-{helper}", path=variables.get("PATH"))
    if program is None:
        return None
    try:
        ended = subprocess.run(
            (program, "get"),
            input=name,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=True,
        )
        data = json.loads(ended.stdout)
        user, secret = str(data["Username"]), str(data["Secret"])
    except (OSError, ValueError, KeyError, TypeError, subprocess.SubprocessError):
        return None
    if user == _TOKEN_USER:
        return Credentials("", "", secret)
    return Credentials(user, secret, None) if user else None
