"""Approvals: what a run asks a person, and what the person decided, as files of the run's folder.

`approvals/asked/NODE.json` is there as long as the answer counts; `approvals/decided/NODE.json` is
written once, whoever is first.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from ...runtime.dataclass import dataclass
from ..ir.values import Json
from .folder import file_name, write_whole


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: `by` says who may answer, `until` when it is too late."""

    node: str
    message: str
    by: tuple[str, ...]
    asked: datetime
    until: datetime | None

    def as_json(self) -> dict[str, Json]:
        return {
            "node": self.node,
            "message": self.message,
            "by": [*self.by],
            "asked": self.asked.isoformat(),
            "until": None if self.until is None else self.until.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer. `by` is the name it was given in, `user` who was logged in."""

    approved: bool
    by: str | None
    user: str | None
    at: datetime

    def as_json(self) -> dict[str, Json]:
        return {
            "approved": self.approved,
            "by": self.by,
            "user": self.user,
            "at": self.at.isoformat(),
        }


def ask(folder: Path, node: str, message: str, by: tuple[str, ...], timeout: float | None) -> Asked:
    """Asks, or takes up what an earlier part of the run asked: its time runs on."""
    place = _place(folder, "asked", node)
    before = _asked(place)
    if before is not None:
        return before
    now = datetime.now(UTC)
    until = None if timeout is None else now + timedelta(seconds=timeout)
    asked = Asked(node, message, by, now, until)
    place.parent.mkdir(parents=True, exist_ok=True)
    write_whole(place, json.dumps(asked.as_json(), ensure_ascii=False) + "\n")
    return asked


def withdraw(folder: Path, node: str) -> None:
    """The answer does not count any more."""
    _place(folder, "asked", node).unlink(missing_ok=True)


def decide(folder: Path, node: str, decision: Decision) -> bool:
    """Notes an answer; False where there is one already."""
    place = _place(folder, "decided", node)
    place.parent.mkdir(parents=True, exist_ok=True)
    new = place.with_name(f".{place.name}.{os.getpid()}")
    new.write_text(json.dumps(decision.as_json(), ensure_ascii=False) + "\n", encoding="utf-8")
    try:
        os.link(new, place)
    except FileExistsError:
        return False
    finally:
        new.unlink()
    return True


def decision_of(folder: Path, node: str) -> Decision | None:
    """What was decided, if anything was."""
    found = _read(_place(folder, "decided", node))
    if found is None:
        return None
    by, user = found.get("by"), found.get("user")
    try:
        at = _moment(found.get("at"))
    except ValueError:
        return None
    return Decision(
        found.get("approved") is True,
        None if by is None else str(by),
        None if user is None else str(user),
        at,
    )


def open_questions(folder: Path) -> list[Asked]:
    """What waits for an answer, the oldest first."""
    now = datetime.now(UTC)
    found: list[Asked] = []
    with suppress(OSError):
        for place in sorted((folder / "approvals" / "asked").glob("*.json")):
            asked = _asked(place)
            if asked is None or (asked.until is not None and asked.until <= now):
                continue
            if decision_of(folder, asked.node) is None:
                found.append(asked)
    return sorted(found, key=lambda asked: asked.asked)


def _place(folder: Path, what: str, node: str) -> Path:
    return folder / "approvals" / what / f"{file_name(node)}.json"


def _asked(place: Path) -> Asked | None:
    found = _read(place)
    if found is None:
        return None
    until, by = found.get("until"), found.get("by")
    try:
        return Asked(
            str(found["node"]),
            str(found["message"]),
            tuple(map(str, by)) if isinstance(by, list) else (),
            _moment(found["asked"]),
            None if until is None else _moment(until),
        )
    except (KeyError, ValueError):
        return None


def _moment(text: Json) -> datetime:
    """Raises `ValueError` for what is no moment, or one of nobody knows which zone."""
    moment = datetime.fromisoformat(str(text))
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no zone")
    return moment


def _read(place: Path) -> Mapping[str, Json] | None:
    try:
        found = json.loads(place.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return cast("dict[str, Json]", found) if isinstance(found, dict) else None
