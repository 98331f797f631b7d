"""The normal form of Python code: a text that stays when comments, layout or the Python change.

`ast.dump` differs between Python versions, so every node kind has its list of fields here. What
is absent or empty is left out, which is also how fields that only newer versions have stay out.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Hashable, Mapping, Sequence
from types import MappingProxyType

# Field order is evaluation order where it matters, and is part of the key: never reorder.
# Out on purpose: ctx, type_comment, kind (`u""`), positions.
FIELDS: dict[str, tuple[str, ...]] = {
    "FunctionDef": ("decorator_list", "name", "type_params", "args", "returns", "body"),
    "AsyncFunctionDef": ("decorator_list", "name", "type_params", "args", "returns", "body"),
    "ClassDef": ("decorator_list", "name", "type_params", "bases", "keywords", "body"),
    "Return": ("value",),
    "Delete": ("targets",),
    "Assign": ("targets", "value"),
    "TypeAlias": ("name", "type_params", "value"),
    "AugAssign": ("target", "op", "value"),
    "AnnAssign": ("target", "annotation", "value", "simple"),
    "For": ("target", "iter", "body", "orelse"),
    "AsyncFor": ("target", "iter", "body", "orelse"),
    "While": ("test", "body", "orelse"),
    "If": ("test", "body", "orelse"),
    "With": ("items", "body"),
    "AsyncWith": ("items", "body"),
    "Match": ("subject", "cases"),
    "Raise": ("exc", "cause"),
    "Try": ("body", "handlers", "orelse", "finalbody"),
    "TryStar": ("body", "handlers", "orelse", "finalbody"),
    "Assert": ("test", "msg"),
    "Import": ("names",),
    "ImportFrom": ("module", "names", "level"),
    "Global": ("names",),
    "Nonlocal": ("names",),
    "Expr": ("value",),
    "Pass": (),
    "Break": (),
    "Continue": (),
    "BoolOp": ("op", "values"),
    "NamedExpr": ("target", "value"),
    "BinOp": ("left", "op", "right"),
    "UnaryOp": ("op", "operand"),
    "Lambda": ("args", "body"),
    "IfExp": ("test", "body", "orelse"),
    "Dict": ("keys", "values"),
    "Set": ("elts",),
    "ListComp": ("elt", "generators"),
    "SetComp": ("elt", "generators"),
    "DictComp": ("key", "value", "generators"),
    "GeneratorExp": ("elt", "generators"),
    "Await": ("value",),
    "Yield": ("value",),
    "YieldFrom": ("value",),
    "Compare": ("left", "ops", "comparators"),
    "Call": ("func", "args", "keywords"),
    "FormattedValue": ("value", "conversion", "format_spec"),
    "Interpolation": ("value", "str", "conversion", "format_spec"),
    "JoinedStr": ("values",),
    "TemplateStr": ("values",),
    "Constant": ("value",),
    "Attribute": ("value", "attr"),
    "Subscript": ("value", "slice"),
    "Starred": ("value",),
    "Name": ("id",),
    "List": ("elts",),
    "Tuple": ("elts",),
    "Slice": ("lower", "upper", "step"),
    "comprehension": ("target", "iter", "ifs", "is_async"),
    "ExceptHandler": ("type", "name", "body"),
    "arguments": (
        "posonlyargs",
        "args",
        "vararg",
        "kwonlyargs",
        "kw_defaults",
        "kwarg",
        "defaults",
    ),
    "arg": ("arg", "annotation"),
    "keyword": ("arg", "value"),
    "alias": ("name", "asname"),
    "withitem": ("context_expr", "optional_vars"),
    "match_case": ("pattern", "guard", "body"),
    "MatchValue": ("value",),
    "MatchSingleton": ("value",),
    "MatchSequence": ("patterns",),
    "MatchMapping": ("keys", "patterns", "rest"),
    "MatchClass": ("cls", "patterns", "kwd_attrs", "kwd_patterns"),
    "MatchStar": ("name",),
    "MatchAs": ("pattern", "name"),
    "MatchOr": ("patterns",),
    "TypeVar": ("name", "bound", "default_value"),
    "ParamSpec": ("name", "default_value"),
    "TypeVarTuple": ("name", "default_value"),
}
_PLAIN = (
    "And Or Add Sub Mult MatMult Div Mod Pow LShift RShift BitOr BitXor BitAnd FloorDiv "
    "Invert Not UAdd USub Eq NotEq Lt LtE Gt GtE Is IsNot In NotIn"
)
FIELDS.update(dict.fromkeys(_PLAIN.split(), ()))

# The fields that hold nodes, operators left out: what a walk over names has to see.
_NO_NODES = frozenset(
    "arg asname attr conversion id is_async kwd_attrs level module op ops rest simple str".split()
)
_NAMED_BY_TEXT = frozenset(
    "ClassDef FunctionDef AsyncFunctionDef ExceptHandler MatchAs MatchStar TypeVar ParamSpec "
    "TypeVarTuple alias".split()
)
_TEXT_LISTS = frozenset(("Global", "Nonlocal", "MatchSingleton", "Constant"))


def _node_fields(kind: str) -> tuple[str, ...]:
    if kind in _TEXT_LISTS:
        return ()
    left_out = _NO_NODES | {"name"} if kind in _NAMED_BY_TEXT else _NO_NODES
    return tuple(name for name in FIELDS[kind] if name not in left_out)


NODE_FIELDS: dict[type[ast.AST], tuple[str, ...]] = {
    getattr(ast, kind): _node_fields(kind) for kind in FIELDS if hasattr(ast, kind)
}

_SPECIAL = frozenset(
    ("Name", "Constant", "JoinedStr", "FormattedValue", "AnnAssign", "Import", "ImportFrom")
)
_BLOCKS = frozenset({"body", "orelse", "finalbody"})
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_quote = json.encoder.encode_basestring_ascii

LocalImport = Callable[[ast.Import | ast.ImportFrom, ast.alias], bool]
# What stands at a node that spells a name, or for a name of a `nonlocal` at both together.
Nameless = Mapping[ast.AST | tuple[ast.AST, str], Hashable]
NOTHING: Nameless = MappingProxyType({})


def normal_form(
    node: ast.stmt,
    *,
    local: LocalImport,
    docs: bool = False,
    hints: bool = False,
    nameless: Nameless = NOTHING,
) -> str:
    """The normal form of one statement.

    Imports that are `local` go without the module's name, so that renaming a file changes nothing.
    Docstrings count only if `docs`, annotations of local variables only if `hints`. What is
    `nameless` is numbered as it is first written, or has its number; a statement then has no name.
    """
    writer = _Writer(local, docs, hints, nameless)
    writer.write(node)
    return "".join(writer.out)


def docstring(body: Sequence[ast.stmt]) -> str | None:
    """The cleaned docstring at the head of `body`; Python 3.13 cleans them itself."""
    if body and isinstance(body[0], ast.Expr):
        value = body[0].value
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            from inspect import cleandoc  # takes longer to load than most files take to check

            return cleandoc(value.value)
    return None


class _Writer:
    __slots__ = ("_docs", "_hints", "_local", "_nameless", "_numbers", "inside", "out")

    def __init__(self, local: LocalImport, docs: bool, hints: bool, nameless: Nameless) -> None:
        self.out: list[str] = []
        self.inside = False
        self._local = local
        self._docs = docs
        self._hints = hints
        self._nameless = nameless
        self._numbers: dict[Hashable, str] = {}

    def write(self, node: ast.AST) -> None:
        kind = type(node).__name__
        if kind in _SPECIAL:
            self.special(node)
        elif kind == "Attribute" and node in self._nameless:
            self.out.append(self.named(node, ""))
        else:
            self.fields(node, kind, FIELDS[kind])

    def special(self, node: ast.AST) -> None:
        if isinstance(node, ast.Name):
            self.out.append(self.named(node, "$" + _quote(node.id)))
        elif isinstance(node, ast.Constant):
            self.out.append(_literal(node.value))
        elif isinstance(node, ast.JoinedStr):
            self.joined(node)
        elif isinstance(node, ast.FormattedValue):
            self.formatted(node)
        elif isinstance(node, ast.AnnAssign):
            self.annotated(node)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            self.imported(node)

    def fields(self, node: ast.AST, kind: str, names: tuple[str, ...]) -> None:
        out = self.out
        out.append("(" + kind)
        for name in names:
            value = getattr(node, name, None)
            if value is None or value == []:
                continue
            out.append(" " + name + "=")
            if isinstance(value, ast.AST):
                self.write(value)
            elif isinstance(value, list):
                self.block(node, value) if name in _BLOCKS else self.items(node, value)
            elif isinstance(value, str):
                out.append(self.named(node, _quote(value)))
            else:
                out.append(str(int(value)))
        out.append(")")

    def named(self, place: ast.AST | tuple[ast.AST, str], name: str) -> str:
        """A name as it is written, or the number of what has none."""
        what = self._nameless.get(place)
        if what is None or isinstance(what, int):
            return name if what is None else f"@{what}"
        return self._numbers.setdefault(what, f"${len(self._numbers)}")

    def items(self, owner: ast.AST, values: list[object]) -> None:
        self.out.append("[")
        for value in values:
            if isinstance(value, ast.AST):
                self.write(value)
            elif value is None:
                self.out.append("~")
            else:
                self.out.append(self.named((owner, str(value)), _quote(str(value))))
        self.out.append("]")

    def block(self, owner: ast.AST, body: list[ast.stmt]) -> None:
        outside = self.inside
        if isinstance(owner, _SCOPES):
            self.inside = not isinstance(owner, ast.ClassDef)
        self.out.append("[")
        if self._docs and isinstance(owner, _SCOPES):
            text = docstring(body)
            if text is not None:
                self.out.append("(doc " + _quote(text) + ")")
        for statement in body:
            if not says_nothing(statement):
                self.write(statement)
        self.out.append("]")
        self.inside = outside

    def joined(self, node: ast.JoinedStr) -> None:
        parts = merged(node.values)
        if not any(isinstance(part, ast.AST) for part in parts):
            self.out.append(_literal("".join(str(part) for part in parts)))
            return
        self.out.append("(JoinedStr")
        self.parts(parts)
        self.out.append(")")

    def formatted(self, node: ast.FormattedValue) -> None:
        self.out.append("(FormattedValue ")
        self.write(node.value)
        if node.conversion != -1:
            self.out.append("!" + chr(node.conversion))
        if isinstance(node.format_spec, ast.JoinedStr) and node.format_spec.values:
            self.out.append(" spec=")
            self.parts(merged(node.format_spec.values))
        self.out.append(")")

    def parts(self, parts: list[str | ast.expr]) -> None:
        self.out.append("[")
        for part in parts:
            if isinstance(part, str):
                self.out.append(_literal(part))
            else:
                self.write(part)
        self.out.append("]")

    def annotated(self, node: ast.AnnAssign) -> None:
        # Python never evaluates the annotation of a variable inside a function.
        if self._hints or not self.inside:
            self.fields(node, "AnnAssign", FIELDS["AnnAssign"])
        elif node.value is None:
            self.fields(node, "AnnAssign", ("target", "simple"))
        else:
            self.out.append("(Assign targets=[")
            self.write(node.target)
            self.out.append("] value=")
            self.write(node.value)
            self.out.append(")")

    def imported(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            if self._local(node, alias):
                bound = alias.asname or alias.name
                if isinstance(node, ast.Import):
                    bound = bound.partition(".")[0]
                self.out.append("(import " + _quote(bound) + ")")
                continue
            prefix = ""
            if isinstance(node, ast.ImportFrom):
                prefix = "." * node.level + f"{node.module or ''} "
            self.out.append("(import " + _quote(prefix + alias.name))
            if alias.asname and alias.asname != alias.name:
                self.out.append(" as " + _quote(alias.asname))
            self.out.append(")")


def says_nothing(statement: ast.stmt) -> bool:
    """Whether a statement only fills a place: `pass`, `...`, a string that stands alone."""
    if isinstance(statement, ast.Pass):
        return True
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def merged(values: Sequence[ast.expr]) -> list[str | ast.expr]:
    """The parts of an f-string, neighbouring texts joined: Python 3.12 splits them elsewhere."""
    parts: list[str | ast.expr] = []
    for value in values:
        if not isinstance(value, ast.Constant):
            parts.append(value)
        elif value.value:
            text = str(value.value)
            last = parts[-1] if parts else None
            if isinstance(last, str):
                parts[-1] = last + text
            else:
                parts.append(text)
    return parts


def _literal(value: object) -> str:
    if isinstance(value, str):
        return _quote(value)
    if value is None or value is True or value is False or value is Ellipsis:
        return repr(value)
    if isinstance(value, int):
        return hex(value)  # decimal text of huge numbers is refused by Python
    if isinstance(value, bytes):
        return "b" + value.hex() + ";"
    return repr(value)
