"""Hostile text in every field of every document, one at a time: refused, or kept as it is; and rendered as it is.

Fields that take any text are listed, so that a new one is noticed: it is then to be rendered here or in `test_strings`,
where all texts go through the fields that hold many.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel, ValidationError
from ryaml import loads

from mlgitops.spec.digests import record_digest
from mlgitops.spec.yaml_characters import FORBIDDEN, is_normal
from tests.safety.hostile_text import TEMPLATES
from tests.safety.miniature import ENVIRONMENT_FILE, KUSTOMIZATION, RELEASE, RUN, SPEC, VERSION, WAIVER, call
from tests.safety.test_malformed import rendered
from tests.spec.example_documents import ALL

Json = Any
Place = tuple[str, ...]
PAYLOADS = [text for text in TEMPLATES if not FORBIDDEN.search(text) and is_normal(text)]
FULL = {
    name: ALL[name]
    for name in ("full model", "full environment", "version", "full release", "run", "waiver", "repository")
}

FREE: dict[str, set[str]] = {
    "full model": {
        "metadata.description", "spec.target", "spec.features.*", "spec.id", "spec.data.*.version",
        "spec.data.*.expect.*.column", "spec.data.*.expect.*.values.*", "spec.training.hyperparameters.schedule.<key>",
        "spec.training.env.*.value", "spec.validation.slices.*.column", "spec.validation.slices.*.equals",
        "spec.serving.env.*.value", "spec.serving.inputs.*.name", "spec.serving.inputs.*.values.*",
        "spec.batchScoring.input.version", "spec.batchScoring.input.expect.*.column",
    },
    "full environment": {
        "metadata.description", "spec.images.mirrors.*.source", "spec.images.mirrors.*.mirror",
        "spec.serviceAccounts.train.annotations.eks.amazonaws.com/role-arn", "spec.removals.*.reason",
        "spec.serviceAccounts.join.annotations.eks.amazonaws.com/role-arn",
        # layers, which are looked into once they are laid over a model
        "spec.defaults.<key>", "spec.defaults.training.<key>", "spec.defaults.training.resources.<key>",
        "spec.overrides.churn.<key>", "spec.overrides.churn.serving.<key>", "spec.overrides.churn.serving.replicas.<key>",
    },
    "version": {"spec.signature.signer", "spec.snapshot.serving.inputs.*.name"},
    "full release": {"spec.reason"},
    "run": {"spec.reason", "spec.data.*.version"},
    "waiver": {"spec.reason", "spec.ticket"},
}  # fmt: skip
"""Document → its fields that take most of the payloads; all others take only what looks like a name."""

FEW = 30
"""Payloads that happen to be names, labels, dates or secrets' keys: `no`, `on`, `2026-11-02`, `-rf`, `true`."""


def test_there_are_enough() -> None:
    assert len(PAYLOADS) > 200


@pytest.mark.parametrize("name", FULL)
def test_every_text_of_every_document(name: str) -> None:
    """Refused, or the value that was written: nothing in between."""
    kind, text = FULL[name]
    document = loads(text)
    taken: dict[str, set[str]] = {}
    for place, is_key in _texts(document):
        for payload in PAYLOADS:
            changed = _put(document, place, payload, is_key=is_key)
            try:
                read = kind.model_validate(changed)
            except ValidationError:
                continue
            assert _holds(read, payload), (place, payload)
            taken.setdefault(_shown(place, is_key=is_key), set()).add(payload)
    assert {place for place, payloads in taken.items() if len(payloads) > FEW} == FREE.get(name, set())


