"""The edition at the top of a file."""

from __future__ import annotations

from ..diagnostics.diagnostic import Edit, Fix
from ..source import Source, Span
from ..syntax import ast
from .finding import finding
from .scope import FileScope

EDITION = 2026


def check_edition(source: Source, file: ast.File, scope: FileScope) -> None:
    """Whether this version understands the file's edition, and whether the file says one."""
    edition = file.edition
    if edition is None:
        start = Span(source.name, 0, 0)
        first = Span(source.name, 0, len(source.line(1)))
        scope.add(
            finding(
                "MLP1020",
                f"add `edition {EDITION}` at the top",
                first,
                "the file does not say its edition",
                fixes=(
                    Fix(
                        f"add `edition {EDITION}`",
                        (Edit(start, f"edition {EDITION}\n\n"),),
                        safe=True,
                    ),
                ),
            )
        )
        return
    if edition.number == EDITION:
        return
    end = edition.span.end
    number = Span(edition.span.file, end - len(str(edition.number)), end)
    newer = edition.number > EDITION
    scope.add(
        finding(
            "MLP0002",
            f"this file is edition {edition.number}; this mlp knows up to {EDITION}"
            if newer
            else f"this file is edition {edition.number}; the first edition is {EDITION}",
            number,
            "a newer mlp is needed" if newer else "there is no such edition",
            help=("upgrade with `pip install --upgrade millpond`",) if newer else (),
            fixes=()
            if newer
            else (Fix(f"write {EDITION}", (Edit(number, str(EDITION)),), safe=False),),
        )
    )
