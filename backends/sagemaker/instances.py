"""Instance types of Processing jobs, and the smallest one that has what a step asks for.

Shapes are those of the EC2 types behind them. No prices: they differ by region and change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias

from ...compiler.ir.settings import Resources

GIB: Final = 2**30

Size: TypeAlias = tuple[bool, int, int, float, int, str]


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance type. `memory` in GiB; `disk` in GB where it is the instance's own, else None.

    A `bursts` type has its cores now and then only. `rank` counts from the families that every
    region and new account has to those that few have; `old` ones are on their way out.
    """

    name: str
    cpu: int
    memory: float
    rank: int
    gpus: int = 0
    gpu: str | None = None
    disk: int | None = None
    bursts: bool = False
    old: bool = False

    def has(self, asked: Resources, volume: int) -> bool:
        """Whether a step that asks for this fits; `volume` is the size of its volume in GB."""
        return (
            self.cpu >= (asked.cpu or 0)
            and not (self.bursts and asked.cpu)
            and self.memory * GIB >= (asked.memory or 0)
            and self.gpus >= (asked.gpu or 0)
            and (asked.gpu_type is None or self.gpu == gpu_name(asked.gpu_type))
            and (self.disk is None or self.disk >= volume)
        )

    @property
    def size(self) -> Size:
        """Smaller first, old ones last; of equals, those that are found in more places."""
        return (self.old, self.gpus, self.cpu, self.memory, self.rank, self.name)

    def __str__(self) -> str:
        gpus = f", {self.gpus} {self.gpu}" if self.gpus else ""
        return f"{self.name} ({self.cpu} cpu, {self.memory:g} GiB{gpus})"


# Where a step says nothing. Four GiB are soon too few for a data frame, and the cores of a `t3`
# run at a fraction of their speed once its credits are used up. Helpers do next to nothing.
ORDINARY: Final = "ml.m5.large"
HELPER: Final = "ml.t3.medium"


def smallest(asked: Resources, volume: int) -> Instance | None:
    """The smallest type that has the resources, always the same one; None where none has."""
    if asked.cpu is None and asked.memory is None and not asked.gpu and asked.gpu_type is None:
        return INSTANCES[ORDINARY]
    wanting = Resources(
        asked.cpu, asked.memory, asked.gpu or (1 if asked.gpu_type else 0), asked.gpu_type
    )
    fitting = (instance for instance in INSTANCES.values() if instance.has(wanting, volume))
    return min(fitting, key=lambda instance: instance.size, default=None)


def nearest(asked: Resources, volume: int) -> list[Instance]:
    """The two types that come closest to what no type has, closest first."""

    def lack(instance: Instance) -> tuple[float, Size]:
        missing = 0.0
        if asked.gpu_type is not None and instance.gpu != gpu_name(asked.gpu_type):
            missing += 3.0 if instance.gpus else 4.0
        missing += _share(instance.gpus, asked.gpu or (1 if asked.gpu_type else 0)) * 2
        missing += _share(instance.cpu, asked.cpu or 0)
        missing += _share(instance.memory * GIB, asked.memory or 0)
        missing += 0 if instance.disk is None else _share(instance.disk, volume)
        return missing, instance.size

    return sorted(INSTANCES.values(), key=lack)[:2]


def gpu_name(text: str) -> str:
    """A gpu type as the table writes it: `NVIDIA-L4`, `Tesla T4` and `l4`, `t4` are the same."""
    words = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    return re.sub(r"^(?:nvidia-|tesla-)+", "", words)


def _share(has: float, wants: float) -> float:
    """The part of what is wanted that is missing, from 0 to 1."""
    return 0.0 if has >= wants else (wants - has) / wants


