"""What changed in a body: functions, cells, lines of a script, an image."""

from __future__ import annotations

from collections.abc import Iterator

from ...runtime.record import Record
from ..bodies.symbols import ORDER
from ..ir.definitions import ContainerBody, NotebookBody, PythonBody, ShellBody
from ..ir.nodes import Task
from ..ir.values import Json
from ..passes.keys import Spec
from .reason import Reason
from .words import Text, first_difference, leaves, moved, said, table


def body_changes(task: Task, spec: Spec, last: Record, text_of: Text) -> Iterator[Reason]:
    """At least one reason; the bodies must differ."""
    was, now = table(last.parts["body"]), table(table(spec.json["parts"])["body"])
    body, span = task.definition.body, task.definition.span
    found: list[Reason] = []
    if was.get("kind") != now.get("kind"):
        text = f"`{task.definition.name}` runs {_a(now)} instead of {_a(was)}"
        found = [Reason("body.kind", text, said(was.get("kind")), said(now.get("kind")), span)]
    else:
        match body:
            case PythonBody() | NotebookBody() if was.get("digest") == now.get("digest"):
                found = list(_moved(task, spec, last))
            case PythonBody() | NotebookBody():
                found = list(_symbols(task, spec, last))
            case ShellBody():
                found = list(_script(task, body, was, now, text_of))
            case ContainerBody():
                found = list(_container(task, body, was, now))
    text = f"the {now.get('kind')} body of `{task.definition.name}` changed"
    yield from found or (Reason("body", text, span=span),)


def _a(part: dict[str, Json]) -> str:
    return {"python": "a Python function", "shell": "a shell script"}.get(
        said(part.get("kind")), f"a {said(part.get('kind'))}"
    )


def _moved(task: Task, spec: Spec, last: Record) -> Iterator[Reason]:
    """What the outputs may name, as pickled objects do, and lies elsewhere now."""
    _, _, both = _labels(spec, last)
    for now, was in sorted(both.items()):
        text = f"`{was}` is `{now}` now, and what comes out may name it"
        yield Reason(f"body.{now}", text, was, now, task.definition.span)


def _labels(spec: Spec, last: Record) -> tuple[dict[str, Json], dict[str, Json], dict[str, str]]:
    """The symbols of then and of now, and which old label a new one of the same name stands for."""
    before = table(table(last.provenance.get("explain")).get("symbols"))
    after = table(table(spec.json["explain"]).get("symbols"))
    gone = {_name(label): label for label in before if label not in after}
    come = {_name(label): label for label in after if label not in before}
    both = {come[name]: gone[name] for name in come.keys() & gone.keys()}
    # What does the same has only another name now.
    same = {before[label]: label for label in gone.values() if label not in both.values()}
    for label in come.values():
        if label not in both and after[label] in same:
            both[label] = same.pop(after[label])
    return before, after, both


def _symbols(task: Task, spec: Spec, last: Record) -> Iterator[Reason]:
    """The functions, constants and cells that changed. In a module or notebook that has another
    name now, what is called the same there is the same. In which order modules do what they do on
    import says nothing beside what else changed."""
    before, after, both = _labels(spec, last)
    orders: dict[str, Reason] = {}
    found = False
    for label in sorted((before.keys() | after.keys()) - {*both.values()}):
        old, new = before.get(both.get(label, label)), after.get(label)
        if old == new:
            continue
        if _name(label) == ORDER:
            file = label.removesuffix(f":{ORDER}")
            text = f"what `{file}` does on import is done in another order"
            orders[file] = Reason(f"body.{label}", text, span=task.definition.span)
            continue
        verb = "changed" if old and new else "is new" if new else "is not used any more"
        yield Reason(f"body.{label}", f"`{label}` {verb}", span=task.definition.span)
        found = True
    yield from () if found else orders.values()


def _name(label: str) -> str:
    return label.rpartition(":")[2]


def _script(
    task: Task, body: ShellBody, was: dict[str, Json], now: dict[str, Json], text_of: Text
) -> Iterator[Reason]:
    span, name = task.definition.span, task.definition.name
    if was.get("text") != now.get("text"):
        old = text_of(said(was.get("text")))
        gone, come = (None, None) if old is None else first_difference(old, body.text)
        text = f"the shell body of `{name}` changed"
        yield Reason("body.text", text, gone, come, span, quote=come)
    contents = {file.path: file.content for file in body.files}
    for path, before, after in leaves(was.get("files"), now.get("files")):
        file = "".join(path)
        shown = file.removeprefix("code/")
        if before is None or after is None:
            verb = "is new" if before is None else "is not used any more"
            yield Reason(f"body.{shown}", f"the script `{shown}` {verb}", span=span)
            continue
        old = text_of(said(before))
        new = contents.get(file, b"").decode("utf-8", "replace")
        gone, come = (None, None) if old is None else first_difference(old, new)
        text = f"the script `{shown}` changed"
        yield Reason(f"body.{shown}", text, gone, come, span, file=shown, quote=come)


def _container(
    task: Task, body: ContainerBody, was: dict[str, Json], now: dict[str, Json]
) -> Iterator[Reason]:
    span, name = task.definition.span, task.definition.name
    if was.get("image") != now.get("image"):
        yield Reason("body.image", f"the image of `{name}` changed", now=body.image, span=span)
    if was.get("command") != now.get("command"):
        text = f"the command of `{name}` changed"
        old, new = (
            " ".join(map(_word, command)) if isinstance(command, list) else ""
            for command in (was.get("command"), now.get("command"))
        )
        shown = f" {moved(old, new)}" if old and new else ""
        yield Reason("body.command", text + shown, old or None, new or None, span)


def _word(part: Json) -> str:
    """A part of a command as text, as far as it is written out."""
    match part:
        case ["lit", _, value]:
            return said(value)
        case ["ref", str(name)]:
            return f"${name}"
        case _:
            return "…"
