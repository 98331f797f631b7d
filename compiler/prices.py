"""What resources and machines cost for an hour: `[prices]` of `mlp.toml`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, cast

from ..runtime.dataclass import dataclass, field

if TYPE_CHECKING:
    from .ir.settings import Resources

GIB = 2**30
MOST = 1e12
TABLES = ("gpu_type", "instance")
RATES = ("cpu", "memory", "gpu")


class NoPriceError(Exception):
    """What a step takes has no price; the text says what: `memory`, `ml.m5.xlarge`."""


@dataclass(frozen=True, slots=True)
class Prices:
    """Amounts of `currency` for an hour: of a core, a GiB of memory, a gpu of a type that is not
    in `gpu_type`, and of a machine that a target chooses."""

    currency: str
    cpu: float | None = None
    memory: float | None = None
    gpu: float | None = None
    gpu_type: Mapping[str, float] = field(default_factory=dict)
    instance: Mapping[str, float] = field(default_factory=dict)

    def asked(self, resources: Resources) -> float | None:
        """What a step with these resources costs for an hour; None where it asks for nothing that
        could have a price. Raises `NoPriceError`."""
        gpus = resources.gpu or (1 if resources.gpu_type else 0)
        parts = (
            ("cpu", resources.cpu, self.cpu),
            ("memory", None if resources.memory is None else resources.memory / GIB, self.memory),
            (resources.gpu_type or "gpu", gpus or None, self._gpu(resources.gpu_type)),
        )
        costs: list[float] = []
        for name, amount, price in parts:
            if amount is not None:
                if price is None:
                    raise NoPriceError(name)
                costs.append(amount * price)
        return sum(costs) if costs else None

    def machine(self, name: str) -> float:
        """What a machine costs for an hour. Raises `NoPriceError`."""
        if name not in self.instance:
            raise NoPriceError(name)
        return self.instance[name]

    def _gpu(self, kind: str | None) -> float | None:
        return self.gpu if kind is None else self.gpu_type.get(kind, self.gpu)


@dataclass(frozen=True, slots=True)
class Flaw:
    """Where in the section something is wrong, what, and the way out."""

    path: tuple[str, ...]
    text: str
    way: str
    code: str = "MLP0503"


def read_prices(table: Mapping[str, object]) -> tuple[Prices | None, list[Flaw]]:
    """The prices of a section, or what is wrong with it. `ml.m5.xlarge` in TOML is a table in a
    table, and the same as `"ml.m5.xlarge"`."""
    wrong = [*_unknown(table), *_no_currency(table)]
    found: dict[str, dict[str, float]] = {}
    for name in TABLES:
        entries = table.get(name, {})
        if isinstance(entries, dict):
            found[name], unfit = _amounts((name,), cast("dict[str, object]", entries))
            wrong += unfit
        else:
            way = f'write `[prices.{name}]` and below it, for example, `"{_EXAMPLES[name]}" = 0.23`'
            wrong.append(Flaw((name,), f"`{name}` is a table of prices", way))
    rates, unfit = _amounts((), {name: table[name] for name in RATES if name in table})
    wrong += unfit
    if wrong:
        return None, wrong
    cpu, memory, gpu = (rates.get(name) for name in RATES)
    return Prices(str(table["currency"]), cpu, memory, gpu, *(found[n] for n in TABLES)), []


_EXAMPLES = {"gpu_type": "nvidia-l4", "instance": "ml.m5.xlarge"}


def _unknown(table: Mapping[str, object]) -> Iterator[Flaw]:
    known = ("currency", *RATES, *TABLES)
    for name, value in table.items():
        if name not in known:
            way = f"it takes {', '.join(known)}"
            if "." in name or isinstance(value, dict):
                way = f"{way}; a machine stands below `[prices.instance]`"
            yield Flaw((name,), f"there is no key called `{name}`", way, "MLP0502")


def _no_currency(table: Mapping[str, object]) -> Iterator[Flaw]:
    said = table.get("currency")
    way = 'write for example `currency = "USD"`'
    if said is None:
        yield Flaw((), "there is no `currency`", way)
    elif not isinstance(said, str) or not said.strip() or not said.isprintable():
        yield Flaw(("currency",), "`currency` is a text of one line", way)


def _amounts(
    above: tuple[str, ...], table: Mapping[str, object]
) -> tuple[dict[str, float], list[Flaw]]:
    found: dict[str, float] = {}
    wrong: list[Flaw] = []
    waiting: list[tuple[tuple[str, ...], object]]
    waiting = [((name,), value) for name, value in table.items()]
    while waiting:
        path, value = waiting.pop(0)
        name = ".".join(path)
        if isinstance(value, dict):
            waiting += [((*path, below), inner) for below, inner in value.items()]
        elif isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= MOST:
            found[name] = float(value)
        else:
            text = f"the price of `{name}` is a number from 0 up, for an hour; not `{value}`"
            wrong.append(Flaw((*above, *path), text, "write for example `0.04`"))
    return found, wrong
