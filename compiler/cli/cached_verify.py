"""`mlp cache verify`: hold every byte that is kept here against its digest."""

from __future__ import annotations

from collections.abc import Sequence

from ...runtime.collect import alone
from ...runtime.health import Damage, Health, Kind, examine
from ...runtime.mend import Mended, mend, rebuild
from ...runtime.remote import RemoteStore
from ...runtime.store import StoreUnreachableError
from ..driver.front import Targets
from ..driver.keeping import Keeping, keeping, nodes_called
from .amounts import counted, size_of
from .options import parse, parser, with_format, with_project
from .plain import one_line
from .show import print_json

_FEW = 10
_WHAT = {
    Kind.CHANGED: ("file", "files"),
    Kind.MISSING: ("file", "files"),
    Kind.SIZE: ("file", "files"),
    Kind.STRAY: ("stray file", "stray files"),
    Kind.RECORD: ("record", "records"),
    Kind.ROW: ("entry of the index", "entries of the index"),
    Kind.LEDGER: ("line of the ledger", "lines of the ledger"),
    Kind.SOURCE: ("note of a source", "notes of sources"),
    Kind.INDEX: ("index", "indexes"),
}


def run(words: Sequence[str], targets: Targets) -> int:
    """Reads everything; 1 where something is damaged and was not mended."""
    built = parser(
        "cache verify",
        "hold every byte that is kept here against its digest",
        "mlp cache verify --repair",
    )
    built.add_argument(
        "--repair",
        action="store_true",
        help="move damage aside, fetch it anew where the shared store has it; the rest runs again",
    )
    with_project(built)
    with_format(built, "human", "json")
    options = parse(built, words[1:])
    rebuilt = _rebuilt(options.project) if options.repair else None
    with keeping(options.project) as here, alone(here.root):
        health = examine(here.store)
        # Asked before the mending: what is lost has no name any more.
        results, names = here.results(), here.history.names()
        hurt = nodes_called(health.hurt, results, names)
        mended = None
        if options.repair and health.damages:
            mended = mend(here.store, health, _far(here))
        lost = nodes_called(mended.lost, results, names) if mended is not None else []
    if options.format == "json":
        print_json(_object(health, hurt, mended, lost, rebuilt))
    else:
        _tell(health, hurt, mended, lost, rebuilt)
    return 1 if health.damages and mended is None else 0


def _rebuilt(project: str | None) -> int | None:
    """Makes an index that cannot be read anew: its results then; None for one that is sound."""
    with keeping(project) as here:
        try:
            with here.store.index.reading() as connection:
                if connection.execute("pragma quick_check(1)").fetchall() == [("ok",)]:
                    return None
        except StoreUnreachableError as problem:
            if "is damaged" not in str(problem):
                raise
    with alone(here.root):
        return rebuild(here.root)


def _far(here: Keeping) -> RemoteStore | None:
    return here.far(None) if here.project.store_url is not None else None


def _object(
    health: Health, hurt: list[str], mended: Mended | None, lost: list[str], rebuilt: int | None
) -> dict[str, object]:
    return {
        "version": 1,
        "files": health.objects,
        "bytes": health.bytes,
        "results": health.results,
        "loose": {"files": health.loose, "bytes": health.loose_bytes},
        "damages": [
            {"kind": damage.kind.name.lower(), "what": damage.what, "keys": list(damage.keys)}
            for damage in health.damages
        ],
        "hurt": hurt,
        "rebuilt": rebuilt,
        "repaired": None
        if mended is None
        else {"aside": mended.aside, "brought": mended.brought, "lost": lost},
    }


def _tell(
    health: Health, hurt: list[str], mended: Mended | None, lost: list[str], rebuilt: int | None
) -> None:
    if rebuilt is not None:
        print(f"the index was damaged and has been made anew: {counted(rebuilt, 'result')}")
    read = f"{counted(health.results, 'result')}, {counted(health.objects, 'file')}"
    print(f"read {read}, {size_of(health.bytes)}")
    if health.loose:
        what = f"{counted(health.loose, 'file')} ({size_of(health.loose_bytes)})"
        print(f"{what} of no result: `mlp cache gc` removes what nothing needs")
    if not health.damages:
        print("all of it is sound")
        return
    kinds: dict[Kind, list[Damage]] = {}
    for damage in health.damages:
        kinds.setdefault(damage.kind, []).append(damage)
    for kind, found in kinds.items():
        one, many = _WHAT[kind]
        what = f"1 {one}" if len(found) == 1 else f"{len(found):,} {many}"
        print(f"damaged: {what}, {kind.value}")
    if hurt:
        print(f"this hurts {_listed(hurt)}")
    else:
        print("no result is hurt")
    if mended is None:
        print("to mend it: mlp cache verify --repair")
        return
    print(f"moved {counted(mended.aside, 'file')} to .millpond/damaged, mended {mended.brought}")
    print(f"will run again: {_listed(lost)}" if lost else "nothing has to run again")


def _listed(names: list[str]) -> str:
    shown = [f"`{one_line(name)}`" for name in names[:_FEW]]
    more = [f"{len(names) - _FEW} more"] if len(names) > _FEW else []
    return ", ".join((*shown, *more))
