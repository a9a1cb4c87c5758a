"""Patches: read, understood as strategic or JSON 6902, and refused where they would change what an object is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from mlgitops.render.kustomization.reading import RESERVED, Part, Reading
from mlgitops.render.kustomization.selectors import Unreadable, pattern, requirements
from mlgitops.render.kustomization.values import Object, ObjectId, Patch, Selector, canonical, identity
from mlgitops.source import Location, Pointer, dotted, parse_pointer, pointer_text
from mlgitops.spec.yaml_characters import excerpt

TARGET = ("group", "version", "kind", "name", "namespace", "labelSelector", "annotationSelector")
OPERATIONS = {"add": "value", "replace": "value", "test": "value", "remove": "", "move": "from", "copy": "from"}
"""JSON 6902 operation → the field it needs beside `path`."""

_EXAMPLES = {"value": ", value: true", "from": ", from: /spec/paused", "": ""}

IDENTITY: tuple[Pointer, ...] = (
    (),
    ("apiVersion",),
    ("kind",),
    ("metadata",),
    ("metadata", "name"),
    ("metadata", "namespace"),
)
"""Where an operation would change which object it is."""

MARKS: tuple[Pointer, ...] = (("metadata", "labels"), ("metadata", "annotations"))
"""Where kustomize keeps notes of its own while it works: given a list there, it crashes."""

_API_VERSION = re.compile(r"(?:[a-z0-9][a-z0-9.-]{0,251}/)?[a-z0-9]{1,63}")
_KIND = re.compile(r"[A-Za-z][A-Za-z0-9]{0,62}")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?")
"""What Kubernetes takes of any kind, and less: a name becomes part of a file's, and must lead nowhere."""
_NAMESPACE = re.compile(r"(?:[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)?")


def read_patches(reading: Reading) -> tuple[Patch, ...]:
    """The entries of `patches`; those with findings are left out."""
    found: list[Patch] = []
    value = reading.data.get("patches", [])
    for pointer, entry in reading.items(("patches",), value, dict, "a mapping with `patch` or `path`"):
        before = len(reading.findings)
        patch = _read_patch(reading, pointer, entry)
        if patch is not None and len(reading.findings) == before:
            found.append(patch)
    return tuple(found)


def _read_patch(reading: Reading, pointer: Pointer, entry: Object) -> Patch | None:
    reading.keys(pointer, entry, ("path", "patch", "target", "options"))
    _check_options(reading, pointer, entry)
    target = _read_target(reading, (*pointer, "target"), entry["target"]) if "target" in entry else None
    part = _content(reading, pointer, entry)
    if part is None:
        return None
    subject = None
    if isinstance(part.data, list):
        if not part.data:
            reading.report("patch-form", pointer, "expected operations, got an empty list", "remove the patch")
        if target is None:
            message = "expected a target beside a list of JSON 6902 operations, got none"
            reading.report("patch-target", pointer, message, "add `target: {kind: …, name: …}`")
        _check_operations(reading, part)
    else:
        _check_strategic(reading, part)
        subject = identity(part.data) if target is None else None
    _check_reserved(reading, part, (), part.data)
    body = canonical(part.data)
    kept: Object = {"patch": body} if target is None else {"patch": body, "target": entry["target"]}
    return Patch(int(pointer[-1]), body, target, subject, kept, part.locate)


def _check_options(reading: Reading, pointer: Pointer, entry: Object) -> None:
    """Options exist only to let a patch change a name or a kind."""
    options = entry.get("options")
    if options is None or not reading.typed((*pointer, "options"), options, dict, "a mapping"):
        return
    for key, value in options.items():
        at = (*pointer, "options", key)
        if key not in ("allowNameChange", "allowKindChange"):
            reading.unknown_key(at, ("allowNameChange", "allowKindChange"))
        elif value is not False:
            message = f"expected a patch that leaves names and kinds alone, got {key}: {excerpt(str(value))}"
            reading.report("patch-identity", at, message, "remove it: other objects refer to this one by its name")