# Families in which a size says it all: cores by size, memory by core.
_REGULAR: Final = (
    ("m5", 4, "large xlarge 2xlarge 4xlarge 12xlarge 24xlarge"),
    ("c5", 2, "xlarge 2xlarge 4xlarge 9xlarge 18xlarge"),
    ("r5", 8, "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge"),
    ("m6i", 4, "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge"),
    ("c6i", 2, "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge"),
    ("r6i", 8, "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge"),
    ("m7i", 4, "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge"),
    ("c7i", 2, "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge"),
    ("r7i", 8, "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 48xlarge"),
    ("m8i", 4, "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge"),
    ("m8i", 4, "48xlarge 96xlarge"),
    ("c8i", 2, "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge"),
    ("c8i", 2, "48xlarge 96xlarge"),
    ("r8i", 8, "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge 24xlarge 32xlarge"),
    ("r8i", 8, "48xlarge 96xlarge"),
    ("m7i-flex", 4, "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge"),
    ("c7i-flex", 2, "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge"),
    ("m8i-flex", 4, "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge"),
    ("c8i-flex", 2, "xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge"),
    ("r8i-flex", 8, "large xlarge 2xlarge 4xlarge 8xlarge 12xlarge 16xlarge"),
    ("m4", 4, "xlarge 2xlarge 4xlarge 10xlarge 16xlarge"),
)

# Name, cores, GiB, gpus, gpu, own disk in GB. A job on an instance with disks of its own gets
# these for its volume, and no more. What a `g7` has is not published; 30 GB it has for certain.
_SINGLE: Final[tuple[tuple[str, int, float, int, str | None, int | None], ...]] = (
    ("c4.xlarge", 4, 7.5, 0, None, None),
    ("c4.2xlarge", 8, 15, 0, None, None),
    ("c4.4xlarge", 16, 30, 0, None, None),
    ("c4.8xlarge", 36, 60, 0, None, None),
    ("t3.medium", 2, 4, 0, None, None),
    ("t3.large", 2, 8, 0, None, None),
    ("t3.xlarge", 4, 16, 0, None, None),
    ("t3.2xlarge", 8, 32, 0, None, None),
    ("r5d.large", 2, 16, 0, None, 75),
    ("r5d.xlarge", 4, 32, 0, None, 150),
    ("r5d.2xlarge", 8, 64, 0, None, 300),
    ("r5d.4xlarge", 16, 128, 0, None, 600),
    ("r5d.8xlarge", 32, 256, 0, None, 1200),
    ("r5d.12xlarge", 48, 384, 0, None, 1800),
    ("r5d.16xlarge", 64, 512, 0, None, 2400),
    ("r5d.24xlarge", 96, 768, 0, None, 3600),
    ("g4dn.xlarge", 4, 16, 1, "t4", 125),
    ("g4dn.2xlarge", 8, 32, 1, "t4", 225),
    ("g4dn.4xlarge", 16, 64, 1, "t4", 225),
    ("g4dn.8xlarge", 32, 128, 1, "t4", 900),
    ("g4dn.12xlarge", 48, 192, 4, "t4", 900),
    ("g4dn.16xlarge", 64, 256, 1, "t4", 900),
    ("g5.xlarge", 4, 16, 1, "a10g", 250),
    ("g5.2xlarge", 8, 32, 1, "a10g", 450),
    ("g5.4xlarge", 16, 64, 1, "a10g", 600),
    ("g5.8xlarge", 32, 128, 1, "a10g", 900),
    ("g5.12xlarge", 48, 192, 4, "a10g", 3800),
    ("g5.16xlarge", 64, 256, 1, "a10g", 1900),
    ("g5.24xlarge", 96, 384, 4, "a10g", 3800),
    ("g5.48xlarge", 192, 768, 8, "a10g", 7600),
    ("g6.xlarge", 4, 16, 1, "l4", 250),
    ("g6.2xlarge", 8, 32, 1, "l4", 450),
    ("g6.4xlarge", 16, 64, 1, "l4", 600),
    ("g6.8xlarge", 32, 128, 1, "l4", 900),
    ("g6.12xlarge", 48, 192, 4, "l4", 3760),
    ("g6.16xlarge", 64, 256, 1, "l4", 1880),
    ("g6.24xlarge", 96, 384, 4, "l4", 3760),
    ("g6.48xlarge", 192, 768, 8, "l4", 7520),
    ("g6e.xlarge", 4, 32, 1, "l40s", 250),
    ("g6e.2xlarge", 8, 64, 1, "l40s", 450),
    ("g6e.4xlarge", 16, 128, 1, "l40s", 600),
    ("g6e.8xlarge", 32, 256, 1, "l40s", 900),
    ("g6e.12xlarge", 48, 384, 4, "l40s", 3800),
    ("g6e.16xlarge", 64, 512, 1, "l40s", 1900),
    ("g6e.24xlarge", 96, 768, 4, "l40s", 3800),
    ("g6e.48xlarge", 192, 1536, 8, "l40s", 7600),
    ("p2.xlarge", 4, 61, 1, "k80", None),
    ("p2.8xlarge", 32, 488, 8, "k80", None),
    ("p2.16xlarge", 64, 732, 16, "k80", None),
    ("p3.2xlarge", 8, 61, 1, "v100", None),
    ("p3.8xlarge", 32, 244, 4, "v100", None),
    ("p3.16xlarge", 64, 488, 8, "v100", None),
    ("p5.4xlarge", 16, 256, 1, "h100", 3800),
    ("g7.2xlarge", 8, 32, 1, "rtx-pro-4500", 30),
    ("g7.4xlarge", 16, 64, 1, "rtx-pro-4500", 30),
    ("g7.8xlarge", 32, 128, 2, "rtx-pro-4500", 30),
    ("g7.12xlarge", 48, 192, 4, "rtx-pro-4500", 30),
    ("g7.24xlarge", 96, 384, 4, "rtx-pro-4500", 30),
    ("g7.48xlarge", 192, 768, 8, "rtx-pro-4500", 30),
    ("g7e.2xlarge", 8, 64, 1, "rtx-pro-6000", 1900),
    ("g7e.4xlarge", 16, 128, 1, "rtx-pro-6000", 1900),
    ("g7e.8xlarge", 32, 256, 1, "rtx-pro-6000", 1900),
    ("g7e.12xlarge", 48, 512, 2, "rtx-pro-6000", 3800),
    ("g7e.24xlarge", 96, 1024, 4, "rtx-pro-6000", 7600),
    ("g7e.48xlarge", 192, 2048, 8, "rtx-pro-6000", 15200),
)

