"""What trained a version, and what differs where its commit is not found: for people and for programs."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

from mlgitops.report.visible import redacted_shapes, visible
from mlgitops.spec.documents.version import VersionSpec
from mlgitops.spec.resolve import ResolvedModel

Json = Any
LABEL = 17
WIDTH = 80


def recipe(record: VersionSpec, resolved: ResolvedModel | None) -> dict[str, Json]:
    """What decides a version's weights, as it is recorded; of what no record has, as the commit says."""
    document: dict[str, Json] = {
        "run": record.run.identity,
        "attempt": record.run.attempt,
        "code": record.code.tree,
        "image": record.image,
        "data": [
            {"name": one.name, "role": one.role, "uri": one.uri, "version": one.version, "digest": one.digest}
            for one in record.data
        ],
        "artifact": record.artifact.digest,
    }
    if resolved is not None:
        training = resolved.spec.training
        document |= {
            "framework": training.framework,
            "estimator": training.estimator,
            "entrypoint": training.entrypoint,
            "hyperparameters": dict(training.hyperparameters),
            "seed": training.seed,
            "workers": training.workers if isinstance(training.workers, int) else training.workers.model_dump(),
            "accelerators": training.accelerators.model_dump(exclude_none=True) if training.accelerators else None,
        }
    return document


def differences(record: VersionSpec, resolved: ResolvedModel) -> list[str]:
    """What a commit with the same code renders otherwise, as far as the record says it."""
    now = {one.name: one.digest for one in resolved.spec.data}
    found = [
        f"data {one.name}: recorded {one.digest}, there {now.get(one.name) or 'not pinned'}"
        for one in record.data
        if now.get(one.name) != one.digest
    ]
    attempt = resolved.run.spec.attempt if resolved.run else 1
    if attempt != record.run.attempt:
        found.append(f"attempt: recorded {record.run.attempt}, there {attempt}")
    training = resolved.spec.training
    image = training.image or resolved.environment.images.training.get(training.framework)
    if image is not None and image.rpartition("@")[2] != record.image.rpartition("@")[2]:
        found.append(f"image: recorded {record.image}, there {image}")
    return found or ["what no record has: hyperparameters, workers, accelerators, variables or a patch"]


def recipe_text(title: str, lines: Mapping[str, Iterable[str]]) -> str:
    """Labelled lines in 80 columns; nothing that could be copied is broken."""
    said = [title]
    for label, texts in lines.items():
        for number, text in enumerate(texts):
            kept = textwrap.wrap(
                text, WIDTH - LABEL, subsequent_indent="  ", break_on_hyphens=False, break_long_words=False
            )
            said += [f"{label if not number and not at else '':<{LABEL}}{line}" for at, line in enumerate(kept)]
    return "".join(f"{visible(redacted_shapes(line))}\n" for line in said)
