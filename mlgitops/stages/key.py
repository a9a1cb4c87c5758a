"""The render key: what a target's objects were made from and what they are, in one small file beside them.

It holds two digests. `inputs` is over the values that our rendering used and the files that customise it: so an
edit that no object of this target depends on (a policy, a price, a comment, the training section where nothing
trains) leaves the file as it was. `objects` is over the files beside it: a hand edit shows without rendering
anything, and so does whatever else of a model a template used.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from mlgitops.policy.inputs import environment_input
from mlgitops.spec.code import digest_of
from mlgitops.stages.prepare import PreparedEnvironment
from mlgitops.stages.validate import ValidTarget

Json = Any

KEY_FILE = "render-key.json"

NOT_RENDERED = frozenset(("limits", "prices", "approvals", "strategies", "models", "removals", "promotesFrom"))
"""Keys of an environment that decide verdicts and plans, and no object of a model."""

_TRAINING = ("task", "target", "features", "id", "data", "training", "validation", "serving", "monitoring")
_SERVING = ("task", "serving", "monitoring")


def render_key(
    target: ValidTarget, environment: PreparedEnvironment, context: Mapping[str, Json], texts: Mapping[str, str]
) -> str:
    """The key file's text; `context` is the target's `model` input, `texts` are its files."""
    inputs, objects = _inputs(target, environment, context), digest_of(texts)
    return f'{{\n  "inputs": "{inputs}",\n  "objects": "{objects}"\n}}\n'


def _inputs(target: ValidTarget, environment: PreparedEnvironment, context: Mapping[str, Json]) -> str:
    resolved = target.resolved
    seen: dict[str, Json] = {
        "metadata": context["metadata"],
        "environment": _environment(environment),
        "customization": environment.digest,
    }
    spec = context["spec"]
    if resolved.trains:
        seen |= {key: spec[key] for key in _TRAINING}
        seen["run"] = context["run"]
        seen["code"] = [resolved.training_code.digest, resolved.candidate_code.digest]
        candidate = resolved.candidate_serving
        seen["candidate"] = candidate.model_dump() if candidate else None
    if resolved.serves:
        seen |= {key: spec[key] for key in _SERVING}
        seen["version"] = context["version"]
        seen["served"] = [resolved.serving_code.digest, target.predecessor.digest if target.predecessor else ""]
    return _digest(seen)


@lru_cache(maxsize=16)
def _environment(environment: PreparedEnvironment) -> str:
    """The digest of what rendering uses of an environment: the same for all its models."""
    seen = environment_input(environment.declared.name, environment.declared.spec.value.spec)
    return _digest({key: value for key, value in seen.items() if key not in NOT_RENDERED})


def _digest(value: Json) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
