"""The signature of a Python function, read from its source text."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Sequence
from enum import Enum

from ...runtime.dataclass import dataclass
from .library import Library
from .module import Module
from .problem import Bound, FunctionMissing, FunctionUnsuitable, ModuleProblem, Unsuitable

_TYPING_NAMES = {
    "typing.Dict": "builtins.dict",
    "typing.List": "builtins.list",
    "typing.Set": "builtins.set",
    "typing.Text": "builtins.str",
    "typing.Tuple": "builtins.tuple",
}


class ParameterKind(Enum):
    """How a parameter takes its argument."""

    POSITIONAL = "positional only"
    ORDINARY = "by position or name"
    NAMED = "by name only"


@dataclass(frozen=True, slots=True)
class Annotation:
    """A type as written, and what it names.

    `name` is the full name (`pandas.DataFrame`, `builtins.int`, `typing.Union`) or None where it
    cannot be told; `arguments` are those in brackets. `A | None` and `Optional[A]` are both
    `typing.Union` of two; `Annotated[A, ...]` is `A`.
    """

    text: str
    name: str | None
    arguments: tuple[Annotation, ...] = ()


@dataclass(frozen=True, slots=True)
class Parameter:
    """One named parameter of a function."""

    name: str
    annotation: Annotation | None
    has_default: bool
    kind: ParameterKind
    line: int


@dataclass(frozen=True, slots=True)
class Signature:
    """What can be read of a function without running it; lines count from 1.

    `module` is where the function is written, which re-exports may hide. Decorators may change
    what the function takes: `decorators` are their full names, None for one that cannot be told.
    """

    module: Module
    function: str
    parameters: tuple[Parameter, ...]
    takes_any_position: bool
    takes_any_name: bool
    returns: Annotation | None
    line: int
    end_line: int
    header: str
    decorators: tuple[str | None, ...]


def function_names(module: Module) -> tuple[str, ...]:
    """Names of the module's top-level functions, in the order of the file."""
    return tuple(dict.fromkeys(node.name for node in _functions(module.body)))


def read_signature(
    library: Library, module: Module, function: str
) -> Signature | FunctionMissing | FunctionUnsuitable | ModuleProblem:
    """The signature of `function` as a user of `module` sees it, re-exports followed."""
    seen: set[tuple[str, str]] = set()
    place, name = module, function
    while (place.name, name) not in seen:
        seen.add((place.name, name))
        definition = _definition(place, name)
        if definition is not None:
            return _read(place, definition, module.name, function)
        follow = _followed(library, place, name)
        if isinstance(follow, tuple):
            place, name = follow
        elif isinstance(follow, Bound) or follow is None:
            break
        else:
            return follow
    bound = _bound(place, name)
    return FunctionMissing(
        module.name,
        function,
        module.file.path,
        _nearest(module, function),
        bound,
        _line(module, function),
    )


def _followed(
    library: Library, module: Module, name: str
) -> tuple[Module, str] | Bound | None | ModuleProblem:
    """Where a name that is not defined here comes from."""
    positions = module.binders.get(name, ())
    if not positions:
        for item in module.imports:
            if item.name == "*" and library.is_local(item):
                source = library.module(item.module)
                if isinstance(source, Module) and name in source.binders:
                    return source, name
        return None
    statement = module.body[positions[-1]]
    if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Name):
        return module, statement.value.id
    for item in module.bound[positions[-1]].imports:
        if item.bound != name:
            continue
        if item.name is None or not library.is_local(item):
            return Bound.FOREIGN
        source = library.module(item.module)
        return (source, item.name) if isinstance(source, Module) else source
    return _bound(module, name)


def _bound(module: Module, name: str) -> Bound | None:
    positions = module.binders.get(name, ())
    if not positions:
        return None
    statement = module.body[positions[-1]]
    if isinstance(statement, ast.ClassDef):
        return Bound.CLASS
    if any(item.bound == name for item in module.bound[positions[-1]].imports):
        return Bound.FOREIGN
    return Bound.VALUE


def _line(module: Module, name: str) -> int | None:
    positions = module.binders.get(name, ())
    return module.line(positions[-1]) if positions else None


def _nearest(module: Module, name: str) -> tuple[str, ...]:
    import difflib

    return tuple(difflib.get_close_matches(name, function_names(module), n=3))


def _functions(body: Sequence[ast.stmt]) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            yield statement
        elif isinstance(statement, ast.If | ast.Try | ast.With):
            yield from _functions(statement.body)
            if isinstance(statement, ast.Try):
                for handler in statement.handlers:
                    yield from _functions(handler.body)
            if not isinstance(statement, ast.With):
                yield from _functions(statement.orelse)


def _definition(module: Module, name: str) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    positions = module.binders.get(name, ())
    if not positions:
        return None
    found = [node for node in _functions((module.body[positions[-1]],)) if node.name == name]
    return found[0] if found else None


