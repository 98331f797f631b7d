"""`mlp.lock`: what names stood for when somebody looked, as a value: read, write, look up."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..runtime.dataclass import dataclass, field
from ..runtime.key import SCHEME
from .project import LOCK
from .sections import EDITION

if TYPE_CHECKING:
    from .ir.values import Json

VERSION = 1

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_HASH = re.compile(r"sha(256|384|512):[0-9a-f]{64,128}")
_FINGERPRINT = re.compile(r"(sha256|etag|version|tree|file):\S+")
_PACKAGE = re.compile(r"[A-Za-z0-9][\w.-]*(\[[\w.,-]*\])?==[^\s;\\]+( ; [^\n\r\\]+)?")
_CONFLICT = re.compile(r"^(<<<<<<<|=======|>>>>>>>)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a list of requirements came to for one Python: every package as `name==version`, with
    its marker if it has one, and the hashes of its files."""

    python: str
    wants: tuple[str, ...]
    packages: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def name(self) -> tuple[tuple[str, ...], str]:
        return self.wants, self.python

    @property
    def text(self) -> str:
        """The same as a list that an installer reads."""
        return "".join(
            " ".join((package, *(f"--hash={each}" for each in hashes))) + "\n"
            for package, hashes in self.packages
        )


@dataclass(frozen=True, slots=True)
class Module:
    """A module from outside the project: the version of its package, the digest of its file."""

    version: str
    digest: str


@dataclass(frozen=True, slots=True)
class Lock:
    """Everything that a project has pinned: images by the reference as it is written, lists of
    requirements, modules by name, sources by URL."""

    images: Mapping[str, str] = field(default_factory=dict)
    environments: tuple[Resolved, ...] = ()
    modules: Mapping[str, Module] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    keys: int = SCHEME
    edition: int = EDITION

    def image(self, reference: str) -> str:
        """A reference with its digest instead of its tag, where the lock knows it."""
        digest = None if "@" in reference else self.images.get(reference)
        return reference if digest is None else f"{repository(reference)}@{digest}"

    def resolved(self, wants: tuple[str, ...], python: str) -> Resolved | None:
        return next((e for e in self.environments if e.name == (wants, python)), None)


class BrokenLockError(Exception):
    """A lock that cannot be read: why, between which offsets, and the way out."""

    def __init__(self, message: str, start: int, end: int, label: str, way: str) -> None:
        super().__init__(message)
        self.start = start
        self.end = end
        self.label = label
        self.way = way


def repository(reference: str) -> str:
    """A reference to an image without its tag and digest."""
    name = reference.partition("@")[0]
    path = name.rpartition("/")[2]
    return name.removesuffix(f":{path.partition(':')[2]}") if ":" in path else name


