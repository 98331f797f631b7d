"""Every document of this folder: exactly the diagnostics that it writes, and fixes that mend."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from check.literate import Case, Finding, cases

from millpond.compiler.bodies.body import (
    BodySource,
    open_library,
    read_python,
    read_script,
)
from millpond.compiler.bodies.notebook import NotebookBody, read_notebook
from millpond.compiler.bodies.problem import BodyProblem, ModuleProblem, NotebookBroken
from millpond.compiler.check.modules import Found, NotFound, Unreadable
from millpond.compiler.check.program import FileFact, TargetFacts, check
from millpond.compiler.diagnostics.codes import CODES
from millpond.compiler.diagnostics.diagnostic import Diagnostic, Fix, Report, Severity
from millpond.compiler.source import Source
from millpond.compiler.syntax.parse import parse
from millpond.compiler.types.settings import SettingRule, Stage
from millpond.compiler.types.types import INT, STRING, Column, EnumOf, ListOf, Optional, Row

FOLDER = Path(__file__).parent
DOCUMENTS = sorted(FOLDER.glob("*.md"))
CASES = [case for document in DOCUMENTS for case in cases(document)]

NODE_SELECTOR = SettingRule("node_selector", None)
ARTIFACTS = SettingRule("artifacts", STRING, latest=Stage.COMPILE)
EFFECT = EnumOf(("NoSchedule", "NoExecute"))
TOLERATION = Row(
    None,
    (
        Column("key", STRING),
        Column("effect", Optional(EFFECT)),
        Column("seconds", Optional(INT)),
    ),
)
TOLERATIONS = SettingRule("tolerations", ListOf(TOLERATION), latest=Stage.COMPILE)
TARGETS = {
    "local": TargetFacts("local", "the local engine", (SettingRule("workers", INT),), ()),
    "argo": TargetFacts(
        "argo",
        "Argo",
        (SettingRule("namespace", STRING), ARTIFACTS),
        (NODE_SELECTOR, TOLERATIONS),
    ),
    "sagemaker": TargetFacts(
        "sagemaker", "SageMaker", (ARTIFACTS,), (SettingRule("instance", STRING),)
    ),
}


@dataclass(frozen=True)
class Bodies:
    """Reads the modules of one case."""

    folder: Path

    def body(self, reference: str) -> BodySource | BodyProblem:
        return read_python(reference, open_library([self.folder]))

    def script(self, text: str) -> BodySource:
        return read_script(text, self.folder, self.folder)

    def notebook(self, path: str) -> NotebookBody | NotebookBroken | ModuleProblem:
        place = self.folder / path
        return read_notebook(path, place, place.read_bytes(), open_library([self.folder]))


def file_fact(path: str) -> FileFact:
    """The only files there are, and the only folder."""
    near = "uv.lock" if path.startswith("uv.") else None
    there = path in ("uv.lock", "fit.ipynb")
    return FileFact(there, f"project/{path}", near, folder=path == "vectors")


@dataclass(frozen=True)
class Files:
    """Finds the files of one case, whether they are named by a path or as a module."""

    texts: Mapping[str, str]

    def file(self, path: str, user: str) -> Found | NotFound | Unreadable:
        if path == "picture.mlp":
            return Unreadable("it is not UTF-8 (byte 3)")
        if path not in self.texts:
            return NotFound("no file is there", (f"project/{path}",))
        return Found(Source(path, self.texts[path]), None, file_fact)

    def module(self, name: str, user: str) -> Found | NotFound | Unreadable:
        return self.file(f"{name.replace('.', '/')}.mlp", user)


def diagnose(
    text: str, bodies: Bodies | None, files: Iterable[tuple[str, str]] = ()
) -> list[Diagnostic]:
    """All that parser and checker say about a file, and not about those that it uses."""
    source, report = Source("test.mlp", text), Report()
    tree = parse(source, report)
    check(
        source,
        tree,
        targets=TARGETS,
        bodies=bodies,
        report=report,
        file_fact=file_fact,
        modules=Files(dict(files)),
    )
    return [d for d in report if d.span is not None and d.span.file == source.name]


def bodies_of(case: Case, folder: Path) -> Bodies | None:
    for name, text in case.modules:
        (folder / name).write_text(text, encoding="utf-8")
    return Bodies(folder) if case.modules else None


def findings(case: Case, diagnostics: list[Diagnostic]) -> list[Finding]:
    source = Source("test.mlp", case.text)
    found = []
    for diagnostic in diagnostics:
        assert diagnostic.span is not None
        line = source.position(diagnostic.span.start).line
        if line <= case.lines:
            severity = diagnostic.severity.value
            found.append(Finding(line, severity, diagnostic.code, diagnostic.message))
    return sorted(found)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_file_says_what_the_document_expects(case: Case, tmp_path: Path) -> None:
    diagnostics = diagnose(case.text, bodies_of(case, tmp_path), case.files)
    assert findings(case, diagnostics) == sorted(case.expected)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_messages_keep_the_house_style(case: Case, tmp_path: Path) -> None:
    for diagnostic in diagnose(case.text, bodies_of(case, tmp_path), case.files):
        code = diagnostic.code
        assert code in CODES
        texts = [
            diagnostic.message,
            diagnostic.label,
            *(label.text for label in diagnostic.labels),
            *(fix.title for fix in diagnostic.fixes),
        ]
        for text in texts:
            assert not text.endswith(".") or text.endswith("..."), (code, text)
            assert not re.search(r"\b(Scalar|Optional|EnumOf|ListOf|NameRef|Unknown)\b", text)
        assert diagnostic.message[0] == diagnostic.message[0].lower(), diagnostic.message
        for label in (diagnostic.label, *(label.text for label in diagnostic.labels)):
            assert label, code
            assert len(label) <= 60, (code, label)


def applied(text: str, fix: Fix) -> str:
    for edit in sorted(fix.edits, key=lambda edit: edit.span.start, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


def errors(diagnostics: list[Diagnostic]) -> int:
    return sum(d.severity is Severity.ERROR for d in diagnostics)


def unreadable(diagnostics: list[Diagnostic]) -> int:
    """How many diagnostics come from the parser."""
    return sum(d.code < "MLP0200" for d in diagnostics)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_fixes_mend_what_they_say(case: Case, tmp_path: Path) -> None:
    bodies = bodies_of(case, tmp_path)
    before = diagnose(case.text, bodies, case.files)
    for diagnostic in before:
        for fix in diagnostic.fixes:
            after = diagnose(applied(case.text, fix), bodies, case.files)
            what = (diagnostic.code, fix.title)
            assert unreadable(after) <= unreadable(before), what
            if fix.safe:
                same = [d for d in after if d.code == diagnostic.code]
                assert len(same) < sum(d.code == diagnostic.code for d in before), what
                assert errors(after) <= errors(before), what


def test_every_code_of_the_checker_is_in_a_document() -> None:
    import millpond.compiler.check.program as program

    assert program.__file__ is not None
    written = "".join(
        path.read_text(encoding="utf-8") for path in Path(program.__file__).parent.glob("*.py")
    )
    emitted = set(re.findall(r'"(MLP\d{4})"', written))
    documented = {finding.code for case in CASES for finding in case.expected}
    assert emitted - documented == set()


def test_documents_have_healthy_files_too() -> None:
    assert sum(not case.expected for case in CASES) >= 10
