"""`mlp test`: run the tests of a file, stubbed or for real."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from ..driver.front import Checked, Targets, Usage, front
from ..driver.testing import Verdict, choose_tests, run_tests
from .options import parse, parser, path_of, with_format
from .show import print_json, refuse, show_report


def run(words: Sequence[str], targets: Targets) -> int:
    """Runs the tests in the order written; 1 where one fails."""
    built = parser(
        "test", "run the tests of a file", 'mlp test flights.mlp "a weak model stops the line"'
    )
    built.add_argument("file", metavar="FILE", help="a `.mlp` file")
    built.add_argument(
        "names", metavar="TITLE", nargs="*", help="which tests; all if none is named"
    )
    built.add_argument("--stubbed", action="store_true", help="let no step run that has no stub")
    built.add_argument("--junit", metavar="XML", help="also write a report that CI systems read")
    with_format(built, "human", "short", "json")
    options = parse(built, words)
    checked = front(path_of(options.file), targets)
    if checked.report.has_errors:
        return refuse(checked, options.format)
    tests = choose_tests(checked, options.names)
    if options.format != "json":
        show_report(checked, options.format)
    show = _silent if options.format == "json" else _teller(checked, options.format)
    verdicts = run_tests(checked, targets, tests, stubbed=options.stubbed, seen=show)
    failed = sum(not verdict.passed for verdict in verdicts)
    if options.junit is not None:
        _write_junit(checked, verdicts, Path(options.junit))
    if options.format == "json":
        print_json(_object(checked, verdicts))
    elif not verdicts:
        print(f'{checked.source.name} has no tests; write one: test "…" for PIPELINE {{ … }}')
    else:
        took = _time(sum(verdict.seconds for verdict in verdicts))
        passed = len(verdicts) - failed
        print(f"\n{_count(len(verdicts))}: {_sums(passed, failed)} in {took}")
    return 1 if failed else 0


def _silent(verdict: Verdict) -> None:
    """Machines read the end alone."""


def _teller(checked: Checked, style: str) -> Callable[[Verdict], None]:
    """Tells each verdict as it comes; why a test failed is the result, and goes to stdout."""
    from ..diagnostics.render import render, render_short

    def tell(verdict: Verdict) -> None:
        word = "pass" if verdict.passed else "FAIL"
        print(f"{word}  {verdict.title}  ({_time(verdict.seconds)})", flush=True)
        for failure in verdict.failures:
            short = style == "short"
            print(f"\n{(render_short if short else render)(failure, checked.sources)}")
        if verdict.failures:
            print(flush=True)

    return tell


def _object(checked: Checked, verdicts: Sequence[Verdict]) -> dict[str, object]:
    from ..diagnostics.export import diagnostic_to_json

    return {
        "version": 1,
        "file": checked.source.name,
        "tests": [
            {
                "title": verdict.title,
                "status": "passed" if verdict.passed else "failed",
                "seconds": verdict.seconds,
                "failures": [diagnostic_to_json(d, checked.sources) for d in verdict.failures],
                "nodes": [
                    {"id": node.id, "step": node.step, "state": node.state, "why": node.why}
                    for node in verdict.nodes
                ],
            }
            for verdict in verdicts
        ],
        "totals": {
            "passed": sum(verdict.passed for verdict in verdicts),
            "failed": sum(not verdict.passed for verdict in verdicts),
        },
    }


def _write_junit(checked: Checked, verdicts: Sequence[Verdict], path: Path) -> None:
    from .junit import junit

    try:
        path.write_bytes(junit(checked, verdicts))
    except OSError as problem:
        raise Usage(f"cannot write `{path}`: {problem.strerror}") from None


def _count(tests: int) -> str:
    return "1 test" if tests == 1 else f"{tests} tests"


def _sums(passed: int, failed: int) -> str:
    parts = [(passed, "passed"), (failed, "failed")]
    return ", ".join(f"{count} {word}" for count, word in parts if count)


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