def _read(
    module: Module, node: ast.FunctionDef | ast.AsyncFunctionDef, wanted: str, function: str
) -> Signature | FunctionUnsuitable:
    unsuitable = None
    if isinstance(node, ast.AsyncFunctionDef):
        unsuitable = Unsuitable.ASYNC
    elif b"yield" in module.source and _yields(node):
        unsuitable = Unsuitable.GENERATOR
    if unsuitable is not None:
        return FunctionUnsuitable(wanted, function, module.file.path, node.lineno, unsuitable)
    return Signature(
        module,
        node.name,
        tuple(_parameters(module, node.args)),
        node.args.vararg is not None,
        node.args.kwarg is not None,
        None if node.returns is None else read_annotation(module, node.returns),
        node.lineno,
        node.end_lineno or node.lineno,
        _header(module, node),
        tuple(
            _name(module, item.func if isinstance(item, ast.Call) else item)
            for item in node.decorator_list
        ),
    )


def _parameters(module: Module, node: ast.arguments) -> Iterator[Parameter]:
    ordinary = [*node.posonlyargs, *node.args]
    first_default = len(ordinary) - len(node.defaults)
    for position, item in enumerate(ordinary):
        kind = ParameterKind.ORDINARY
        if position < len(node.posonlyargs):
            kind = ParameterKind.POSITIONAL
        yield _parameter(module, item, kind, has_default=position >= first_default)
    for item, default in zip(node.kwonlyargs, node.kw_defaults, strict=True):
        yield _parameter(module, item, ParameterKind.NAMED, has_default=default is not None)


def _parameter(
    module: Module, item: ast.arg, kind: ParameterKind, *, has_default: bool
) -> Parameter:
    annotation = None if item.annotation is None else read_annotation(module, item.annotation)
    return Parameter(item.arg, annotation, has_default, kind, item.lineno)


def read_annotation(module: Module, node: ast.expr) -> Annotation:
    """An annotation in `module`; one in quotes is read as if it were not."""
    text = _text(module, node)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        text = node.value
        try:
            node = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError):
            return Annotation(text, None)
        return _annotation(module, node, text, quoted=True)
    return _annotation(module, node, text, quoted=False)


def _annotation(module: Module, node: ast.expr, text: str, *, quoted: bool) -> Annotation:
    def inner(part: ast.expr) -> Annotation:
        # Positions inside quotes are not positions of the file.
        if quoted:
            return _annotation(module, part, ast.unparse(part), quoted=True)
        return read_annotation(module, part)

    if isinstance(node, ast.Constant) and node.value is None:
        return Annotation(text, "None")
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return Annotation(text, "typing.Union", tuple(inner(part) for part in _alternatives(node)))
    if not isinstance(node, ast.Subscript):
        return Annotation(text, _name(module, node))
    name = _name(module, node.value)
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    if name == "typing.Literal":
        return Annotation(text, name, tuple(Annotation(ast.unparse(part), None) for part in parts))
    if name == "typing.Annotated":
        kept = inner(parts[0])
        return Annotation(text, kept.name, kept.arguments)
    arguments = tuple(inner(part) for part in parts)
    if name == "typing.Optional":
        return Annotation(text, "typing.Union", (*arguments, Annotation("None", "None")))
    return Annotation(text, name, arguments)


def _alternatives(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return [*_alternatives(node.left), *_alternatives(node.right)]
    return [node]


def _name(module: Module, node: ast.expr) -> str | None:
    attributes: list[str] = []
    while isinstance(node, ast.Attribute):
        attributes.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    item = module.typing_imports.get(node.id)
    if item is not None:
        head = item.whole
    elif node.id in module.binders:
        head = f"{module.name}.{node.id}"
    elif hasattr(builtins, node.id):
        head = f"builtins.{node.id}"
    else:
        return None
    name = ".".join([head, *reversed(attributes)]).replace("typing_extensions.", "typing.")
    return _TYPING_NAMES.get(name, name)


def _text(module: Module, node: ast.expr) -> str:
    lines = module.lines
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    if last >= len(lines):
        return ast.unparse(node)
    start, end = node.col_offset, node.end_col_offset or 0
    if first == last:
        return lines[first][start:end].decode("utf-8", "replace")
    text = b"".join([lines[first][start:], *lines[first + 1 : last], lines[last][:end]])
    return " ".join(text.decode("utf-8", "replace").split())


def _header(module: Module, node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """The function's first line as a reader would quote it: `def fit(train, lr=0.1)`."""
    body_line = node.body[0].lineno
    lines = module.lines[node.lineno - 1 : max(body_line - 1, node.lineno)]
    text = " ".join(b"".join(lines).decode("utf-8", "replace").split())
    returns = text.find(") ->")
    text = text[: returns + 1] if returns >= 0 else text.partition("):")[0] + ")"
    return text if text.startswith("def ") and len(text) <= 80 else f"def {node.name}(...)"


def _yields(node: ast.AST) -> bool:
    waiting = list(ast.iter_child_nodes(node))
    while waiting:
        item = waiting.pop()
        if isinstance(item, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            waiting.extend(ast.iter_child_nodes(item))
    return False
