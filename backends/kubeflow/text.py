"""Text on its way into a container: what the engine would change in it, and how it is kept."""

from __future__ import annotations

import re
from typing import Final

_DOLLAR: Final = re.compile(r"\$(?=[$(])")
_EXPANSION: Final = re.compile(r"\$\$|\$\(([A-Za-z_.-][\w.-]*)\)", re.ASCII)

PLACEHOLDER: Final = re.compile(
    r"\{\{\$\.(inputs|outputs)\.(parameters|artifacts)\['([^']+)'\](?:\.(\w+))?\}\}"
)


def protected(text: str) -> str:
    """The text that arrives as `text` after Kubernetes has expanded a container's arguments.

    Whatever way a parameter takes, it goes once through a pod's `command` or `args`, where `$$`
    becomes `$` and `$(NAME)` a variable (kubeflow/pipelines issue 10370).
    """
    return _DOLLAR.sub("$$", text)


def expanded(text: str, variables: dict[str, str]) -> str:
    """What Kubernetes makes of an argument; unknown names stay as they are."""
    return _EXPANSION.sub(
        lambda found: "$" if found[1] is None else variables.get(found[1], found[0]), text
    )


def survives(text: str) -> bool:
    """Whether text can be carried at all: Argo and Kubeflow read `{{` as the start of a tag.

    Neither has a way to escape it, in a task's constants or in a parameter's default.
    """
    return "{{" not in text


def parameter_in(name: str) -> str:
    return f"{{{{$.inputs.parameters['{name}']}}}}"


def artifact_in(name: str) -> str:
    return f"{{{{$.inputs.artifacts['{name}'].path}}}}"


def parameter_out(name: str) -> str:
    return f"{{{{$.outputs.parameters['{name}'].output_file}}}}"
