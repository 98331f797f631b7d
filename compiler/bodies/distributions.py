"""Which installed distributions the imports of a body load: those it names, and what they need."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ...runtime.dataclass import dataclass
from .loose import Loose
from .unpublished import editable_source

if TYPE_CHECKING:
    from .site import Metadata, Site


@dataclass(frozen=True, slots=True)
class Distribution:
    """An installed distribution, its name in the normal form of package indexes.

    One that no index has (a local folder, an editable install) has its content in the version; a
    module that no distribution holds goes by its own name, and its content is all of its version.
    """

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Installed:
    """The distributions behind some import names, sorted, and the names that nothing provides.

    `needs` says of each that the code itself does not import which other one asks for it, by the
    shortest way; sorted. What lies `elsewhere` changes without a trace in what is installed.
    """

    distributions: tuple[Distribution, ...]
    needs: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()
    elsewhere: bool = False

    @property
    def pins(self) -> tuple[str, ...]:
        """`name==version` of each."""
        return tuple(f"{each.name}=={each.version}" for each in self.distributions)


def find_distributions(names: Iterable[str], site: Site) -> Installed:
    """The distributions that provide the top-level import `names`, and all that these need.

    What is needed is what their metadata asks for on this Python and this machine, with the extras
    that a requirement names. One that is asked for and not installed is left out: the key changes
    when it comes. A module that no distribution holds stands for itself, with what it imports.
    """
    search = _Search(site)
    missing = tuple(name for name in sorted(set(names)) if not search.imported(name, None))
    search.finish()
    found = sorted(search.found, key=lambda one: (one.name, one.version))
    needs = sorted((name, by) for name, by in search.needs.items() if by is not None)
    return Installed(tuple(found), tuple(needs), missing, search.elsewhere)


class _Search:
    """What is found on the way: `needs` has who needed each name first, None for the code itself.
    `elsewhere` says that something was read that is in no folder of installed packages."""

    def __init__(self, site: Site) -> None:
        self.found: set[Distribution] = set()
        self.needs: dict[str, str | None] = {}
        self.elsewhere = False
        self._site = site
        self._waiting: deque[tuple[Metadata, str]] = deque()
        self._loose: deque[tuple[str, Loose]] = deque()
        self._seen: set[tuple[str, str]] = set()

    def imported(self, name: str, by: str | None) -> bool:
        """Notes what an import loads; whether there is anything."""
        providers = self._site.providers(name)
        for metadata in providers:
            self.needs.setdefault(metadata.name, by)
            self._waiting.append((metadata, ""))
        loose = self._site.loose(name, providers)
        if loose is not None and (name, "*") not in self._seen:
            self._seen.add((name, "*"))
            self.needs.setdefault(name, by)
            self.elsewhere = True
            self.found.add(Distribution(name, f"+{loose.content}"))
            self._loose.append((name, loose))
        return bool(providers) or loose is not None

    def finish(self) -> None:
        """Follows what the found ones need, the nearest first."""
        while self._waiting or self._loose:
            if not self._waiting:
                name, loose = self._loose.popleft()
                for imported in loose.imports:
                    self.imported(imported, name)
                continue
            metadata, extra = self._waiting.popleft()
            if (metadata.place, extra) not in self._seen:
                self._seen.add((metadata.place, extra))
                self._follow(metadata, extra)

    def _follow(self, metadata: Metadata, extra: str) -> None:
        site = self._site
        self.found.add(Distribution(metadata.name, site.version(metadata)))
        self.elsewhere = self.elsewhere or editable_source(metadata.place) is not None
        for requirement in metadata.requires:
            needed = site.named(requirement.name)
            if needed and requirement.wanted(site.here, extra):
                self.needs.setdefault(requirement.name, metadata.name)
                for each in needed:
                    self._waiting.extend((each, asked) for asked in ("", *requirement.extras))
