"""Reading a kustomization: what is allowed is taken over key by key, all else is a finding.

kustomize never sees the file itself. It gets one that is written from the values here, so a key that this module does
not know, in whatever case it is written, cannot reach it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from mlgitops.findings import Finding, in_order
from mlgitops.render.kustomization.patches import check_object, read_patches
from mlgitops.render.kustomization.reading import Reading
from mlgitops.render.kustomization.values import FILE, Extra, Kustomization, Locate, Object, ObjectId
from mlgitops.source import Location, Pointer
from mlgitops.spec.code import digest_of
from mlgitops.spec.reader import read
from mlgitops.spec.yaml_characters import excerpt

KNOWN = (
    "apiVersion",
    "kind",
    "metadata",
    "resources",
    "configMapGenerator",
    "generatorOptions",
    "patches",
    "labels",
    "commonAnnotations",
    "images",
)

_NAMES = "mlgitops names the objects, and they refer to each other by these names"
_PROGRAMS = "rendering runs no code but kustomize's own"
_SCHEMA = "mlgitops gives kustomize the merge keys and image fields of Ray's objects itself"
_FLAT = "an environment is one folder"
_OLD = "kustomize has deprecated it"
_COPY = "copy the objects into the environment's folder and list them in `resources`"
_CHART = "commit the chart's output as objects, or sync it with an Application of its own"
_ENTRIES = "write it as an entry of `patches`"
_TEMPLATE = "write a template in templates/: it can use any value of the model"


class Refusal(NamedTuple):
    """Why a key of kustomize is not taken, and what to do instead of it; where that is empty, remove it."""

    why: str
    instead: str = ""


REFUSED = {
    "namePrefix": Refusal(_NAMES, "remove it: each environment has namespaces of its own, and no name needs a prefix"),
    "nameSuffix": Refusal(_NAMES, "remove it: each environment has namespaces of its own, and no name needs a suffix"),
    "namespace": Refusal("teams have namespaces of their own", "set `destinations` in environment.yaml"),
    "bases": Refusal(_FLAT, _COPY),
    "components": Refusal(_FLAT, _COPY),
    "crds": Refusal(_SCHEMA),
    "openapi": Refusal(_SCHEMA),
    "configurations": Refusal(_SCHEMA),
    "generators": Refusal(_PROGRAMS, "commit the objects that it makes, and list them in `resources`"),
    "transformers": Refusal(_PROGRAMS, _ENTRIES),
    "validators": Refusal(_PROGRAMS, "write a rule under policies/: `mlgitops new rule`"),
    "helmCharts": Refusal(_PROGRAMS, _CHART),
    "helmGlobals": Refusal(_PROGRAMS, _CHART),
    "helmChartInflationGenerator": Refusal(_PROGRAMS, _CHART),
    "secretGenerator": Refusal("Git holds no secrets", "add an ExternalSecret, and refer to the Secret that it makes"),
    "vars": Refusal("templates do this", _TEMPLATE),
    "replacements": Refusal("templates do this", _TEMPLATE),
    "replicas": Refusal(
        "the documents say how many there are", "set `overrides` in environment.yaml, or patch /spec/replicas"
    ),
    "buildMetadata": Refusal("it would put paths of the machine into the objects"),
    "sortOptions": Refusal("objects are written one a file, in an order of their own"),
    "commonLabels": Refusal("it also changes selectors, which cannot change once they exist", "use `labels`"),
    "imageTags": Refusal(_OLD, "write it as `images`"),
    "patchesStrategicMerge": Refusal(_OLD, _ENTRIES),
    "patchesJson6902": Refusal(_OLD, _ENTRIES),
}
"""Keys of kustomize that are not taken."""

DATA = "data"
"""The folder in which kustomize finds the files of generators, apart from those that are written for it."""

_MAX_FINDINGS = 100
_DNS_NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")
_IMAGE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:-]*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def read_kustomization(
    files: Mapping[str, str | bytes], directory: str, links: Collection[str] = ()
) -> Kustomization | list[Finding] | None:
    """Read `<directory>/kustomization.yaml`; None where there is none, the findings where anything is wrong.

    `files` has the content of every regular file under `directory` (such as `environments/prod`), `links` the path of
    every symbolic link there; paths are relative to the repository's root.
    """
    path = f"{directory}/{FILE}"
    misnamed = _misnamed(files, directory, links)
    if path in links:
        location, hint = Location(path), "put the file itself there"
        return [Finding(location, "kustomize/symlink", "error", "expected a file, got a symbolic link", hint)]
    if any(other.startswith(f"{path}/") for other in files):
        return [Finding(Location(path), "kustomize/file-name", "error", "expected a file, got a folder", "rename it")]
    if path not in files:
        return misnamed or None
    document = read(files[path], path)
    if isinstance(document, list):
        return document
    reading = Reading(document, directory, files, links)
    reading.findings.extend(misnamed)
    _check_keys(reading)
    generators, data = _generators(reading)
    kustomization = Kustomization(
        path=path,
        locate=document.locate,
        extras=_resources(reading),
        generators=generators,
        generator_options=_options(reading, ("generatorOptions",), reading.data.get("generatorOptions")),
        data=data,
        patches=read_patches(reading),
        labels=_labels(reading),
        annotations=reading.text_map(
            ("commonAnnotations",), reading.data.get("commonAnnotations", {}), values_are_labels=False
        ),
        images=_images(reading),
    )
    if reading.findings:
        return in_order(reading.findings)[:_MAX_FINDINGS]
    known = {f"{directory}/environment.yaml", *reading.used}
    unread = digest_of({other: content for other, content in files.items() if other not in known})
    return kustomization._replace(files=frozenset(reading.used), unread=unread)


def _misnamed(files: Mapping[str, object], directory: str, links: Collection[str]) -> list[Finding]:
    """kustomize takes three names for its file; ignoring two of them would be silent."""
    paths = (f"{directory}/{name}" for name in ("kustomization.yml", "Kustomization"))
    message = f"expected the name {FILE}, got another one that kustomize knows"
    return [
        Finding(Location(path), "kustomize/file-name", "error", message, f"rename the file to {FILE}")
        for path in paths
        if path in files or path in links
    ]


def _check_keys(reading: Reading) -> None:
    for key in reading.data:
        if key in REFUSED:
            why, instead = REFUSED[key]
            message = f"expected a kustomization without `{key}`: {why}"
            reading.report("refused-key", (key,), message, instead or "remove it", key=True)
        elif key not in KNOWN:
            reading.unknown_key((key,), KNOWN)
    for key, wanted in (("apiVersion", "kustomize.config.k8s.io/v1beta1"), ("kind", "Kustomization")):
        got = reading.data.get(key, wanted)
        if got != wanted:
            reading.report("type", (key,), f"expected {wanted}, got {excerpt(str(got))}", f"write `{key}: {wanted}`")
    if "metadata" in reading.data:
        reading.typed(("metadata",), reading.data["metadata"], dict, "a mapping")


def _resources(reading: Reading) -> tuple[Extra, ...]:
    extras: list[Extra] = []
    seen: dict[ObjectId, Locate] = {}
    for pointer, text in reading.items(("resources",), reading.data.get("resources", []), str, "the path of a file"):
        path = reading.path(pointer, text)
        if path is None:
            continue
        for part in reading.parts(path):
            found = check_object(reading, part)
            if found is None:
                continue
            if found in seen:
                message = f"expected each object once, got {excerpt(str(found), 200)} again; first at {seen[found](())}"
                reading.report_at("object-clash", part.locate(()), message, "remove one of them")
            seen.setdefault(found, part.locate)
            extras.append(Extra(part.data, part.locate))
    return tuple(extras)


def _generators(reading: Reading) -> tuple[tuple[Object, ...], dict[str, bytes]]:
    """`configMapGenerator`, with the files that it reads."""
    known = ("name", "namespace", "behavior", "literals", "files", "envs", "env", "options")
    found: list[Object] = []
    data: dict[str, bytes] = {}
    value = reading.data.get("configMapGenerator", [])
    for pointer, entry in reading.items(("configMapGenerator",), value, dict, "a mapping with `name`"):
        reading.keys(pointer, entry, known)
        _dns_name(reading, pointer, entry, "name", needed=True)
        _dns_name(reading, pointer, entry, "namespace", needed=False)
        if entry.get("behavior", "create") != "create":
            message = f"expected `behavior: create`, got {excerpt(str(entry['behavior']))}"
            reading.report("type", (*pointer, "behavior"), message, "change the object itself")
        kept = {key: entry[key] for key in ("name", "namespace") if key in entry}
        for key in ("literals", "files", "envs"):
            if key in entry:
                kept[key] = _sources(reading, (*pointer, key), entry[key], data)
        if "env" in entry:
            kept.setdefault("envs", []).extend(_sources(reading, (*pointer, "env"), [entry["env"]], data))
        options = _options(reading, (*pointer, "options"), entry.get("options"))
        found.append(kept if options is None else {**kept, "options": options})
    return tuple(found), data


def _dns_name(reading: Reading, pointer: Pointer, entry: Object, key: str, *, needed: bool) -> None:
    name = entry.get(key)
    if name is None and not needed:
        return
    if not isinstance(name, str) or not _DNS_NAME.fullmatch(name):
        message = f"expected {key} of lower-case letters, digits, - and ., got {excerpt(str(name))}"
        reading.report("type", (*pointer, key), message, f"correct `{key}`")


def _sources(reading: Reading, pointer: Pointer, value: Any, data: dict[str, bytes]) -> list[str]:
    """Literals as they are; files as `key=path` or `path`, with their content put into `data`."""
    kind = pointer[-1] if isinstance(pointer[-1], str) else ""
    kept: list[str] = []
    for at, text in reading.items(pointer, value, str, "text"):
        where = pointer if kind == "env" else at
        if kind == "literals":
            if "=" not in text:
                reading.report("type", where, f"expected key=value, got {excerpt(text)}", "add the `=`")
            kept.append(text)
            continue
        key, separator, name = text.rpartition("=") if kind == "files" else ("", "", text)
        path = reading.path(where, name)
        if path is None:
            continue
        content = reading.files[path]
        relative = f"{DATA}/{path[len(reading.directory) + 1 :]}"
        data[relative] = content.encode("utf-8") if isinstance(content, str) else content
        kept.append(f"{key}{separator}{relative}")
    return kept


def _options(reading: Reading, pointer: Pointer, value: Any) -> Object | None:
    """Options of generators, for one or for all."""
    if value is None or not reading.typed(pointer, value, dict, "a mapping"):
        return None
    reading.keys(pointer, value, ("labels", "annotations", "disableNameSuffixHash", "immutable"))
    kept: Object = {}
    for key in ("labels", "annotations"):
        if key in value:
            kept[key] = reading.text_map((*pointer, key), value[key], values_are_labels=key == "labels")
    for key in ("disableNameSuffixHash", "immutable"):
        if key in value and reading.typed((*pointer, key), value[key], bool, "true or false"):
            kept[key] = value[key]
    return kept


def _labels(reading: Reading) -> tuple[Object, ...]:
    found: list[Object] = []
    for pointer, entry in reading.items(("labels",), reading.data.get("labels", []), dict, "a mapping with `pairs`"):
        reading.keys(pointer, entry, ("pairs", "includeSelectors", "includeTemplates", "fields"))
        if entry.get("includeSelectors", False) is not False:
            message = "expected `includeSelectors: false`: selectors cannot change once they exist"
            reading.report(
                "refused-key",
                (*pointer, "includeSelectors"),
                message,
                "write `includeTemplates: true` in its place",
                key=True,
            )
        if "fields" in entry:
            message = "expected labels without `fields`: they go to metadata, and to pods with includeTemplates"
            reading.report("refused-key", (*pointer, "fields"), message, "use a patch for other fields", key=True)
        templates = entry.get("includeTemplates", False)
        reading.typed((*pointer, "includeTemplates"), templates, bool, "true or false")
        pairs = reading.text_map((*pointer, "pairs"), entry.get("pairs"), values_are_labels=True)
        found.append({"pairs": pairs, "includeTemplates": templates})
    return tuple(found)


def _images(reading: Reading) -> tuple[Object, ...]:
    rules = {"name": _IMAGE_NAME, "newName": _IMAGE_NAME, "newTag": _TAG, "tagSuffix": _TAG, "digest": _DIGEST}
    found: list[Object] = []
    for pointer, entry in reading.items(("images",), reading.data.get("images", []), dict, "a mapping with `name`"):
        reading.keys(pointer, entry, tuple(rules))
        for key, rule in rules.items():
            typed = key in entry and reading.typed((*pointer, key), entry[key], str, "text")
            if typed and not rule.fullmatch(entry[key]):
                message = f"expected {key} to be part of an image reference, got {excerpt(entry[key])}"
                reading.report("type", (*pointer, key), message, _image_hint(key))
        if "name" not in entry or len(entry) == 1:
            message = "expected `name` and what to put in its place: newName, newTag or digest"
            reading.report("type", pointer, message, "complete the entry, or remove it")
        elif "digest" in entry and ("newTag" in entry or "tagSuffix" in entry):
            reading.report("type", pointer, "expected a digest or a tag, got both", "keep the digest")
        found.append(entry)
    return tuple(found)


def _image_hint(key: str) -> str:
    return "write sha256: and 64 hexadecimal digits" if key == "digest" else "write it without spaces, tag or digest"