# From what every region and new account has to what is old, slow or rare.
_RANK: Final[Mapping[str, int]] = {
    family: rank
    for rank, family in enumerate(
        "m5 c5 r5 m6i c6i r6i m7i c7i r7i m8i c8i r8i m7i-flex c7i-flex m8i-flex c8i-flex "
        "r8i-flex r5d t3 g4dn g5 g6 g6e g7 g7e p5 p3 m4 c4 p2".split()
    )
}
_OLD: Final = frozenset({"m4", "c4", "p2", "p3"})


def _cores(size: str) -> int:
    return {"large": 2, "xlarge": 4}.get(size) or 4 * int(size.removesuffix("xlarge"))


def _all() -> Iterator[Instance]:
    for family, per_core, sizes in _REGULAR:
        for size in sizes.split():
            cores = _cores(size)
            name = f"ml.{family}.{size}"
            old = family in _OLD
            yield Instance(name, cores, cores * per_core, _RANK[family], old=old)
    for short, cores, memory, gpus, gpu, disk in _SINGLE:
        family = short.partition(".")[0]
        yield Instance(
            f"ml.{short}",
            cores,
            memory,
            _RANK[family],
            gpus,
            gpu,
            disk,
            bursts=family == "t3",
            old=family in _OLD,
        )


INSTANCES: Final = MappingProxyType({instance.name: instance for instance in _all()})
