"""The render key: what a target's objects were made from and what they are, in one small file beside them.

    {
      "inputs": {
        "code": "sha256:…",
        …
      },
      "objects": "sha256:…"
    }

`inputs` has a digest for each part of the values that our rendering used (`INPUTS`): so an edit that no object of
this target depends on (a policy, a price, a comment, the training section where nothing trains) leaves the file as it
was, and of a stale target can be told what changed. `objects` is over the files beside it: a hand edit shows without
rendering anything, and so does whatever else of a model a template used.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from mlgitops.policy.inputs import environment_input
from mlgitops.render.kustomization.build import changing_models
from mlgitops.render.kustomization.customize import Customized
from mlgitops.spec.code import digest_of
from mlgitops.stages.prepare import PreparedEnvironment
from mlgitops.stages.validate import ValidTarget

Json = Any

KEY_FILE = "render-key.json"

INPUTS: Mapping[str, str] = {
    "model": "the resolved spec",
    "code": "the code beside it",
    "run": "the run that is asked for",
    "release": "what is released",
    "environment": "environment.yaml",
    "customization": "the environment's kustomization or templates",
}
"""The parts that inputs are told apart by, with words for people; the spec is the one that all layers come to."""

NOT_RENDERED = frozenset(
    ("limits", "prices", "approvals", "roles", "strategies", "rollouts", "models", "removals", "promotesFrom")
)
"""Keys of an environment that decide verdicts and plans, and no object of a model."""

_TRAINING = ("task", "target", "features", "id", "data", "training", "validation", "serving", "monitoring")
_SERVING = ("task", "serving", "monitoring")


def render_key(
    target: ValidTarget,
    environment: PreparedEnvironment,
    context: Mapping[str, Json],
    applied: Customized,
    texts: Mapping[str, str],
) -> str:
    """The key file's text.

    `context` is the target's `model` input, `applied` what of the kustomization applied to it, `texts` are its files.
    """
    inputs = _inputs(target, environment, context, applied)
    lines = ",\n".join(f'    "{name}": "{inputs[name]}"' for name in sorted(inputs))
    return f'{{\n  "inputs": {{\n{lines}\n  }},\n  "objects": "{digest_of(texts)}"\n}}\n'


def _inputs(
    target: ValidTarget, environment: PreparedEnvironment, context: Mapping[str, Json], applied: Customized
) -> dict[str, str]:
    """A digest for each of `INPUTS` that the target has."""
    customization = _customization(environment, applied.patches, applied.images)
    resolved = target.resolved
    spec = context["spec"]
    model: dict[str, Json] = {"metadata": context["metadata"]}
    digests = {"customization": customization, "environment": _environment(environment)}
    if resolved.trains:
        candidate = resolved.candidate_serving
        model |= {key: spec[key] for key in _TRAINING}
        model["candidate"] = candidate.model_dump() if candidate else None
        digests["code"] = _digest([resolved.training_code.digest, resolved.candidate_code.digest])
        digests["run"] = _digest(context["run"])
    if resolved.serves:
        model |= {key: spec[key] for key in _SERVING}
        if spec["batchScoring"] is not None:
            model |= {key: spec[key] for key in ("batchScoring", "id")}
        served = [resolved.serving_code.digest, target.predecessor.digest if target.predecessor else ""]
        record = {key: value for key, value in context["version"].items() if key != "recipe"}  # which decides no object
        released: list[Json] = [record, served]
        if resolved.rollout is not None:
            previous = target.previous.version if target.previous else None
            released += [resolved.rollout.model_dump(), previous.model_dump() if previous else None]
        digests["release"] = _digest(released)
    return digests | {"model": _digest(model)}


@lru_cache(maxsize=16)
def _environment(environment: PreparedEnvironment) -> str:
    """The digest of what rendering uses of an environment: the same for all its models."""
    seen = environment_input(environment.declared.name, environment.declared.spec.value.spec)
    return _digest({key: value for key, value in seen.items() if key not in NOT_RENDERED})


@lru_cache(maxsize=256)
def _customization(environment: PreparedEnvironment, patches: frozenset[int], images: frozenset[int]) -> str:
    """The digest of what customises a model: of the entries of `patches` and `images` those that apply to it.

    Of the kustomization the values count, not the bytes. Templates count by their bytes, and so does each file that
    nobody knows: it may be meant to do something, and `render --check` then says that it was added.
    """
    kustomization = environment.kustomization
    if kustomization is None:
        return environment.digest
    if not kustomization.changes_models:
        return kustomization.unread  # what it is without a kustomization
    return _digest([changing_models(kustomization, patches, images), kustomization.unread])


def _digest(value: Json) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