def _texts(value: Json, at: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], bool]]:
    """Every text in a document, and every key."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*at, key), True
            yield from _texts(inner, (*at, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(inner, (*at, index))
    elif isinstance(value, str):
        yield at, False


def _put(value: Json, place: tuple[Any, ...], new: str, *, is_key: bool) -> Json:
    if not place:
        return new
    here, *rest = place
    if isinstance(value, dict):
        if is_key and not rest:
            return {new if key == here else key: inner for key, inner in value.items()}
        return {key: _put(i, tuple(rest), new, is_key=is_key) if key == here else i for key, i in value.items()}
    return [_put(item, tuple(rest), new, is_key=is_key) if n == here else item for n, item in enumerate(value)]


def _shown(place: tuple[Any, ...], *, is_key: bool) -> str:
    parts = ["*" if isinstance(part, int) else part for part in (place[:-1] if is_key else place)]
    return ".".join([*parts, "<key>"] if is_key else parts)


def _holds(read: BaseModel, payload: str) -> bool:
    return payload in _leaves(read.model_dump(mode="json", by_alias=True))


def _leaves(value: Json) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    elif isinstance(value, str):
        yield value


PLAIN = "plaintext"
"""What stands in the fields for comparison."""


@pytest.mark.parametrize("part", range(4))
def test_every_field_of_one_text_is_rendered_as_it_is(part: int, repository: Path) -> None:
    """What a payload makes of rendered/ is what a plain word makes of it, with the payload in the place of the word."""
    (repository / KUSTOMIZATION).unlink()
    (repository / WAIVER).unlink()
    plain = _rendered_with(repository, PLAIN)
    assert sum(PLAIN in leaf for leaf in _leaves(plain)) > 12
    for payload in PAYLOADS[part::16]:  # every fourth one: `test_strings` renders them all in fields that hold many
        found, expected = _rendered_with(repository, payload), _replaced(plain, payload)
        assert found == expected, payload


def _replaced(value: Json, payload: str) -> Json:
    if isinstance(value, dict):
        return {key.replace(PLAIN, payload): _replaced(inner, payload) for key, inner in value.items()}
    if isinstance(value, list):
        return [_replaced(inner, payload) for inner in value]
    return value.replace(PLAIN, payload) if isinstance(value, str) else value


def _rendered_with(root: Path, text: str) -> Json:
    """Everything below rendered/ with a text in each of its fields, laid open; columns and keys have one line."""
    column = text if re.fullmatch(r"[^\x00-\x1f]{1,128}", text) else PLAIN
    changes: dict[str, Callable[[Json], None]] = {
        SPEC: lambda model: _model(model, text, column),
        ENVIRONMENT_FILE: lambda environment: _environment(environment, text),
        RUN: lambda run: _run(run, text),
    }
    before = {path: (root / path).read_bytes() for path in (*changes, VERSION, RELEASE)}
    for path, change in changes.items():
        document = yaml.load(before[path], yaml.CSafeLoader)
        change(document)
        (root / path).write_text(json.dumps(document, ensure_ascii=False, default=str))
    _release(root, text)
    answer = call(root, "render", "--no-cache", "--jobs", "1")
    for path, content in before.items():
        (root / path).write_bytes(content)
    assert answer.code == 0, (text, answer.said[:1000])
    found = {path: yaml.load(content, yaml.CSafeLoader) for path, content in rendered(root).items()}
    opened = {path: _opened(value) for path, value in found.items() if not path.endswith("render-key.json")}
    if column != text:
        return _replaced(opened, text)
    return opened


def _model(model: Json, text: str, column: str) -> None:
    spec = model["spec"]
    model["metadata"]["description"] = text
    spec["target"] = spec["data"][0]["expect"][0]["column"] = column
    spec["id"] = f"{column}2"
    spec["data"][0]["version"] = text
    spec["training"]["hyperparameters"] = {"deep": {f"a{column}": {f"{column}2": text}}}


def _environment(environment: Json, text: str) -> None:
    environment["metadata"]["description"] = text
    spec = environment["spec"]
    for account in spec["serviceAccounts"].values():
        account["annotations"] = {"example.com/a": text}
    spec["images"]["mirrors"].append({"source": text, "mirror": text})


def _run(run: Json, text: str) -> None:
    run["spec"]["reason"] = text
    run["spec"]["data"][0]["version"] = text


def _release(root: Path, text: str) -> None:
    folder = (root / VERSION).parent
    release = yaml.load((root / RELEASE).read_text(), yaml.CSafeLoader)
    release["spec"]["reason"] = text
    release["spec"]["recordDigest"] = record_digest({path.name: path.read_bytes() for path in folder.iterdir()})
    (root / RELEASE).write_text(json.dumps(release, ensure_ascii=False, default=str))


_DIGEST = re.compile(r"(?<=-)[0-9a-f]{5}(?:[0-9a-f]{3})?\b|\b[0-9a-f]{10,}\b")


def _opened(value: Json) -> Json:
    """Objects as their readers see them: configurations parsed, variables expanded, digests alike."""
    if isinstance(value, dict):
        if "value" in value and "name" in value and isinstance(value["value"], str):
            value = value | {"value": value["value"].replace("$$", "$")}
        return {_DIGEST.sub("#", key): _opened(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_opened(inner) for inner in value]
    if not isinstance(value, str):
        return value
    if re.match(r'\{\s*"', value):
        return _opened(json.loads(value))
    return _DIGEST.sub("#", value)
