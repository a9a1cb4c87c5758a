"""The field that an object is refused for, read from what the Kubernetes API, Argo CD or KubeRay said.

>>> fields_of('RayService.ray.io "churn-v2" is invalid: spec.rayClusterConfig.rayVersion: Invalid value: 2: must be')
(('spec', 'rayClusterConfig', 'rayVersion'),)
>>> fields_of('strict decoding error: unknown field "spec.serveConfig"')
(('spec', 'serveConfig'),)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mlgitops.source import Pointer

Json = Any

PATH = r"\.?(?:spec|metadata|data|status)(?:\.[A-Za-z0-9_-]+|\[[^\]\s]{1,100}\])*"
FORMS = (
    rf"(?P<path>{PATH}): (?:Invalid value|Required value|Unsupported value|Forbidden|Duplicate value|Too long|Too many"
    r"|Not found|Internal error|field not declared in schema|expected|must)",
    rf"unknown field \"(?P<path>{PATH})\"",
    rf"(?:field|ValidationError\([A-Za-z.]+(?=\.))\s+\"?(?P<path>{PATH})\"?",
)
"""As field validation, strict decoding and server-side apply write paths."""

TOKEN = re.compile(r"([A-Za-z0-9_-]+)|\[([^\]\s]+)\]")

WORDS: Mapping[str, Pointer] = {
    "minReplicas": ("spec", "rayClusterConfig", "workerGroupSpecs"),
    "maxReplicas": ("spec", "rayClusterConfig", "workerGroupSpecs"),
    "rayStartParams": ("spec", "rayClusterConfig", "workerGroupSpecs"),
    "GcsFaultToleranceOptions": ("spec", "rayClusterConfig", "gcsFaultToleranceOptions"),
    "serveConfigV2": ("spec", "serveConfigV2"),
    "ttlSecondsAfterFinished": ("spec", "ttlSecondsAfterFinished"),
    "backoffLimit": ("spec", "backoffLimit"),
    "upgradeStrategy": ("spec", "upgradeStrategy"),
}
"""Fields by the words that KubeRay has for them: its refusals carry no paths."""


def fields_of(message: str) -> tuple[Pointer, ...]:
    """The fields that a refusal names, in its order; empty where it names none."""
    found: list[Pointer] = []
    for form in FORMS:
        found += [pointer_of(match["path"]) for match in re.finditer(form, message)]
    if not found:
        found = [pointer for word, pointer in WORDS.items() if re.search(rf"(?i)\b{word}\b", message)]
    return tuple(dict.fromkeys(found))


def pointer_of(path: str) -> Pointer:
    """`spec.workerGroupSpecs[0].template` as a pointer; an item that is named by a key keeps the key's text."""
    tokens: list[str | int] = []
    for match in TOKEN.finditer(path.lstrip(".")):
        word = match[1] if match[1] is not None else match[2].strip('"')
        tokens.append(int(word) if match[2] is not None and word.isdecimal() and len(word) < 10 else word)
    return tuple(tokens)


def nearest(document: Json, pointer: Pointer) -> Pointer:
    """The longest beginning of a pointer that a document has: what is missing is blamed on where it would be.

    >>> nearest({"spec": {"groups": [{"name": "workers"}]}}, ("spec", "groups", "name=workers", "replicas"))
    ('spec', 'groups', 0)
    """
    here, known = document, []
    for token in pointer:
        index = _index(here, token)
        if index is None:
            break
        known.append(index)
        here = here[index]
    return tuple(known)


def _index(here: Json, token: str | int) -> str | int | None:
    """The key or position of a token in a node; `name=workers` and `{"name":"workers"}` name an item of a list."""
    if isinstance(here, dict):
        return str(token) if str(token) in here else None
    if not isinstance(here, list):
        return None
    if isinstance(token, int):
        return token if token < len(here) else None
    key, _, value = re.sub(r'[{}"]', "", token).replace(":", "=").partition("=")
    return next((at for at, item in enumerate(here) if isinstance(item, dict) and str(item.get(key)) == value), None)
