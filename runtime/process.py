"""A body in a process group of its own: started, watched, and ended with everything it started."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, cast

_GRACE_SECONDS = 2.0
_PIECE = 1 << 16
MASK = b"***"
SHORTEST_MASKED = 8


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended: `code` is negative for a signal, as in `subprocess`."""

    code: int
    timed_out: bool
    out_of_memory: bool
    seconds: float


def run(
    argv: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    log: BinaryIO,
    *,
    timeout: float | None = None,
    secrets: Sequence[str] = (),
) -> Ended:
    """Run a command to its end; its output goes to `log` with the secrets masked.

    When it ends, or its time is up, whatever it left running ends too. Raises `OSError` where it
    cannot be started.
    """
    began, kills = time.monotonic(), oom_kills()
    process = subprocess.Popen(
        list(argv),
        env=dict(environment),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    printed = cast(BufferedReader, process.stdout)
    copier = threading.Thread(target=_copy, args=(printed, log, hidden(secrets)), daemon=True)
    copier.start()
    timed_out = False
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        timed_out = True
        end(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_SECONDS)
    finally:
        end(process.pid, signal.SIGKILL)
        process.wait()
        copier.join(_GRACE_SECONDS)
    starved = process.returncode != 0 and oom_kills() > kills
    return Ended(process.returncode, timed_out, starved, time.monotonic() - began)


def end(group: int, number: signal.Signals) -> None:
    """Send a signal to a whole process group, which may be gone."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def hidden(secrets: Iterable[str]) -> list[bytes]:
    """What must not be read in a log: values that are not too short, and their longer lines, as
    what prints a key of many lines may print more on each of them. Each as it is and as Python
    and JSON write it between quotes, which is how it stands in a `KeyError` or a dictionary."""
    lines = [line for secret in secrets for line in (secret, *secret.splitlines())]
    long = [line for line in lines if len(line) >= SHORTEST_MASKED]
    forms = [form for line in dict.fromkeys(long) for form in (line, *_quoted(line))]
    return [form.encode(errors="surrogateescape") for form in dict.fromkeys(forms)]


def _quoted(text: str) -> Iterator[str]:
    """What stands between the quotes where a text is shown as a literal."""
    yield repr(text)[1:-1]
    # Beside both kinds of quotation marks Python escapes one of them.
    yield repr("'\"" + text)[4:-1]
    yield ascii(text)[1:-1]
    yield repr(text.encode(errors="surrogateescape"))[2:-1]
    yield json.dumps(text)[1:-1]
    yield json.dumps(text, ensure_ascii=False)[1:-1]


def mask(text: bytes, secrets: Sequence[bytes]) -> bytes:
    """The text with every secret made unreadable, longer ones first."""
    return _pattern(secrets).sub(MASK, text) if secrets else text


def _pattern(secrets: Sequence[bytes]) -> re.Pattern[bytes]:
    return re.compile(b"|".join(map(re.escape, sorted(secrets, key=len, reverse=True))))


class Mask:
    """Makes secrets unreadable in a stream, however its writes cut them."""

    def __init__(self, secrets: Sequence[bytes]) -> None:
        self._secrets = secrets
        self._longest = max(map(len, secrets))
        self._pattern = _pattern(secrets)
        self._held = b""

    def feed(self, piece: bytes) -> bytes:
        """What can be shown by now; what may be the beginning of a secret is held back."""
        text = self._held + piece
        cut, at, shown = self._open(text), 0, bytearray()
        for found in self._pattern.finditer(text):
            if found.start() >= cut:
                break
            shown += text[at : found.start()] + MASK
            at = found.end()
        cut = max(cut, at)
        self._held = text[cut:]
        return bytes(shown + text[at:cut])

    def rest(self) -> bytes:
        """What was held back, now that nothing follows."""
        return self._pattern.sub(MASK, self._held)

    def _open(self, text: bytes) -> int:
        """Where the first secret begins that may go on after the end."""
        for start in range(max(0, len(text) - self._longest + 1), len(text)):
            tail = text[start:]
            if any(len(s) > len(tail) and s.startswith(tail) for s in self._secrets):
                return start
        return len(text)


def _copy(source: BufferedReader, log: BinaryIO, secrets: Sequence[bytes]) -> None:
    masking = Mask(secrets) if secrets else None
    while piece := source.read1(_PIECE):
        log.write(piece if masking is None else masking.feed(piece))
        log.flush()
    if masking is not None:
        log.write(masking.rest())
        log.flush()


_COUNTERS = ("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control")
_KILLS = re.compile(rb"^oom_kill (\d+)$", re.MULTILINE)


def oom_kills() -> int:
    """How often the kernel has killed in this container for want of memory, by its cgroup."""
    for path in _COUNTERS:
        try:
            file = os.open(path, os.O_RDONLY)
        except OSError:
            continue
        try:
            found = _KILLS.search(os.read(file, _PIECE))
        finally:
            os.close(file)
        if found is not None:
            return int(found[1])
    return 0
