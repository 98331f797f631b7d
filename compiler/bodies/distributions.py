"""Which installed distributions the imports of a body load: those it names, and what they need."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from ...runtime.dataclass import dataclass
from .site import Metadata, Site
from .unpublished import editable_source


@dataclass(frozen=True, slots=True)
class Distribution:
    """An installed distribution, its name in the normal form of package indexes.

    One that no index has (a local folder, an editable install) has its content in the version.
    """

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Installed:
    """The distributions behind some import names, sorted, and the names that nothing provides.

    `needs` says of each that the code itself does not import which other one asks for it, by the
    shortest way; sorted. One that is `editable` changes without a trace in what is installed.
    """

    distributions: tuple[Distribution, ...]
    needs: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()
    editable: bool = False

    @property
    def pins(self) -> tuple[str, ...]:
        """`name==version` of each."""
        return tuple(f"{each.name}=={each.version}" for each in self.distributions)


def find_distributions(names: Iterable[str], site: Site) -> Installed:
    """The distributions that provide the top-level import `names`, and all that these need.

    What is needed is what their metadata asks for on this Python and this machine, with the extras
    that a requirement names. One that is asked for and not installed is left out: the key changes
    when it comes.
    """
    wanted = sorted(set(names))
    found: dict[str, set[Distribution]] = {}
    needs: dict[str, str] = {}
    missing: list[str] = []
    waiting: deque[tuple[Metadata, str]] = deque()
    for name in wanted:
        providers = site.providers(name)
        if not providers:
            missing.append(name)
        waiting.extend((metadata, "") for metadata in providers)
    roots = {metadata.name for metadata, _ in waiting}
    seen: set[tuple[str, str]] = set()
    while waiting:
        metadata, extra = waiting.popleft()
        if (metadata.place, extra) in seen:
            continue
        seen.add((metadata.place, extra))
        found.setdefault(metadata.name, set()).add(
            Distribution(metadata.name, site.version(metadata))
        )
        for requirement in metadata.requires:
            needed = site.named(requirement.name)
            if not needed or not requirement.wanted(site.here, extra):
                continue
            if requirement.name not in roots:
                needs.setdefault(requirement.name, metadata.name)
            for each in needed:
                waiting.extend((each, asked) for asked in ("", *requirement.extras))
    distributions = sorted(
        (one for several in found.values() for one in several),
        key=lambda one: (one.name, one.version),
    )
    editable = any(editable_source(place) is not None for place, _ in seen)
    return Installed(tuple(distributions), tuple(sorted(needs.items())), tuple(missing), editable)