def _read_target(reading: Reading, pointer: Pointer, value: Any) -> Selector | None:
    if not reading.typed(pointer, value, dict, "a mapping"):
        return None
    reading.keys(pointer, value, TARGET)
    fields: dict[str, Any] = {}
    for key in TARGET:
        if key not in value:
            continue
        at = (*pointer, key)
        if not reading.typed(at, value[key], str, "text"):
            continue
        text = value[key]
        if not text:
            continue
        selects = key.endswith("Selector")
        read = requirements(text) if selects else pattern(text)
        if isinstance(read, Unreadable):
            hint = "write it more simply" if selects else "list the alternatives, as in `churn|fraud`, or use a label"
            reading.report("patch-target", at, f"{read.why}; got {excerpt(text)}", hint)
            continue
        fields[{"labelSelector": "labels", "annotationSelector": "annotations"}.get(key, key)] = read
    if not any(value.get(key) for key in TARGET):
        message = "expected a target that says what to patch, got an empty one"
        reading.report("patch-target", pointer, message, "name at least a kind")
    return Selector(**fields)


def _content(reading: Reading, pointer: Pointer, entry: Object) -> Part | None:
    """What the patch says: exactly one document, from its file or from the entry itself."""
    given = [key for key in ("path", "patch") if entry.get(key)]
    if len(given) != 1:
        got = "both" if given else "neither"
        reading.report("patch-form", pointer, f"expected `path` or `patch`, got {got}", "keep one of the two")
        return None
    key = given[0]
    at = (*pointer, key)
    text = entry[key]
    if not reading.typed(at, text, str, "text"):
        return None
    if key == "path":
        path = reading.path(at, text)
        if path is None:
            return None
        before = len(reading.findings)
        parts = reading.parts(path)
    else:
        before = len(reading.findings)
        parts = reading.parsed(text, reading.document.path, _inline(reading, at, text))
    if len(parts) != 1:
        if len(reading.findings) == before:
            message = f"expected one patch, got {len(parts)} documents"
            reading.report("patch-form", at, message, "make each an entry of `patches`")
        return None
    return parts[0]


def _inline(reading: Reading, pointer: Pointer, text: str) -> Callable[[Location], Location]:
    """Where a place of an inline patch stands: exact for a block scalar, else the start of the text."""

    def place(location: Location) -> Location:
        where = reading.document.locate(pointer)
        source, lines = reading.document.text.split("\n"), text.split("\n")
        row = where.line + location.line - 1
        wanted = lines[location.line - 1] if location.line <= len(lines) else ""
        if row < len(source) and wanted and source[row].endswith(wanted) and source[row].strip() == wanted.strip():
            return Location(where.path, row + 1, len(source[row]) - len(wanted) + location.column)
        return where

    return place


def _check_strategic(reading: Reading, part: Part) -> None:
    """kustomize wants a patch to look like an object, with or without a target."""
    data = part.data
    found = identity(data)
    metadata = data.get("metadata")
    for pointer in MARKS if isinstance(metadata, dict) else ():
        if metadata.get(pointer[-1]) is not None:
            _check_marks(reading, part, pointer, metadata[pointer[-1]])
    missing = [
        name
        for name, value in (("apiVersion", found.api_version), ("kind", found.kind), ("metadata.name", found.name))
        if not value
    ]
    if missing:
        message = f"expected a strategic patch to have apiVersion, kind and metadata.name, got none of {missing}"
        hint = "add them; with a target any name will do"
        reading.report_at("patch-form", part.locate(()), message.replace("'", "`"), hint)
    if data.get("$patch") == "delete":
        message = "expected a patch that keeps its object, got `$patch: delete`"
        hint = "switch the object off in environment.yaml or in the model's spec"
        reading.report_at("patch-removes-object", part.locate(("$patch",)), message, hint)


