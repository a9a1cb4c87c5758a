"""The texts of `RunInputs` and `TrainConfig` for a resolved model.

Defaults are left out (`contract`), keys are sorted: the same inputs are the same bytes, whatever version of mlgitops
wrote them.
"""

from __future__ import annotations

import json

from mlgitops import contract
from mlgitops.render.objects import Object
from mlgitops.render.pods import training_image
from mlgitops.spec.documents.model import Checkpoint, DataSet, ModelSpec, WorkerRange
from mlgitops.spec.documents.run import RunSpec
from mlgitops.spec.footprint import DEFAULT_CPU
from mlgitops.spec.resolve import ResolvedModel

_encode = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(", ", ": "), allow_nan=False).encode


def text_of(config: Object) -> str:
    """A configuration's JSON text, one line for each of its keys, so that a reviewer sees which one changed."""
    return "{\n" + ",\n".join(f'"{key}": {_encode(config[key])}' for key in sorted(config)) + "\n}\n"


def columns_of(spec: ModelSpec) -> Object:
    """`contract.parts.Columns`."""
    result: Object = {}
    if spec.target is not None:
        result["target"] = spec.target
    if spec.id is not None:
        result["id"] = spec.id
    if spec.features:
        result["features"] = spec.features
    return result


def data_identity(data: DataSet) -> Object:
    """`contract.parts.DataIdentity`: the digest alone where there is one, so that bytes may move."""
    if data.digest is not None:
        return {"name": data.name, "digest": data.digest}
    result: Object = {"name": data.name, "uri": data.uri}
    if data.version is not None:
        result["version"] = data.version
    return result


def data_location(data: DataSet) -> Object:
    """`contract.parts.DataLocation`."""
    result: Object = {"name": data.name, "uri": data.uri}
    if data.format is not None:
        result["format"] = data.format
    if data.expect:
        result["expect"] = [expected.model_dump(exclude_defaults=True) for expected in data.expect]
    return result


def stores(resolved: ResolvedModel) -> Object:
    """`contract.parts.Stores`."""
    registry, storage = resolved.environment.registry, resolved.environment.storage
    result: Object = {
        "staging": storage.staging,
        "evaluations": storage.evaluations or f"{storage.staging.rstrip('/')}-evaluations",
        "registry": registry.uri,
    }
    if registry.kind != "directory":
        result["registryKind"] = registry.kind
    return result


def training_data(spec: ModelSpec) -> list[DataSet]:
    """The sets that training may know."""
    return [data for data in spec.data if data.role == "training"]


def run_inputs_text(resolved: ResolvedModel) -> str:
    """`contract.run.RunInputs` as text."""
    return text_of(run_inputs(resolved))


def run_inputs(resolved: ResolvedModel) -> Object:
    """`contract.run.RunInputs`."""
    spec = resolved.spec
    training = spec.training
    result: Object = {
        "model": resolved.metadata.name,
        "task": spec.task,
        "data": [data_identity(data) for data in training_data(spec)],
        "framework": training.framework,
    }
    columns = columns_of(spec)
    if columns:
        result["columns"] = columns
    if training.estimator is not None:
        result["estimator"] = training.estimator
    if training.entrypoint is not None:
        result["entrypoint"] = training.entrypoint
    if training.hyperparameters:
        result["hyperparameters"] = training.hyperparameters
    if training.seed:
        result["seed"] = training.seed
    workers = training.workers
    if isinstance(workers, WorkerRange):
        result["workers"] = {"min": workers.min, "max": workers.max}
    elif workers != 1:
        result["workers"] = workers
    if training.accelerators is not None:
        result["accelerators"] = training.accelerators.model_dump(exclude_defaults=True)
    if resolved.run is not None and resolved.run.spec.attempt != 1:
        result["attempt"] = resolved.run.spec.attempt
    return result


def train_config_text(resolved: ResolvedModel) -> str:
    """`contract.train.TrainConfig`."""
    training = resolved.spec.training
    result: Object = {
        "contract": contract.VERSION,
        "environment": resolved.environment_name,
        "team": resolved.metadata.team,
        "data": [data_location(data) for data in training_data(resolved.spec)],
        "stores": stores(resolved),
        "checkpoints": resolved.environment.storage.checkpoints,
        "cpusPerWorker": training.resources.cpu if training.resources.cpu is not None else DEFAULT_CPU,
        "image": training_image(resolved),
        "codeDigest": resolved.training_code.digest,
    }
    if training.checkpoint is not None and training.checkpoint != Checkpoint():
        result["checkpoint"] = training.checkpoint.model_dump(exclude_defaults=True)
    if training.maxFailures:
        result["maxFailures"] = training.maxFailures
    if resolved.run is not None:
        result["request"] = request(resolved.run.spec)
    return text_of(result)


def request(asked: RunSpec) -> Object:
    """`contract.train.Request`."""
    result: Object = {"requestedAt": asked.requestedAt, "requestedBy": asked.requestedBy}
    if asked.trigger != "codeChange":
        result["trigger"] = asked.trigger
    if asked.reason is not None:
        result["reason"] = asked.reason
    return result
