"""Names, labels and annotations of Ray objects.

Sources: the API server's validation of metadata (k8s.io/apimachinery, pkg/api/validation) and the operator's
ValidateRayClusterMetadata, ValidateRayJobMetadata and ValidateRayServiceMetadata.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from mlgitops.render.preflight.durations import parse_duration, parse_integer
from mlgitops.render.preflight.names import dns1035, dns1123_label, dns1123_subdomain, label_value, qualified_name
from mlgitops.render.preflight.subject import Map
from mlgitops.render.preflight.violation import Violation, fragment, nearest, violation
from mlgitops.source import Pointer, dotted

MAX_NAME = {"RayCluster": 53, "RayJob": 47, "RayService": 47, "RayCronJob": 36}
"""So that what the operator makes of the name is never cut; a RayCronJob's counts from KubeRay 1.7.0 on."""

MAX_ANNOTATIONS = 256 * 1024
"""Bytes of all keys and values together."""

INITIALIZING_TIMEOUT = "ray.io/initializing-timeout"
GENERATED = 5
"""Characters that the API server adds to `generateName`."""

TEXT = (
    "name",
    "generateName",
    "namespace",
    "selfLink",
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "deletionTimestamp",
)
MAPS = ("labels", "annotations")
OTHERS = ("generation", "deletionGracePeriodSeconds", "ownerReferences", "finalizers", "managedFields")


def metadata_problems(obj: Map, kind: str) -> Iterator[Violation]:
    """Everything that is wrong with an object's metadata."""
    metadata = obj.get("metadata")
    if metadata is None:
        metadata = {}
    if not isinstance(metadata, dict):
        yield _wrong_type(("metadata",), "a map", metadata)
        return
    wrong = list(_shape(metadata))
    yield from wrong
    if any(problem.code == "kuberay/wrong-type" for problem in wrong):
        return
    yield from _name(metadata, kind)
    yield from _keys_and_values(metadata)
    if kind == "RayService":
        yield from _initializing_timeout((metadata.get("annotations") or {}).get(INITIALIZING_TIMEOUT))


def metadata_types(obj: Map) -> Iterator[Violation]:
    """What of the metadata of any kind of object has another type than the API server takes."""
    metadata = obj.get("metadata")
    if metadata is not None and not isinstance(metadata, dict):
        yield _wrong_type(("metadata",), "a map", metadata)
    for problem in _shape(metadata) if isinstance(metadata, dict) else ():
        if problem.code == "kuberay/wrong-type":
            yield problem


def _shape(metadata: Map) -> Iterator[Violation]:
    for name, value in metadata.items():
        pointer: Pointer = ("metadata", name)
        if name in MAPS:
            yield from _map_of_text(value, pointer)
        elif name in TEXT:
            if value is not None and not isinstance(value, str):
                yield _wrong_type(pointer, "text", value)
        elif name not in OTHERS:
            hint = nearest(name, TEXT + MAPS + OTHERS) or "remove it"
            yield violation("kuberay/unknown-field", pointer, f"metadata has no field {fragment(name)}", hint)


def _map_of_text(value: Any, pointer: Pointer) -> Iterator[Violation]:
    if value is not None and not isinstance(value, dict):
        yield _wrong_type(pointer, "a map", value)
        return
    for key, text in (value or {}).items():
        if text is not None and not isinstance(text, str):
            yield _wrong_type((*pointer, key), "text", text)


def _wrong_type(pointer: Pointer, expected: str, value: Any) -> Violation:
    hint = "quote it" if expected == "text" else f"write {expected}"
    return violation(
        "kuberay/wrong-type", pointer, f"{dotted(pointer)} must be {expected}, got {fragment(value)}", hint
    )


def _name(metadata: Map, kind: str) -> Iterator[Violation]:
    name = metadata.get("name") or ""
    if not name and metadata.get("generateName"):
        name = metadata["generateName"] + "x" * GENERATED
    pointer: Pointer = ("metadata", "name")
    if len(name) > MAX_NAME[kind]:
        yield violation(
            "kuberay/cron-name-too-long" if kind == "RayCronJob" else "kuberay/name-too-long",
            pointer,
            f"the name of a {kind} must have at most {MAX_NAME[kind]} characters, got {len(name)}",
            "shorten it: the operator adds to it for the cluster, its Services and pods",
        )
    refused = (dns1123_subdomain if kind == "RayCronJob" else dns1035)(name)
    if refused and not (len(name) > MAX_NAME[kind] and "at most" in refused):
        yield violation("kuberay/name", pointer, f"the name of a {kind} {refused}, got {fragment(name)}", "rename it")
    if metadata.get("namespace") and (refused := dns1123_label(metadata["namespace"])):
        place: Pointer = ("metadata", "namespace")
        yield violation(
            "kuberay/namespace", place, f"a namespace {refused}, got {fragment(metadata['namespace'])}", "correct it"
        )


def _keys_and_values(metadata: Map) -> Iterator[Violation]:
    labels, annotations = metadata.get("labels") or {}, metadata.get("annotations") or {}
    yield from _refused(labels, ("metadata", "labels"), qualified_name, label_value, "kuberay/label")
    yield from _refused(annotations, ("metadata", "annotations"), _annotation_key, _anything, "kuberay/annotation")
    size = sum(len(text.encode()) for item in annotations.items() for text in item if text is not None)
    if size > MAX_ANNOTATIONS:
        yield violation(
            "kuberay/annotations-too-large",
            ("metadata", "annotations"),
            f"annotations must have at most {MAX_ANNOTATIONS} bytes together, got {size}",
            "move what is large into a ConfigMap",
        )


def _refused(
    entries: Map, pointer: Pointer, key_rule: Callable[[str], str], value_rule: Callable[[str], str], code: str
) -> Iterator[Violation]:
    for key, value in entries.items():
        if refused := key_rule(key):
            yield violation(
                code, (*pointer, key), f"a key in {dotted(pointer)} {refused}, got {fragment(key)}", "rename it"
            )
        if value is not None and (refused := value_rule(value)):
            place = (*pointer, key)
            yield violation(
                code, place, f"{dotted(place)} {refused}, got {fragment(value)}", "move it into an annotation"
            )


def _annotation_key(key: str) -> str:
    return qualified_name(key.lower())


def _anything(_value: str) -> str:
    return ""


def _initializing_timeout(text: str | None) -> Iterator[Violation]:
    if not text:
        return
    length = parse_duration(text)
    length = parse_integer(text) if length is None else length
    if length is None or length <= 0:
        yield violation(
            "kuberay/initializing-timeout",
            ("metadata", "annotations", INITIALIZING_TIMEOUT),
            f"{INITIALIZING_TIMEOUT} must be a positive duration or number of seconds, got {fragment(text)}",
            "write it like `30m`",
        )
