"""The verdicts of `mlp test` as JUnit XML, which CI systems read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from ..diagnostics.render import render
from ..driver.front import Checked
from ..driver.testing import Verdict

# What XML 1.0 has no way to say, escaped or not.
_UNSAYABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(checked: Checked, verdicts: Sequence[Verdict]) -> bytes:
    """One suite for the file, one case for each test."""
    failed = sum(not verdict.passed for verdict in verdicts)
    seconds = sum(verdict.seconds for verdict in verdicts)
    name = _plain(checked.source.name)
    totals = {"tests": str(len(verdicts)), "failures": str(failed), "errors": "0"}
    suites = ET.Element("testsuites", {**totals, "time": f"{seconds:.3f}"})
    suite = ET.SubElement(
        suites, "testsuite", {"name": name, **totals, "skipped": "0", "time": f"{seconds:.3f}"}
    )
    for verdict in verdicts:
        line = checked.source.position(verdict.span.start).line
        case = ET.SubElement(
            suite,
            "testcase",
            {
                "name": _plain(verdict.title),
                "classname": name,
                "file": name,
                "line": str(line),
                "time": f"{verdict.seconds:.3f}",
            },
        )
        for failure in verdict.failures:
            what = {"message": _plain(failure.message), "type": failure.code}
            ET.SubElement(case, "failure", what).text = _plain(render(failure, checked.sources))
    ET.indent(suites)
    return f"<?xml version='1.0' encoding='utf-8'?>\n{ET.tostring(suites, 'unicode')}\n".encode()


def _plain(text: str) -> str:
    """The text without characters that no XML document may hold."""
    return _UNSAYABLE.sub("\N{REPLACEMENT CHARACTER}", text)
