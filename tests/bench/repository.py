"""The repository that is measured: many models that differ, three environments, the rules of this repository.

    write_repository(Path("/tmp/fleet"), models=1000)

A model has about 115 lines; two thirds have training or serving code of their own, a third trains on GPUs, nine of ten
serve. Each has a version and, where it serves, a release in every environment. Environments are those of the examples
with room for the fleet, and without the customisations, which are measured apart.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import Any

from ryaml import loads

from mlgitops.spec.digests import record_digest

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = ("dev", "staging", "prod")
TEAMS = ("diagnostics", "documents")
REGISTRY = "registry.example.com/ml/ray-{}:2.60.0@sha256:{}"
_WORD = re.compile(r"(?!true|false|null|yes|no|on|off)[A-Za-z/][A-Za-z0-9_./:@-]*[A-Za-z0-9]")

Json = Any


class Kind:
    """One of the kinds of models in the fleet."""

    def __init__(self, framework: str, task: str, metric: str, *, code: bool, gpus: bool, serves: bool = True) -> None:
        self.framework = framework
        self.task = task
        self.metric = metric
        self.code = code
        self.gpus = gpus
        self.serves = serves


KINDS = (
    Kind("xgboost", "binaryClassification", "auc", code=False, gpus=False),
    Kind("torch", "multiclassClassification", "accuracy", code=True, gpus=True),
    Kind("sklearn", "regression", "r2", code=False, gpus=False),
    Kind("xgboost", "regression", "r2", code=True, gpus=False),
    Kind("torch", "binaryClassification", "auc", code=True, gpus=True),
    Kind("sklearn", "binaryClassification", "auc", code=False, gpus=False),
    Kind("xgboost", "multiclassClassification", "accuracy", code=True, gpus=False),
    Kind("torch", "regression", "r2", code=True, gpus=True),
    Kind("torch", "multiclassClassification", "f1Macro", code=True, gpus=False),
    Kind("sklearn", "regression", "r2", code=True, gpus=False, serves=False),
)


def write_repository(root: Path, models: int) -> None:
    """Write the repository into an empty folder. Nothing in it depends on anything but the number of models."""
    root.mkdir(parents=True)
    shutil.copy(ROOT / "mlgitops.yaml", root / "mlgitops.yaml")
    shutil.copytree(ROOT / "policies", root / "policies", ignore=shutil.ignore_patterns("waivers"))
    write(root / "policies/data/quotas.yaml", as_yaml({"costPerMonth": dict.fromkeys(TEAMS, 10**9)}))
    images = {}
    for name in ENVIRONMENTS:
        environment = _environment(name)
        images = environment["spec"]["images"]["training"]
        write(root / f"environments/{name}/environment.yaml", as_yaml(environment))
        (root / f"environments/{name}/releases").mkdir()
    for number in range(models):
        _write_model(root, number, images)


def model_name(number: int) -> str:
    """`model-00042`."""
    return f"model-{number:05d}"


def edit_model(root: Path, number: int, seed: int) -> None:
    """An edit that changes what is rendered: the seed of the training, on a line that every model has."""
    path = root / f"specs/{model_name(number)}/model.yaml"
    lines = path.read_text().split("\n")
    at = next(index for index, line in enumerate(lines) if line.startswith("    seed: "))
    lines[at] = f"    seed: {seed}"
    path.write_text("\n".join(lines))


def write(path: Path, text: str) -> None:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def as_yaml(value: Json, indent: str = "") -> str:
    """A document in YAML, a key a line, as people write it."""
    lines = []
    for key, inner in value.items():
        if isinstance(inner, dict) and inner:
            lines.append(f"{indent}{key}:\n{as_yaml(inner, indent + '  ')}")
        elif isinstance(inner, list) and inner and isinstance(inner[0], dict):
            lines.append(f"{indent}{key}:\n{''.join(_item(one, indent) for one in inner)}")
        elif isinstance(inner, str) and inner.count("\n") > 1:
            body = "".join(f"{indent}  {line}\n" for line in inner.splitlines())
            lines.append(f"{indent}{key}: |\n{body}")
        else:
            lines.append(f"{indent}{key}: {_scalar(inner)}\n")
    return "".join(lines)


def _item(value: dict[str, Json], indent: str) -> str:
    if all(not isinstance(inner, dict) for inner in value.values()) and len(value) < 5:
        fields = ", ".join(f"{key}: {_scalar(inner)}" for key, inner in value.items())
        return f"{indent}  - {{{fields}}}\n"
    text = as_yaml(value, indent + "    ")
    return f"{indent}  - {text[len(indent) + 4 :]}"


def _scalar(value: Json) -> str:
    """A value on one line; words stand without quotes."""
    plain = isinstance(value, str) and _WORD.fullmatch(value)
    return value if plain else json.dumps(value)


def _environment(name: str) -> Json:
    """The example's environment with room for the whole fleet."""
    environment = loads((ROOT / f"environments/{name}/environment.yaml").read_text())
    spec = environment["spec"]
    for key in ("models", "overrides", "removals", "quota"):
        spec.pop(key, None)
    for part in spec["destinations"].values():
        part["namespaces"] = {team: f"{name}-{team}" for team in TEAMS}
    plenty = {"total": 100_000, "perTeam": 100_000, "perModel": 64}
    spec["limits"] = {
        **spec["limits"],
        "accelerators": dict.fromkeys(spec["accelerators"], plenty),
        "costPerMonth": 1e9,
        "replicas": 8,
    }
    return environment


