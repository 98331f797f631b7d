"""Descriptions of work that is done again: written down once for every tool that is compared."""

from __future__ import annotations

from dataclasses import dataclass

MODULUS = 1_000_003


@dataclass(frozen=True, slots=True)
class Dag:
    """`inputs[i]` are the steps that step `i` reads, all of them earlier ones; a step that reads
    none reads a file of its own, which holds another number where it is among those `changed`.

    Each adds what it reads and its own number. The step `own` has a body that no other has; when it
    is `edited`, that body is written in another way and comes to the same.
    """

    inputs: tuple[tuple[int, ...], ...]
    own: int
    changed: frozenset[int] = frozenset()
    edited: bool = False

    @property
    def sources(self) -> list[int]:
        """The steps that read a file."""
        return [step for step, reads in enumerate(self.inputs) if not reads]

    @property
    def sinks(self) -> list[int]:
        """The steps that no other reads."""
        read = {above for reads in self.inputs for above in reads}
        return [step for step in range(len(self.inputs)) if step not in read]

    def source(self, step: int) -> int:
        """What the file of a step holds."""
        return 5000 + step if step in self.changed else step

    def values(self) -> list[int]:
        """What each step comes to."""
        found: list[int] = []
        for step, reads in enumerate(self.inputs):
            given = sum(found[above] for above in reads) if reads else self.source(step)
            found.append((given + step) % MODULUS)
        return found

    def below(self, step: int) -> int:
        """How many steps must be done again when what a step reads has changed, itself included."""
        reached = {step}
        for other, reads in enumerate(self.inputs):
            if not reached.isdisjoint(reads):
                reached.add(other)
        return len(reached)


def layered(steps: int, *, width: int = 50, fan_in: int = 3) -> Dag:
    """Layers of `width` steps; each step reads `fan_in` steps of the layer above. One step of the
    last layer but one reads a file, as those of the first layer do."""
    width = min(width, max(fan_in, steps // 4))
    rows: list[tuple[int, ...]] = []
    for step in range(steps):
        layer, place = divmod(step, width)
        above = (layer - 1) * width
        reads = [above + (place + 7 * k) % width for k in range(fan_in)] if layer else []
        rows.append(tuple(dict.fromkeys(reads)))
    rows[bottom(steps, width)] = ()
    return Dag(tuple(rows), own=width)


def bottom(steps: int, width: int) -> int:
    """The step near the end that reads a file."""
    last = (steps - 1) // width
    return (last - 1) * width + width // 2
