"""Secrets of a step: named in its spec, fetched where it runs, never written anywhere."""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from typing import Any, cast

from .key import Spec

# An engine whose definitions anyone may read says only where a secret lies: a name or an ARN.
ELSEWHERE = "MLP_SECRET_"


class SecretError(Exception):
    """A secret cannot be had; names it, never its value."""


def names_of(variable: str, name: str) -> tuple[str, ...]:
    """The variables that may hold a secret where a step runs, the nearest to its name first.

    `secret("warehouse/token")` is looked for as it is written and as `WAREHOUSE_TOKEN`; engines
    set the variable that the step declares.
    """
    usual = re.sub(r"[^A-Za-z0-9]", "_", name).upper()
    return tuple(dict.fromkeys((name, usual, variable)))


def resolve(spec: Spec, outer: Mapping[str, str]) -> dict[str, str]:
    """The values of a step's secrets by variable name. Raises `SecretError`."""
    declared = cast("dict[str, dict[str, str]]", spec.get("secrets") or {})
    return {variable: _value(variable, where, outer) for variable, where in declared.items()}


def _value(variable: str, where: Mapping[str, str], outer: Mapping[str, str]) -> str:
    source, name = where["source"], where["name"]
    if source != "env":
        raise SecretError(f"secret `{variable}`: there is no source called {source}")
    if ELSEWHERE + variable in outer:
        return _from_aws(variable, outer[ELSEWHERE + variable])
    names = names_of(variable, name)
    found = next((outer[each] for each in names if each in outer), None)
    if found is None:
        raise SecretError(f"secret `{variable}`: no variable is set here: {', '.join(names)}")
    return found


def _from_aws(variable: str, secret: str) -> str:
    try:
        boto3: Any = importlib.import_module("boto3")
        parts = secret.split(":")
        region = parts[3] if secret.startswith("arn:") and len(parts) > 3 else None
        client = boto3.client("secretsmanager", region_name=region)
        return cast(str, client.get_secret_value(SecretId=secret)["SecretString"])
    except Exception as problem:
        # The text of the client's own error may hold more than its kind.
        kind = type(problem).__name__
        raise SecretError(f"secret `{variable}` cannot be read: {kind}") from None
