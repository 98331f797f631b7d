"""The seal: tells what this user's `mlp` wrote from what came with a project or was damaged.

A project's folder may come from anybody. What is sealed holds a digest that is keyed with a secret
which lies outside of all projects; without it nobody can write what passes.
"""

from __future__ import annotations

import hmac
import os
import stat
from pathlib import Path

_BYTES = 32


def sealed(content: bytes) -> bytes | None:
    """The content behind its seal; None where no secret can be kept."""
    secret = _secret(make=True)
    return None if secret is None else _digest(secret, content) + content


def unsealed(data: bytes) -> bytes | None:
    """The content, if its seal is whole and ours."""
    secret = _secret(make=False)
    seal, content = data[:_BYTES], data[_BYTES:]
    if secret is None or not hmac.compare_digest(seal, _digest(secret, content)):
        return None
    return content


def _digest(secret: bytes, content: bytes) -> bytes:
    return hmac.digest(secret, b"millpond memo\0" + content, "sha256")


def _place() -> Path:
    state = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    return Path(state) / "millpond" / "seal"


def _secret(*, make: bool) -> bytes | None:
    """The user's secret; one that others can read or write is none."""
    place = _place()
    try:
        with open(place, "rb") as file:
            status = os.fstat(file.fileno())
            found = file.read(_BYTES + 1)
        private = status.st_uid == os.getuid() and not status.st_mode & (
            stat.S_IRWXG | stat.S_IRWXO
        )
        return found if private and len(found) == _BYTES else None
    except FileNotFoundError:
        return _made(place) if make else None
    except OSError:
        return None


def _made(place: Path) -> bytes | None:
    new = place.with_name(f"seal.{os.getpid()}")
    secret = os.urandom(_BYTES)
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secret)
        try:
            os.link(new, place)  # whoever is first
        except FileExistsError:
            return _secret(make=False)
        finally:
            new.unlink()
    except OSError:
        return None
    return secret