def write(lock: Lock) -> str:
    """The text of a lock: the same for the same content, one line for each thing that is pinned."""
    environments: list[Json] = [
        {
            "python": each.python,
            "wants": list(each.wants),
            "packages": {package: list(hashes) for package, hashes in each.packages},
        }
        for each in sorted(lock.environments, key=lambda each: each.name)
    ]
    content: dict[str, Json] = {
        "version": VERSION,
        "edition": lock.edition,
        "keys": lock.keys,
        "images": dict(sorted(lock.images.items())),
        "environments": environments,
        "modules": {
            name: {"version": module.version, "digest": module.digest}
            for name, module in sorted(lock.modules.items())
        },
        "sources": dict(sorted(lock.sources.items())),
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def read(text: str) -> Lock:
    """The lock that a text holds. Raises `BrokenLockError`."""
    try:
        data: object = json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError as problem:
        conflict = _CONFLICT.search(text)
        if conflict is not None:
            raise BrokenLockError(
                f"`{LOCK}` holds a merge conflict",
                *conflict.span(),
                "here the two sides begin to differ",
                "take either side of it as it is, then `mlp lock`",
            ) from None
        place = min(problem.pos, len(text))
        label = f"{problem.msg[:1].lower()}{problem.msg[1:]}"
        raise _broken(text, "it is no JSON", place, label) from None
    except _TwiceError as problem:
        place = max(text.rfind(_quoted(problem.name)), 0)
        raise _broken(text, "it says something twice", place, "a second time") from None
    except RecursionError:
        raise _broken(text, "it is no JSON of ours", 0, "nested too deeply") from None
    if not isinstance(data, dict):
        raise _broken(text, "it is no table", 0, "an object is wanted")
    return _Reader(text).lock(data)


class _TwiceError(Exception):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in pairs:
        if name in found:
            raise _TwiceError(name)
        found[name] = value
    return found


def _quoted(word: str) -> str:
    return json.dumps(word, ensure_ascii=False)


def _broken(text: str, why: str, place: int, label: str) -> BrokenLockError:
    end = text.find("\n", place)
    end = min(end if end >= 0 else len(text), place + 80)
    return BrokenLockError(
        f"cannot read `{LOCK}`: {why}",
        place,
        max(end, place),
        label,
        f"`git checkout {LOCK}`, or delete it and say `mlp lock`",
    )


class _Reader:
    """Holds parsed JSON against the form of a lock; what is wrong is said with its place."""

    def __init__(self, text: str) -> None:
        self.text = text

    def place(self, word: str) -> int:
        return max(self.text.find(_quoted(word)), 0)

    def wrong(self, why: str, word: str, label: str) -> BrokenLockError:
        return _broken(self.text, why, self.place(word), label)

    def lock(self, data: Mapping[str, object]) -> Lock:
        for word, known, what in (
            ("version", VERSION, "version"),
            ("edition", EDITION, "edition"),
            ("keys", SCHEME, "key scheme"),
        ):
            value = data.get(word)
            if type(value) is not int or value < 1:
                raise self.wrong(f"`{word}` is no number", word, f"for example `{known}`")
            if value > known:
                place = self.place(word)
                raise BrokenLockError(
                    f"`{LOCK}` is of {what} {value}; this mlp knows up to {known}",
                    place,
                    place + len(word) + 2,
                    "written by a newer mlp",
                    "`pip install --upgrade millpond`",
                )
        known_words = ("version", "edition", "keys", "images", "environments", "modules", "sources")
        for word in data:
            if word not in known_words:
                raise self.wrong(f"nothing is called `{word}`", word, "not of this version")
        environments = data.get("environments", [])
        if not isinstance(environments, list):
            raise self.wrong("`environments` is no list", "environments", "a list is wanted")
        return Lock(
            images=self.texts(data, "images", _DIGEST, "a digest is `sha256:` and 64 hex digits"),
            environments=tuple(map(self.environment, environments)),
            modules=self.modules(data),
            sources=self.texts(data, "sources", _FINGERPRINT, "no fingerprint"),
            keys=int(str(data["keys"])),
            edition=int(str(data["edition"])),
        )

    def table(self, data: Mapping[str, object], word: str) -> dict[str, object]:
        found = data.get(word, {})
        if not isinstance(found, dict):
            raise self.wrong(f"`{word}` is no table", word, "an object is wanted")
        return found

    def texts(
        self, data: Mapping[str, object], word: str, form: re.Pattern[str], label: str
    ) -> dict[str, str]:
        found: dict[str, str] = {}
        for name, value in self.table(data, word).items():
            if not isinstance(value, str) or form.fullmatch(value) is None:
                raise self.wrong(f"`{name}` in `{word}` is not pinned by this", name, label)
            found[name] = value
        return found

    def modules(self, data: Mapping[str, object]) -> dict[str, Module]:
        found: dict[str, Module] = {}
        for name, value in self.table(data, "modules").items():
            match value:
                case {"version": str(version), "digest": str(digest), **more} if (
                    not more and _DIGEST.fullmatch(digest)
                ):
                    found[name] = Module(version, digest)
                case _:
                    raise self.wrong(
                        f"the module `{name}` is not pinned by this",
                        name,
                        "`version` and `digest` are wanted",
                    )
        return found

    def environment(self, value: object) -> Resolved:
        match value:
            case {"python": str(python), "wants": list(wants), "packages": dict(packages), **more}:
                if more:
                    word = str(next(iter(more)))
                    raise self.wrong(f"nothing is called `{word}`", word, "not of this version")
            case _:
                raise self.wrong(
                    "an environment is not said by this",
                    "environments",
                    "`python`, `wants` and `packages` are wanted for each",
                )
        return Resolved(
            python, tuple(map(str, wants)), tuple(self.package(*item) for item in packages.items())
        )

    def package(self, name: object, hashes: object) -> tuple[str, tuple[str, ...]]:
        word = str(name)
        if _PACKAGE.fullmatch(word) is None or " --" in word:
            raise self.wrong(f"`{word}` pins no package", word, "`name==version` is wanted")
        listed = tuple(map(str, hashes)) if isinstance(hashes, list) else ()
        if not listed or not all(map(_HASH.fullmatch, listed)):
            raise self.wrong(f"`{word}` has no hashes", word, "a list of `sha256:…` is wanted")
        return word, listed
