"""What changed in the environment of a body: its image, its Python, its packages one by one."""

from __future__ import annotations

from collections.abc import Iterator

from ...runtime.record import Record
from ..ir.nodes import Task
from ..ir.values import Json
from ..passes.keys import Spec
from ..passes.listed import (
    AS_IT_IS,
    WORDS,
    Moved,
    differing,
    file_of,
    listed,
    moved_packages,
    needs_of,
)
from ..source import Span
from .reason import Reason
from .words import Text, leaves, moved, said, table

MANIFEST = "mlp.toml"
ANY = "any version"
_FILES = {"lock": "lockfile", "requirements": "requirements"}


def environment_changes(task: Task, spec: Spec, last: Record, text_of: Text) -> Iterator[Reason]:
    """The leaves of two environments; none where they are the same."""
    was, now = table(last.parts["environment"]), table(table(spec.json["parts"])["environment"])
    words = differing(was, now)
    for path, old, new in leaves({**was}, {**now}):
        word = path[0]
        if word not in WORDS:
            yield _setting(task, path, old, new)
    if words:
        yield from _packages(task, was, last, now, text_of)


def _setting(task: Task, path: tuple[str, ...], old: Json, new: Json) -> Reason:
    word = path[0]
    part, span = ".".join(("environment", *path)), _span(task, word)
    file, quote = _manifest(task, word)
    if word == "image":
        # A digest says nothing to anybody; the name that is written may.
        shown = (task.settings.environment.image or "").partition("@")[0] or None
        if new is None:
            return Reason(part, "it does not run in an image any more", span=span)
        text = f"the image `{shown}` it runs in changed"
        if old is None:
            text = f"it runs in the image `{shown}` now"
        return Reason(part, text, None, shown, span, file, quote)
    if word == "python":
        text = f"Python changed {moved(said(old), said(new))}"
        if old is None or new is None:
            text = f"it runs in Python {said(new)} now" if old is None else "it runs no Python now"
        return Reason(part, text, _plain(old), _plain(new), span, file, quote)
    text = f"the {word} it runs in changed"
    return Reason(part, text, _plain(old), _plain(new), span)


def _manifest(task: Task, word: str) -> tuple[str | None, str | None]:
    """The manifest and the key in it, where it says in what all steps run."""
    environment, name = task.settings.environment, _FILES.get(word, word)
    if task.settings.span(f"environment.{name}") or not getattr(environment, name, None):
        return None, None
    return MANIFEST, name


def _plain(value: Json) -> str | None:
    return None if value is None else said(value)


def _span(task: Task, word: str) -> Span:
    return task.settings.span(f"environment.{_FILES.get(word, word)}") or task.span


def _packages(
    task: Task, was: dict[str, Json], last: Record, now: dict[str, Json], text_of: Text
) -> Iterator[Reason]:
    """The packages that differ; the list as a whole where none can be told."""
    file = file_of(task.settings.environment)
    explained = table(table(last.provenance.get("explain")).get("needs"))
    before = listed(was, {name: said(by) for name, by in explained.items()}, text_of)
    after = listed(now, needs_of(task.definition.body), lambda _: None if file is None else file[1])
    word = next((word for word in WORDS if word in now), "packages")
    span = _span(task, word)
    found = tuple(moved_packages(before, after)) if before and after else ()
    for package in found:
        part = f"environment.packages.{package.name}"
        at, quote = _manifest(task, word)
        if file and package.now is not None:
            at, quote = file[0], package.name
        yield Reason(part, _told(package), package.was, package.now, span, at, quote)
    if not found:
        text = "the packages it runs with changed" if file is None else f"`{file[0]}` changed"
        old_list, new_list = was.get("packages"), now.get("packages")
        yield Reason(
            f"environment.{word}", text, _plain(old_list), _plain(new_list), span,
            file=None if file is None else file[0],
        )  # fmt: skip


def _told(package: Moved) -> str:
    """A sentence on one package: what became of it, and how the body comes to it."""
    name, was, now = package.name, package.was, package.now
    if was is None:
        text = f"`{name}` is new in the environment: {now or ANY}"
    elif now is None:
        text = f"`{name}` is not in the environment any more"
    elif was == now:
        text = f"the content of `{name}`{'' if now == AS_IT_IS else f' {now}'} changed"
    else:
        text = f"`{name}` changed {moved(was or ANY, now or ANY)}"
    if package.along:
        count = len(package.along)
        more = f"`{package.along[0]}`" if count == 1 else f"{count} packages"
        if was is None:
            text += f", with {more} that it needs"
        else:
            text += f", nor {'is' if count == 1 else 'are'} {more} that it needed"
    if package.way:
        *between, root = package.way
        through = f" through {' and '.join(f'`{each}`' for each in between[::-1])}"
        text += f", which `{root}` needs{through if between else ''}"
    return text
