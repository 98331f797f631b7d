"""Which settings enter a key, wherever they may be written: one row for each field of theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from keys.project import TWOS


@dataclass(frozen=True)
class Said:
    """A setting as it stands in a block of them, and whether it enters keys; `base` is what is
    said in its place without it."""

    text: str
    enters: bool
    base: str = ""


@dataclass(frozen=True)
class Place:
    """Where a setting may be written: what stands there, with `{}` for it, and whose it is then.

    `among` says that it is one of several named things: `resources = { cpu = 1 }`.
    """

    file: str
    before: str
    after: str
    whose: tuple[str, ...]
    among: bool = False

    def write(self, files: Mapping[str, str], setting: str) -> dict[str, str]:
        if self.among:
            setting = setting.replace(" {", " = {", 1)
        content = files[self.file]
        assert content.count(self.before) == 1
        said = self.after.format(setting) if setting else self.before
        return {**files, self.file: content.replace(self.before, said)}


_RUN = 'run shell "sh tool.sh $n > $out" '
_CALL = "counted = count(n = p)"
_TARGET = "local { workers = 2 }"
_ALL = ("make", "sell", "judge", "count", "pack", "note", "put", "read")

PLACES: Mapping[str, Place] = {
    "step": Place("project.mlp", _RUN, _RUN + "{} ", ("count",)),
    "patch": Place("project.mlp", _RUN, _RUN + "target local {{ {} }} ", ("count",)),
    "with": Place("project.mlp", _CALL, _CALL + " with ({})", ("counted",), among=True),
    "defaults": Place("project.mlp", _TARGET, "local {{ defaults {{ {} }} }}", _ALL),
    "override step": Place(
        "project.mlp", _TARGET, "local {{ override count {{ {} }} }}", ("count",)
    ),
    "override node": Place(
        "project.mlp", _TARGET, "local {{ override counted {{ {} }} }}", ("counted",)
    ),
}

OUT, IN = False, True
_IMAGE = f'image = "ghcr.io/acme/run@{TWOS}"'
_AGAIN = "attempts = 3"
_WAIT = "attempts = 3, backoff = linear(2s)"

SETTINGS: Mapping[str, Said] = {
    "Resources.cpu": Said("resources { cpu = 0.5 }", OUT),
    "Resources.memory": Said("resources { memory = 10MB }", OUT),
    "Resources.gpu": Said("resources { gpu = 1 }", OUT),
    "Resources.gpu_type": Said('resources { gpu_type = "h100" }', OUT),
    "Resources.disk": Said("resources { disk = 10MB }", OUT),
    "Resources.shm": Said("resources { shm = 10MB }", OUT),
    "Environment.image": Said(f"environment {{ {_IMAGE} }}", IN),
    "Environment.python": Said('environment { python = "3.12" }', IN),
    "Environment.lockfile": Said('environment { lockfile = file("lock.txt") }', IN),
    "Environment.requirements": Said('environment { requirements = file("req.txt") }', IN),
    "Environment.packages": Said('environment { packages = ["pandas==2.2.3"] }', IN),
    "Environment.launcher": Said(
        f'environment {{ {_IMAGE}, launcher = "none" }}', IN, f"environment {{ {_IMAGE} }}"
    ),
    "Backoff.kind": Said(
        "retry { attempts = 3, backoff = exponential(2s) }", OUT, f"retry {{ {_WAIT} }}"
    ),
    "Backoff.first": Said(
        "retry { attempts = 3, backoff = linear(3s) }", OUT, f"retry {{ {_WAIT} }}"
    ),
    "Backoff.most": Said(
        "retry { attempts = 3, backoff = exponential(2s, max = 1m) }",
        OUT,
        "retry { attempts = 3, backoff = exponential(2s) }",
    ),
    "Retry.attempts": Said("retry { attempts = 3 }", OUT),
    "Retry.backoff": Said(f"retry {{ {_WAIT} }}", OUT, f"retry {{ {_AGAIN} }}"),
    "Retry.on": Said('retry { attempts = 3, on = ["oom"] }', OUT, f"retry {{ {_AGAIN} }}"),
    "Cache.enabled": Said("cache = false", OUT),
    "Cache.ttl": Said("cache { ttl = 1d }", OUT),
    "Cache.version": Said('cache { version = "2" }', IN),
    "Cache.key": Said('cache { key = "2" }', IN),
    "Checks.made": Said("checks = false", IN),
    "Checks.sample": Said("checks { sample = 10% }", IN),
    "SecretRef.variable": Said(
        'secrets { TOKEN = secret("a") }', OUT, 'secrets { OTHER = secret("a") }'
    ),
    "SecretRef.name": Said(
        'secrets { TOKEN = secret("a") }', OUT, 'secrets { TOKEN = secret("b") }'
    ),
    "Settings.resources": Said("resources { cpu = 0.5 }", OUT),
    "Settings.environment": Said('environment { python = "3.12" }', IN),
    "Settings.retry": Said("retry { attempts = 3 }", OUT),
    "Settings.timeout": Said("timeout = 5m", OUT),
    "Settings.cache": Said('cache { version = "2" }', IN),
    "Settings.checks": Said("checks = false", IN),
    "Settings.env": Said('env { MARK = "1" }', IN),
    "Settings.secrets": Said('secrets { TOKEN = secret("a") }', OUT),
    "Settings.effects": Said("effects = true", OUT),
    "Settings.isolate": Said("isolate = true", OUT),
}