def _check_operations(reading: Reading, part: Part) -> None:
    for index, operation in enumerate(part.data):
        name = operation.get("op") if isinstance(operation, dict) else None
        if not isinstance(name, str) or name not in OPERATIONS:
            message = f"expected an operation with `op`: one of {', '.join(OPERATIONS)}"
            hint = "write it like {op: replace, path: /spec/suspend, value: true}"
            reading.report_at("patch-form", part.locate((index,)), message, hint)
            continue
        needed = OPERATIONS[name]
        wanted = {"op", "path", needed} - {""}
        if set(operation) != wanted:
            message = f"expected {', '.join(sorted(wanted))} for `op: {name}`, got {_names(operation)}"
            hint = f"write it like {{op: {name}, path: /spec/suspend{_EXAMPLES[needed]}}}"
            reading.report_at("patch-form", part.locate((index,)), message, hint)
            continue
        _check_place(reading, part, index, operation["path"], "path", changes=name != "test")
        if operation["path"] in map(pointer_text, MARKS) and name in ("add", "replace", "move", "copy"):
            _check_marks(reading, part, (index, needed), operation.get("value"))
        if needed == "from":
            _check_place(reading, part, index, operation["from"], "from", changes=name == "move")


def _check_marks(reading: Reading, part: Part, pointer: Pointer, value: Any) -> None:
    if not isinstance(value, dict):
        message = f"expected labels and annotations to be a map, got {excerpt(json.dumps(value))}"
        reading.report_at("patch-form", part.locate(pointer), message, "write {KEY: VALUE}, or add one key below")


def _check_place(reading: Reading, part: Part, index: int, text: Any, key: str, *, changes: bool) -> None:
    try:
        place = parse_pointer(text) if isinstance(text, str) else None
    except ValueError:
        place = None
    if place is None:
        message = f"expected a JSON pointer such as /spec/suspend, got {excerpt(str(text))}"
        reading.report_at("patch-form", part.locate((index, key)), message, "begin it with /")
    elif changes and place in IDENTITY:
        message = f"expected a patch that leaves apiVersion, kind, name and namespace alone, got {excerpt(str(text))}"
        reading.report_at(
            "patch-identity", part.locate((index, key)), message, "patch a field below, such as /metadata/labels/team"
        )
    elif place and str(place[-1]).startswith(RESERVED):
        reading.reserved(part.locate((index, key)), str(place[-1]))


def _check_reserved(reading: Reading, part: Part, pointer: Pointer, value: Any) -> None:
    """No key anywhere in a patch or an object may be one that makes kustomize do more than patch."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key.startswith(RESERVED):
                reading.reserved(part.locate((*pointer, key)), key)
            _check_reserved(reading, part, (*pointer, key), item)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _check_reserved(reading, part, (*pointer, index), item)


def check_object(reading: Reading, part: Part) -> ObjectId | None:
    """The identity of an object of `resources`; findings where it is none that may stand there."""
    data = part.data
    found = identity(data) if isinstance(data, dict) else None
    if found is None or not (found.api_version and found.kind and found.name):
        message = "expected a Kubernetes object with apiVersion, kind and metadata.name"
        reading.report_at("resource", part.locate(()), message, "add what is missing; patches belong into `patches`")
        return None
    if found.api_version.startswith(("kustomize.config.k8s.io/", "mlgitops.dev/")) or found.api_version == "builtin":
        message = f"expected an object for a cluster, got {excerpt(found.kind)} of {excerpt(found.api_version)}"
        reading.report_at("resource", part.locate(("kind",)), message, "list the objects themselves in `resources`")
        return None
    if found.kind.endswith("List") and isinstance(data.get("items"), list):
        message = f"expected one object, got a list of objects: {excerpt(found.kind)}"
        reading.report_at("resource", part.locate(("kind",)), message, "write its items as objects, divided by `---`")
        return None
    for pointer, allowed, words, value in (
        (("apiVersion",), _API_VERSION, "a version, or a group and a version", found.api_version),
        (("kind",), _KIND, "letters and digits", found.kind),
        (("metadata", "name"), _NAME, "letters, digits, -, . and :, at most 253", found.name),
        (("metadata", "namespace"), _NAMESPACE, "lower-case letters, digits and -, at most 63", found.namespace),
    ):
        if not allowed.fullmatch(value):
            message = f"expected {dotted(pointer)} of {words}, got {excerpt(value)}"
            reading.report_at("resource", part.locate(pointer), message, f"correct {pointer[-1]}")
            return None
    _check_reserved(reading, part, (), data)
    return found


def _names(value: Object) -> str:
    return excerpt(", ".join(sorted(value)))
