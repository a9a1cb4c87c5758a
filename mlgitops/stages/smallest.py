"""The smallest model that an environment takes, written out and resolved as a person's would be.

A search begins with it: what differs from it is all that matters. Its data, its version and its release are made up,
and nothing of it is ever written to a repository.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from mlgitops.render.serving import serving_findings
from mlgitops.render.training import training_findings
from mlgitops.spec.checks.model import check_model
from mlgitops.spec.code import code_of
from mlgitops.spec.declared import DeclaredEnvironment, read_document
from mlgitops.spec.documents.model import Model
from mlgitops.spec.documents.release import Release
from mlgitops.spec.documents.version import Version
from mlgitops.spec.resolve import ResolvedModel, resolve

Json = Any

NAME: Final = "smallest"
_DIGEST: Final = "sha256:" + "0" * 64
_OWNER: Final = "owner@example.com"
_AT: Final = "2026-01-01T00:00:00Z"
_CODE: Final = {"train.py": "def train_loop(config):\n    pass\n", "serve.py": "class Predictor:\n    pass\n"}
_TRAINERS: Final[Mapping[str, tuple[dict[str, Json], dict[str, Json], str]]] = {
    "xgboost": ({}, {}, "xgboost"),
    "lightgbm": ({}, {}, "lightgbm"),
    "sklearn": ({"estimator": "linear_model.Ridge"}, {}, "onnx"),
    "torch": ({"entrypoint": "train:train_loop"}, {"entrypoint": "serve:Predictor"}, "safetensors"),
    "custom": ({"entrypoint": "train:train_loop"}, {"entrypoint": "serve:Predictor"}, "onnx"),
}
"""Framework → what training and serving must say besides, and the format of artifacts; those without code first."""


def smallest_model(environment: DeclaredEnvironment, team: str) -> ResolvedModel | None:
    """The model as it is in an environment, trained and released as far as that trains and serves.

    None where every framework that the environment has an image for needs more than this.
    """
    spec = environment.spec.value.spec
    for framework in _TRAINERS:
        image = spec.images.serving.get(framework) or spec.images.training.get(framework)  # type: ignore[call-overload]
        if image is not None:
            found = _resolved(environment, team, framework, image)
            if found is not None:
                return found
    return None


def _resolved(environment: DeclaredEnvironment, team: str, framework: str, image: str) -> ResolvedModel | None:
    training, serving, form = _TRAINERS[framework]
    data = [{"name": "data", "role": "training", "uri": "s3://data/training.csv"}]
    model = {
        "metadata": {"name": NAME, "team": team},
        "spec": {
            "task": "regression",
            "target": "target",
            "data": data,
            "training": {"framework": framework, **training},
            "serving": {"route": f"/{NAME}", **serving},
        },
    }
    code = _CODE if training else {}
    declared = read_document(_text("Model", model), f"specs/{NAME}/model.yaml", Model)
    version = read_document(_text("Version", _version(environment, framework, serving, form, image)), "", Version)
    release = read_document(_text("Release", _release(environment)), "", Release)
    if isinstance(declared, list) or isinstance(version, list) or isinstance(release, list):
        return None
    served = code_of(code, "serve")
    resolved = resolve(
        declared,
        environment.spec,
        version=version if environment.spec.value.spec.serves else None,
        release=release if environment.spec.value.spec.serves else None,
        training_code=code_of(code, "train"),
        candidate_code=served,
        serving_code=served if environment.spec.value.spec.serves else None,
    )
    return resolved if isinstance(resolved, ResolvedModel) and is_sound(resolved) else None


def _version(
    environment: DeclaredEnvironment, framework: str, serving: Mapping[str, Json], form: str, image: str
) -> dict[str, Json]:
    signer = next(iter(environment.spec.value.spec.signers), "nobody")
    return {
        "metadata": {"name": "v1", "model": NAME},
        "spec": {
            "artifact": {"uri": f"s3://registry/{NAME}/v1", "digest": _DIGEST, "format": form},
            "signature": {"uri": f"s3://registry/{NAME}/v1.sig", "digest": _DIGEST, "signer": signer},
            "run": {"identity": _DIGEST, "trigger": "manual", "startedAt": _AT, "finishedAt": _AT},
            "data": [{"name": "data", "role": "training", "uri": "s3://data/training.csv"}],
            "code": {"tree": "0" * 40},
            "image": image,
            "metrics": [{"name": "r2", "dataset": "data", "value": 1.0}],
            "createdAt": _AT,
            "createdBy": _OWNER,
            "snapshot": {"framework": framework, "serving": {"route": f"/{NAME}", "image": image, **serving}},
        },
    }


def _release(environment: DeclaredEnvironment) -> dict[str, Json]:
    metadata = {"name": NAME, "environment": environment.name}
    return {"metadata": metadata, "spec": {"version": "v1", "recordDigest": _DIGEST, "requestedBy": _OWNER}}


def _text(kind: str, document: Mapping[str, Json]) -> bytes:
    """A document as YAML, of which JSON is a part."""
    return json.dumps({"apiVersion": "mlgitops.dev/v1alpha1", "kind": kind, **document}).encode()


def is_sound(resolved: ResolvedModel) -> bool:
    """Whether the parts of a resolved model fit each other, and it can be rendered where it is."""
    problems = check_model(
        resolved.spec,
        {**resolved.candidate_code.files, **resolved.training_code.files},
        lambda pointer, _: resolved.nearest(pointer),
        serving_code=resolved.serving_code.files,
        of_version=resolved.version is not None,
    )
    if resolved.trains:
        problems += training_findings(resolved)
    if resolved.serves and resolved.spec.serving is not None and resolved.version is not None:
        problems += serving_findings(resolved, resolved.spec.serving, resolved.version)
    return not any(problem.fails for problem in problems)
