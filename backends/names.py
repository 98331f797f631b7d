"""Legal names: maps a pipeline's names onto what each engine accepts, stably and one to one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class NameRule:
    """What an engine takes as a name of one kind of thing.

    `characters` is the inside of a regular expression's class, `first` the class that a name must
    begin with, `joiner` what stands for every run of other characters. No name ends with a hyphen.
    `prefix` goes before a name that begins wrongly; it must begin rightly itself.
    """

    characters: str
    longest: int
    first: str = "A-Za-z0-9"
    joiner: str = "-"
    prefix: str = "n"
    lower: bool = False

    def allows(self, name: str) -> bool:
        """Whether the engine accepts a name as it is."""
        return (
            0 < len(name) <= self.longest
            and not name.endswith("-")
            and re.fullmatch(f"[{self.first}][{self.characters}]*", name) is not None
        )


_OBJECT = NameRule("a-z0-9-", 63, first="a-z0-9", lower=True)
_WORD = "A-Za-z0-9-"

# Argo: workflow/validate (template and task names of 128, no underscore, no task that begins with
# a digit under `depends`); a cron workflow appends 11 characters to its name; the name of a
# WorkflowTemplate becomes a label's value.
# Kubeflow: pipeline_spec names are Kubernetes names; the SDK writes parameters in snake case.
# SageMaker: the service model's patterns for PipelineName, StepName and parameters.
RULES: Final = MappingProxyType(
    {
        "argo.object": _OBJECT,
        "argo.cron": NameRule("a-z0-9-", 52, first="a-z0-9", lower=True),
        "argo.template": NameRule(_WORD, 128),
        "argo.task": NameRule(_WORD, 128, first="A-Za-z"),
        "argo.parameter": NameRule("A-Za-z0-9_-", 128, first="A-Za-z0-9_-", joiner="_"),
        "argo.secret": NameRule("a-z0-9.-", 253, first="a-z0-9", lower=True),
        "kubeflow.pipeline": NameRule("a-z0-9-", 63, first="a-z", lower=True),
        "kubeflow.component": NameRule("a-z0-9-", 63, first="a-z", lower=True),
        "kubeflow.task": NameRule("a-z0-9-", 63, first="a-z", lower=True),
        "kubeflow.parameter": NameRule("A-Za-z0-9_", 128, first="A-Za-z", joiner="_"),
        "sagemaker.pipeline": NameRule(_WORD, 256),
        "sagemaker.step": NameRule(_WORD, 63),
        "sagemaker.parameter": NameRule("A-Za-z0-9_-", 64, joiner="_"),
    }
)


def legal_names(
    names: Iterable[str], rule: NameRule, taken: Collection[str] = ()
) -> dict[str, str]:
    """Each name with its legal form; different names never share one, nor one of `taken`.

    A legal name stays as it is. A name that had to be cut, or whose form another name has too,
    carries a digest of itself, so what a name becomes does not depend on the order of `names`.
    """
    originals = list(dict.fromkeys(names))
    plain = {name: _plain(name, rule) for name in originals}
    users: dict[str, int] = {}
    for form in plain.values():
        users[form] = users.get(form, 0) + 1
    occupied = set(taken)
    result = {name: name for name in originals if rule.allows(name) and name not in occupied}
    occupied.update(result)
    for name in sorted(name for name in originals if name not in result):
        form = plain[name]
        if users[form] > 1 or form in occupied or len(form) > rule.longest:
            form = _marked(name, form, rule, occupied)
        result[name] = form
        occupied.add(form)
    return {name: result[name] for name in originals}


def legal_name(name: str, rule: NameRule) -> str:
    """The legal form of a name that stands alone."""
    return legal_names((name,), rule)[name]


def _plain(name: str, rule: NameRule) -> str:
    """The name in the rule's characters; it may still be too long."""
    if rule.allows(name):
        return name
    text = name.lower() if rule.lower else name
    joined = re.sub(f"[^{rule.characters}]+", rule.joiner, text).strip(rule.joiner)
    if not joined or re.match(f"[{rule.first}]", joined) is None:
        joined = f"{rule.prefix}{rule.joiner}{joined}" if joined else rule.prefix
    return joined


def _marked(name: str, form: str, rule: NameRule, occupied: Collection[str]) -> str:
    """The form, cut where it must be, with as much of the name's digest as makes it unique."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    for length in range(6, len(digest) + 1):
        tail = f"{rule.joiner}{digest[:length]}"
        marked = form[: rule.longest - len(tail)].rstrip(rule.joiner) + tail
        if marked not in occupied:
            return marked
    raise ValueError(f"no legal name is left for {name!r}")