def _write_model(root: Path, number: int, images: dict[str, str]) -> None:
    name, kind = model_name(number), KINDS[number % len(KINDS)]
    folder = root / f"specs/{name}"
    model = _model(name, number, kind)
    write(folder / "model.yaml", as_yaml(model))
    code = _code(name, kind)
    for file, text in code.items():
        write(folder / file, text)
    if not kind.serves:
        return
    files = {file: text for file, text in code.items() if file != "train.py"}
    files["version.yaml"] = as_yaml(_version(model, kind, images[kind.framework]))
    for file, text in files.items():
        write(folder / f"versions/v1/{file}", text)
    digest = record_digest({file: text.encode() for file, text in files.items()})
    for index, environment in enumerate(ENVIRONMENTS):
        source = ENVIRONMENTS[index - 1] if index else None
        release = _release(model, environment, digest, source)
        write(root / f"environments/{environment}/releases/{name}.yaml", as_yaml(release))


def _digest(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _data(name: str) -> list[Json]:
    sets = []
    for role, bucket in (("training", "features"), ("validation", "holdout")):
        uri = f"s3://example-{bucket}/{name}/v1/{role}.csv"
        sets.append(
            {
                "name": f"events-{role}",
                "role": role,
                "uri": uri,
                "version": "v1",
                "digest": _digest(uri),
                "region": "eu-central-1",
                "classification": "internal",
            }
        )
    return sets


def _hyperparameters(kind: Kind, number: int) -> Json:
    if kind.code:
        return {"epochs": 20 + number % 7, "learningRate": 0.003, "depth": 4 + number % 3}
    if kind.framework == "sklearn":
        strength = "alpha" if kind.task == "regression" else "C"
        return {strength: 0.1 * (1 + number % 7), "maxIter": 100, "fitIntercept": True}
    return {"numBoostRound": 20 + number % 7, "learningRate": 0.003, "maxDepth": 4 + number % 3}


def _model(name: str, number: int, kind: Kind) -> Json:
    team = TEAMS[number % len(TEAMS)]
    columns = [f"feature_{index:02d}" for index in range(15 + number % 9)]
    data = _data(name)
    data[0]["expect"] = [{"column": column, "type": "float64", "nullable": False} for column in columns]
    training: Json = {
        "framework": kind.framework,
        "hyperparameters": _hyperparameters(kind, number),
        "seed": number,
        "workers": 1 if kind.framework == "sklearn" else 1 + number % 3,
        "resources": {"cpu": 2, "memory": "6Gi"},
        "checkpoint": {"every": "5m", "keep": 2},
        "maxFailures": 2,
        "deadline": "2h",
    }
    serving: Json = {
        "route": f"/{name}",
        "replicas": {"min": 2, "max": 4},
        "resources": {"cpu": 1, "memory": "4Gi"},
        "maxOngoingRequests": 100 + number % 50,
    }
    if kind.code:
        training["entrypoint"], serving["entrypoint"] = "train:train_loop", "serve:Predictor"
    elif kind.framework == "sklearn":
        training["estimator"] = f"linear_model.{'Ridge' if kind.task == 'regression' else 'LogisticRegression'}"
    if kind.gpus:
        training["accelerators"] = {"type": "T4", "perWorker": 1}
        serving["accelerators"] = {"type": "T4", "perReplica": 1}
    serving["inputs"] = [{"name": column, "type": "float32", "range": [0, 100]} for column in columns]
    limits = [{"name": kind.metric, "min": 0.7}]
    spec = {
        "task": kind.task,
        "target": "label",
        "features": columns,
        "data": data,
        "training": training,
        "triggers": {"newData": True, "monitoring": {"cooldown": "24h"}},
        "validation": {
            "dataset": "events-validation",
            "metrics": [{"name": kind.metric, "min": 0.8, "maxRegression": 0.01}],
            "slices": [
                {"name": f"part-{part}", "column": columns[part], "range": [0, 10 * part + 10], "metrics": limits}
                for part in range(2)
            ],
        },
        "serving": serving,
        "monitoring": {
            "objectives": {"availability": 99.9, "latencyP99": "150ms"},
            "drift": {"test": "psi", "threshold": 0.2, "window": "6h"},
        },
    }
    if not kind.serves:
        del spec["serving"], spec["monitoring"], spec["triggers"]["monitoring"]
    metadata = {
        "name": name,
        "team": team,
        "owner": f"@{team}/models",
        "description": f"Model {number} of the fleet.",
        "labels": {"example.com/cost-centre": f"{team}-{number % 12}"},
    }
    return {"apiVersion": "mlgitops.dev/v1alpha1", "kind": "Model", "metadata": metadata, "spec": spec}


def _code(name: str, kind: Kind) -> dict[str, str]:
    if not kind.code:
        return {}
    example = ROOT / "specs/digits"
    code = {file: f"# {name}\n{(example / file).read_text()}" for file in ("network.py", "serve.py", "train.py")}
    code["serve.py"] = code["serve.py"].replace("class Digits", "class Predictor")
    if not kind.serves:
        del code["serve.py"]
    return code


FORMATS = {"torch": "safetensors", "xgboost": "xgboost", "sklearn": "onnx"}


def _version(model: Json, kind: Kind, image: str) -> Json:
    name, spec = model["metadata"]["name"], model["spec"]
    place = f"s3://ml-registry/{name}/v1"
    serving = {key: value for key, value in spec["serving"].items() if key not in ("replicas", "resources")}
    serving.pop("accelerators", None)
    serving["image"] = image
    data = [{key: value for key, value in one.items() if key != "expect"} for one in spec["data"]]
    return {
        "apiVersion": "mlgitops.dev/v1alpha1",
        "kind": "Version",
        "metadata": {"name": "v1", "model": name},
        "spec": {
            "artifact": {
                "uri": f"{place}/artifact",
                "digest": _digest(f"artifact of {name}"),
                "format": FORMATS[kind.framework],
            },
            "signature": {
                "uri": f"{place}/signature.json",
                "digest": _digest(f"signature of {name}"),
                "signer": "ml-platform-2026",
            },
            "run": {
                "identity": _digest(f"run of {name}"),
                "trigger": "codeChange",
                "attempt": 1,
                "startedAt": "2026-08-31T10:00:00Z",
                "finishedAt": "2026-08-31T10:11:20Z",
            },
            "data": data,
            "code": {"tree": hashlib.sha256(name.encode()).hexdigest()[:40]},
            "image": image,
            "metrics": [{"name": kind.metric, "dataset": "events-validation", "value": 0.97}],
            "createdAt": "2026-08-31T10:13:00Z",
            "createdBy": model["metadata"]["owner"],
            "snapshot": {"framework": kind.framework, "serving": serving, "monitoring": spec["monitoring"]},
        },
    }


def _release(model: Json, environment: str, digest: str, source: str | None) -> Json:
    name, owner = model["metadata"]["name"], model["metadata"]["owner"]
    spec: Json = {
        "version": "v1",
        "recordDigest": digest,
        "riskLevel": "medium",
        "requestedBy": owner,
        "reason": "The first version.",
        "approvals": [
            {"role": role, "by": f"@example/{role}", "at": "2026-09-02T13:30:00Z"}
            for role in ("model-owner", "ml-platform")
        ],
    }
    if source is not None:
        spec["promotedFrom"] = source
    return {
        "apiVersion": "mlgitops.dev/v1alpha1",
        "kind": "Release",
        "metadata": {"name": name, "environment": environment},
        "spec": spec,
    }
