"""Holds written documents against Kubeflow's protos, and against what the protos do not say."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from ...compiler.contract.target import Finding
from . import references
from .kubernetes import check as check_kubernetes
from .reading import Problem, mapping
from .size import LIMIT, expanded


def validate(files: Mapping[str, bytes]) -> list[Finding]:
    """All that is wrong in the YAML files, in the order found; [] where Kubeflow takes them."""
    return [
        Finding(name, where, what)
        for name, content in sorted(files.items())
        if name.endswith((".yaml", ".yml"))
        for where, what in _document(content)
    ]


def _document(content: bytes) -> Iterator[Problem]:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        documents = [part for part in yaml.load_all(content, loader) if part is not None]
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        yield "", f"this is not YAML: {problem}"
        return
    specs = [part for part in documents if "pipelineInfo" in mapping(part)]
    platforms = [part for part in documents if "platforms" in mapping(part)]
    if len(specs) != 1 or len(specs) + len(platforms) != len(documents) or len(platforms) > 1:
        yield "", "one PipelineSpec is wanted, and at most one platform document behind `---`"
        return
    platform = platforms[0] if platforms else None
    vendor = list(_vendor(specs[0], platform))
    yield from vendor
    if any(where in ("", "deploymentSpec") for where, _ in vendor):
        return
    spec = mapping(specs[0])
    yield from references.check(spec)
    if platform is not None:
        yield from _platform(spec, mapping(platform))
    size = expanded(spec, mapping(platform)).total
    if size > LIMIT:
        yield "root", f"the workflow made of it has {size} bytes, the cluster takes {LIMIT}"


def _vendor(spec: object, platform: object) -> Iterator[Problem]:
    """What the protos refuse. `deploymentSpec` is a Struct in its own, so it is parsed again."""
    if find_spec("kfp") is None or find_spec("google.rpc") is None:
        yield "", "Kubeflow's model is not installed: pip install 'millpond[kubeflow]'"
        return
    from google.protobuf.json_format import ParseDict, ParseError

    protos = _protos()
    parts = [
        ("", spec, protos.PipelineSpec),
        ("deploymentSpec", mapping(spec).get("deploymentSpec"), protos.PipelineDeploymentConfig),
    ]
    if platform is not None:
        parts.append(("platforms", platform, protos.PlatformSpec))
    for where, part, message in parts:
        try:
            ParseDict(part if part is not None else {}, message())
        except (ParseError, AttributeError, TypeError, ValueError) as problem:
            yield where, f"{message.DESCRIPTOR.name}: {problem}"


def _protos() -> ModuleType:
    """The generated module. The variable makes the SDK's `__init__`, which costs seconds, empty."""
    before = os.environ.get("_KFP_RUNTIME")
    os.environ["_KFP_RUNTIME"] = "true"
    try:
        return import_module("kfp.pipeline_spec.pipeline_spec_pb2")
    finally:
        if before is None:
            del os.environ["_KFP_RUNTIME"]
        else:
            os.environ["_KFP_RUNTIME"] = before


def _platform(spec: dict[str, object], platform: dict[str, object]) -> Iterator[Problem]:
    known = mapping(mapping(spec.get("deploymentSpec")).get("executors"))
    for name, body in mapping(platform.get("platforms")).items():
        where = f"platforms.{name}"
        if name != "kubernetes":
            yield where, "Kubeflow reads the platform `kubernetes` only"
            continue
        executors = mapping(mapping(mapping(body).get("deploymentSpec")).get("executors"))
        for label, config in executors.items():
            place = f"{where}.deploymentSpec.executors.{label}"
            if label not in known:
                yield place, f"there is no executor `{label}`"
            yield from check_kubernetes(place, config)
