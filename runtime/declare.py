"""Declares data classes as `dataclasses` does, but compiles `__init__` with the first value.

For classes that inherit no fields. What `fields` and `asdict` of the standard library need of a
class is made when they ask for it.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, NamedTuple, NoReturn, TypeVar, cast

C = TypeVar("C", bound=type)
T = TypeVar("T")
Method = Callable[..., Any]

_NOTHING = object()


class Field(NamedTuple):
    """One field: what it is when nothing is given, and what it takes part in."""

    name: str
    default: object = _NOTHING
    default_factory: Callable[[], object] | None = None
    init: bool = True
    repr: bool = True
    compare: bool = True


def field(
    *,
    default_factory: Callable[[], object] | None = None,
    init: bool = True,
    repr: bool = True,
    compare: bool = True,
) -> Any:
    """Like `dataclasses.field`."""
    return Field("", _NOTHING, default_factory, init, repr, compare)


def replace(value: T, /, **changes: object) -> T:
    """Like `dataclasses.replace`, for a class declared here."""
    cls: Any = type(value)
    for name in cls.__match_args__:
        if name not in changes:
            changes[name] = getattr(value, name)
    copy: T = cls(**changes)
    return copy


def dataclass(*, frozen: bool = False, slots: bool = False, eq: bool = True) -> Callable[[C], C]:
    """Like `dataclasses.dataclass`."""

    def declared(cls: C) -> C:
        body = {n: v for n, v in vars(cls).items() if n not in ("__dict__", "__weakref__")}
        fields = tuple(_field(n, body.pop(n, _NOTHING)) for n in body.get("__annotations__", ()))
        names = tuple(one.name for one in fields)
        body["__match_args__"] = tuple(one.name for one in fields if one.init)
        body["__dataclass_fields__"] = _StandardFields(fields)
        body.setdefault("__repr__", _repr(tuple(one.name for one in fields if one.repr)))
        if eq:
            compared = _getter(tuple(one.name for one in fields if one.compare))
            body.setdefault("__eq__", _eq(compared))
            if frozen and body.get("__hash__") is None:
                body["__hash__"] = _hash(compared)
        if frozen:
            body |= {"__setattr__": _refuse, "__delattr__": _refuse}
        if frozen and slots:
            body["__reduce__"] = _reduce(_getter(names))
        if slots:
            body["__slots__"] = names
        made: Any = type(cls)(cls.__name__, cls.__bases__, body)
        made.__init__ = _first_init(made, fields, frozen=frozen)
        return cast(C, made)

    return declared


def _field(name: str, default: object) -> Field:
    if isinstance(default, Field):
        return default._replace(name=name)
    return Field(name, default)


def _first_init(cls: Any, fields: tuple[Field, ...], *, frozen: bool) -> Method:
    def initialize(self: Any, *given: object, **named: object) -> None:
        cls.__init__ = _init(cls, fields, frozen=frozen)
        cls.__init__(self, *given, **named)

    return initialize


def _init(cls: type, fields: tuple[Field, ...], *, frozen: bool) -> Method:
    """The initializer of a class, written out and compiled."""
    scope: dict[str, Any] = {"nothing": _NOTHING, "put": object.__setattr__}
    heads, lines = ["self"], []
    for one in fields:
        name, value = one.name, one.name
        if one.default_factory is not None:
            scope[f"new_{name}"] = one.default_factory
            value = (
                f"new_{name}() if {name} is nothing else {name}" if one.init else f"new_{name}()"
            )
        if one.default is not _NOTHING:
            scope[f"default_{name}"] = one.default
            heads.append(f"{name}=default_{name}")
        elif one.init:
            heads.append(name if one.default_factory is None else f"{name}=nothing")
        elif one.default_factory is None:
            continue
        lines.append(f"put(self, {name!r}, {value})" if frozen else f"self.{name} = {value}")
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    text = f"def __init__({', '.join(heads)}):\n " + "\n ".join(lines or ["pass"])
    exec(text, scope)
    made: Method = scope["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    return made


def _getter(names: tuple[str, ...]) -> Method:
    """The values of some fields, as a tuple."""
    if len(names) > 1:
        return attrgetter(*names)
    return (lambda self: (getattr(self, names[0]),)) if names else (lambda self: ())


def _eq(compared: Method) -> Method:
    def equal(self: object, other: object) -> Any:
        if type(other) is not type(self):
            return NotImplemented
        return compared(self) == compared(other)

    return equal


def _hash(compared: Method) -> Method:
    def hashed(self: object) -> int:
        return hash(compared(self))

    return hashed


def _repr(names: tuple[str, ...]) -> Method:
    def printed(self: object) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{type(self).__qualname__}({shown})"

    return printed


def _reduce(values: Method) -> Method:
    def parts(self: object) -> tuple[type, object]:
        return type(self), values(self)

    return parts


def _refuse(self: object, name: str, value: object = None) -> NoReturn:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot assign to field {name!r}")


class _StandardFields:
    """A class's `__dataclass_fields__`, made when somebody asks."""

    def __init__(self, fields: tuple[Field, ...]) -> None:
        self.fields = fields

    def __get__(self, instance: object, owner: type) -> dict[str, Any]:
        import dataclasses

        kinds = owner.__annotations__
        listed = [(one.name, kinds[one.name], _standard(one)) for one in self.fields]
        owner.__dataclass_fields__ = dict(  # type: ignore[attr-defined]
            vars(dataclasses.make_dataclass(owner.__name__, listed))["__dataclass_fields__"]
        )
        found: dict[str, Any] = owner.__dataclass_fields__  # type: ignore[attr-defined]
        return found


def _standard(one: Field) -> Any:
    import dataclasses

    given: dict[str, Any] = {"init": one.init, "repr": one.repr, "compare": one.compare}
    if one.default is not _NOTHING:
        given["default"] = one.default
    if one.default_factory is not None:
        given["default_factory"] = one.default_factory
    return dataclasses.field(**given)
