"""Resolved models for tests, from the documents that people would write."""

from __future__ import annotations

from collections.abc import Mapping

from mlgitops.spec.code import code_of
from mlgitops.spec.declared import read_document
from mlgitops.spec.documents.environment import Environment
from mlgitops.spec.documents.model import Model
from mlgitops.spec.documents.release import Release
from mlgitops.spec.documents.run import Run
from mlgitops.spec.documents.version import Version
from mlgitops.spec.resolve import ResolvedModel, Written, resolve
from tests.signers import KEYLESS_SIGNERS, SIGNERS

MINIMAL_MODEL = """\
apiVersion: mlgitops.dev/v1alpha1
kind: Model
metadata: {name: churn, team: growth}
spec:
  task: binaryClassification
  target: churned
  data:
    - {name: customers, role: training, uri: "s3://features/customers/v7"}
  training:
    framework: sklearn
    estimator: linear_model.LogisticRegression
"""

FULL_MODEL = """\
apiVersion: mlgitops.dev/v1alpha1
kind: Model
metadata:
  name: churn
  team: growth
  owner: "@growth/churn"
  labels: {example.com/cost-centre: growth-3}
spec:
  task: binaryClassification
  target: churned
  id: customer
  data:
    - name: customers
      role: training
      uri: s3://features/customers/v7/part.parquet
      version: v7
      digest: sha256:1111111111111111111111111111111111111111111111111111111111111111
      expect: [{column: tenure, nullable: false, range: [0, 120]}]
    - name: customers-holdout
      role: validation
      uri: s3://holdout/customers/v3/part.parquet
      version: v3
      digest: sha256:2222222222222222222222222222222222222222222222222222222222222222
    - name: customers-reference
      role: reference
      uri: s3://features/customers/v6/part.parquet
  training:
    framework: torch
    entrypoint: train:train_loop
    hyperparameters: {epochs: 20, learningRate: 8e-5}
    seed: 7
    workers: 4
    accelerators: {type: A100, perWorker: 2}
    resources: {cpu: 8, memory: 32Gi, storage: 50Gi}
    env:
      - {name: OMP_NUM_THREADS, value: "4"}
      - {name: FEATURE_TOKEN, secret: {name: feature-store, key: token}}
    maxFailures: 2
    checkpoint: {every: 5m, keep: 3}
    deadline: 6h
    onSupersede: finish
    priority: batch
  validation:
    dataset: customers-holdout
    metrics: [{name: auc, min: 0.82, maxRegression: 0.01}]
    slices: [{name: new, column: tenure, range: [0, 3], metrics: [{name: auc, min: 0.7}]}]
  serving:
    route: /churn
    entrypoint: serve:Churn
    inputs: [{name: tenure, type: float32, range: [0, 120]}]
    threshold: 0.4
    resources: {cpu: 2, memory: 4Gi}
    env: [{name: LOCALE, value: en}]
"""

FULL_CODE = {
    "train.py": "def train_loop(config):\n    ...\n",
    "serve.py": "class Churn:\n    ...\n",
    "features.py": "def features(frame):\n    return frame\n",
}

MINIMAL_ENVIRONMENT = """\
apiVersion: mlgitops.dev/v1alpha1
kind: Environment
metadata: {name: dev}
spec:
  trains: true
  serves: false
  destinations:
    training: {cluster: in-cluster, namespace: models}
    serving: {cluster: in-cluster, namespace: models}
  images:
    training: {sklearn: "registry.example.com/ml/sklearn:1.0.0"}
    platform: registry.example.com/ml/mlgitops:0.1.0
  storage: {staging: "s3://staging", checkpoints: "s3://checkpoints"}
  registry: {uri: "s3://registry"}
  signing: {secret: model-signing}
"""

FULL_ENVIRONMENT = """\
apiVersion: mlgitops.dev/v1alpha1
kind: Environment
metadata: {name: staging}
spec:
  trains: true
  serves: true
  destinations:
    training: {cluster: ml-train, namespace: shared, namespaces: {growth: growth-train}}
    serving: {cluster: ml-serve, namespace: shared, namespaces: {growth: growth-serve}}
  accelerators:
    A100:
      nodeSelector: {nvidia.com/gpu.product: NVIDIA-A100-SXM4-80GB}
      tolerations: [{key: nvidia.com/gpu}, {key: pool, operator: Equal, value: gpu, effect: NoExecute}]
    T4: {}
  images:
    training:
      torch: registry.example.com/ml/torch:2.60@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
    platform: registry.example.com/ml/jobs:0.1.0@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
    mirrors: [{source: registry.example.com/ml, mirror: mirror.example.com/ml}]
  imagePullSecrets: [registry-pull]
  serviceAccounts:
    train: {annotations: {eks.amazonaws.com/role-arn: "arn:aws:iam::111111111111:role/train"}}
    sign: {annotations: {eks.amazonaws.com/role-arn: "arn:aws:iam::111111111111:role/sign"}}
  secrets: [{name: feature-store, keys: [token], teams: [growth]}]
  storage: {staging: "s3://staging", checkpoints: "s3://checkpoints"}
  registry: {kind: mlflow, uri: "https://registry.example.com"}
  signing: {secret: model-signing, key: key.pem, signer: ml-platform}
  SIGNERS
  queue: {name: ml, clusterQueue: ml-train}
  gateway: {name: models, namespace: gateway-system, host: models.example.com}
  network: {egress: [10.20.0.0/16, 10.30.0.0/16], egressPorts: [443, 8443]}
  head: {cpu: 2, memory: 8Gi}
""".replace("SIGNERS", SIGNERS)

KEYLESS_ENVIRONMENT = FULL_ENVIRONMENT.replace(SIGNERS, KEYLESS_SIGNERS).replace(
    "signing: {secret: model-signing, key: key.pem, signer: ml-platform}",
    "signing: {keyless: sign-job, audience: sigstore.example.com}",
)


def written(text: str, path: str, kind: type) -> Written:
    """A valid document from its text."""
    result = read_document(text.encode(), path, kind)
    assert isinstance(result, Written), result
    return result


def resolved_model(
    model: str = FULL_MODEL,
    environment: str = FULL_ENVIRONMENT,
    code: Mapping[str, str] | None = None,
    *,
    run: str | None = None,
    version: str | None = None,
    release: str | None = None,
    serving_code: Mapping[str, str] | None = None,
) -> ResolvedModel:
    """One model in one environment; `code` is what stands beside the spec."""
    files = FULL_CODE if code is None else code
    declared = written(model, "specs/churn/model.yaml", Model)
    where = written(environment, "environments/env/environment.yaml", Environment)
    name = declared.value.metadata.name
    result = resolve(
        declared,
        where,
        run=written(run, f"environments/env/runs/{name}.yaml", Run) if run else None,
        version=written(version, f"specs/{name}/versions/v1/version.yaml", Version) if version else None,
        release=written(release, f"environments/env/releases/{name}.yaml", Release) if release else None,
        training_code=code_of(files, "train"),
        candidate_code=code_of(files, "serve"),
        serving_code=code_of(serving_code, "serve") if serving_code is not None else None,
    )
    assert isinstance(result, ResolvedModel), result
    return result
