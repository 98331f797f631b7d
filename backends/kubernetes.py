"""What Argo and Kubeflow ask of Kubernetes in the same words."""

from __future__ import annotations

from typing import Final

from ..compiler.types.types import INT, STRING, Column, EnumOf, Optional, Row

TOLERATION: Final = Row(
    None,
    (
        Column("key", Optional(STRING)),
        Column("operator", Optional(EnumOf(("Equal", "Exists")))),
        Column("value", Optional(STRING)),
        Column("effect", Optional(EnumOf(("NoSchedule", "PreferNoSchedule", "NoExecute")))),
        Column("seconds", Optional(INT)),
    ),
)
"""A taint that pods put up with."""
