"""Takes the word `safe` from fixes after which a file has mistakes that it did not have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from ...runtime.dataclass import replace
from ..diagnostics.diagnostic import Diagnostic, Fix, Report, Severity
from ..diagnostics.fix import apply_fixes
from ..source import Source

MAX_WORK = 1_000_000  # characters read again for the fixes of one file

# Checks another text in place of the file's.
Again = Callable[[Source], Report]


def prove_fixes(source: Source, report: Report, again: Again) -> None:
    """Carry out the safe fixes of a report with errors, all at once and if that fails one by one.

    A fix stays safe only if no error comes up that was not there before. Where trying them all
    would take too long, the rest is called unsafe.
    """
    chosen = [fix for d in report for fix in [next((f for f in d.fixes if f.safe), None)] if fix]
    if not chosen:
        return
    before = _errors(report)
    if not _errors(again(Source(source.name, apply_fixes(source, chosen)))) - before:
        return
    tries = max(1, MAX_WORK // max(1, len(source.text)))
    for number, diagnostic in enumerate(report.diagnostics):
        fixes: list[Fix] = []
        for fix in diagnostic.fixes:
            if not fix.safe:
                fixes.append(fix)
                continue
            tries -= 1
            doubt = _doubt(diagnostic, fix, source, before, again) if tries >= 0 else "not tried"
            fixes.append(replace(fix, safe=False, why=doubt) if doubt else fix)
        report.diagnostics[number] = replace(diagnostic, fixes=tuple(fixes))


def _doubt(
    diagnostic: Diagnostic, fix: Fix, source: Source, before: Counter[str], again: Again
) -> str:
    """Why a fix is not safe, empty where it is."""
    after = again(Source(source.name, apply_fixes(source, [fix])))
    new = sorted(_errors(after) - before)
    if diagnostic.code.startswith("MLP00"):
        # A sign put right changes no meaning; that the rest can now be checked is no doubt.
        new = [code for code in new if code < "MLP02"]
    return f"{new[0]} comes up then" if new else ""


def _errors(report: Report) -> Counter[str]:
    return Counter(d.code for d in report.diagnostics if d.severity is Severity.ERROR)
