"""Links to packages that lie elsewhere, in one folder that bodies are imported from."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path


def link_packages(packages: Mapping[str, Path], folder: Path) -> Path:
    """A folder below `folder` with a link to each package, which is found by its top-level name.

    What lies beside a package stays out of reach: another interpreter may run the body, and the
    packages of this one are not for it. The same packages give the same folder.
    """
    places = sorted((top, str(home / top)) for top, home in packages.items())
    links = folder / hashlib.sha256(repr(places).encode()).hexdigest()[:12]
    links.mkdir(parents=True, exist_ok=True)
    for top, place in places:
        if not (links / top).is_symlink():
            # Another run may be at it too; a link is there whole or not at all.
            fresh = links / f"{top}.{os.getpid()}"
            fresh.symlink_to(place)
            fresh.replace(links / top)
    return links
