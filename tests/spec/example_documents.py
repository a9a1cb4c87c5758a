"""Documents of every kind, the shortest that are valid and ones that say everything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlgitops.spec.declared import read_document
from mlgitops.spec.documents.environment import Environment
from mlgitops.spec.documents.model import Model
from mlgitops.spec.documents.release import Release
from mlgitops.spec.documents.repository import Repository
from mlgitops.spec.documents.run import Run
from mlgitops.spec.documents.version import Version
from mlgitops.spec.documents.waiver import Waiver
from mlgitops.spec.resolve import Written
from tests.signers import KEYLESS_SIGNERS, SIGNERS

DIGEST = {letter: "sha256:" + letter * 64 for letter in "0123456789abcdef"}
IMAGE = "registry.example.com/ml/ray:2.60.0@" + DIGEST["e"]

MODEL = """\
apiVersion: mlgitops.dev/v1alpha1
kind: Model
metadata: {name: churn, team: growth}
spec:
  task: binaryClassification
  target: churned
  data:
    - {name: customers, role: training, uri: "s3://features/customers/v7"}
    - {name: customers-holdout, role: validation, uri: "s3://holdout/customers/v3"}
  training:
    framework: sklearn
    estimator: linear_model.LogisticRegression
  validation:
    dataset: customers-holdout
    metrics: [{name: auc, min: 0.82}]
"""
"""What a data scientist writes first: 15 lines."""

FULL_MODEL = f"""\
apiVersion: mlgitops.dev/v1alpha1
kind: Model
metadata:
  name: churn
  team: growth
  owner: "@growth/churn"
  description: Who will leave next month.
  labels: {{example.com/cost-centre: growth-3}}
spec:
  task: binaryClassification
  target: churned
  features: [tenure, plan, calls]
  id: customer
  data:
    - name: customers
      role: training
      uri: s3://features/customers/v7/part.parquet
      version: v7
      digest: {DIGEST["1"]}
      format: parquet
      region: eu-central-1
      classification: confidential
      expect:
        - {{column: tenure, type: float32, nullable: false, unique: false, range: [0, 120]}}
        - {{column: plan, values: [basic, plus, 3, true]}}
    - {{name: holdout, role: validation, uri: "s3://holdout/customers/v3", digest: "{DIGEST["2"]}"}}
    - {{name: reference, role: reference, uri: "s3://features/customers/v6"}}
  training:
    framework: torch
    entrypoint: train:train_loop
    hyperparameters: {{epochs: 20, learningRate: 8e-5, layers: [64, 32], schedule: {{warmup: 0.1}}}}
    seed: 7
    workers: {{min: 2, max: 4}}
    accelerators: {{type: A100, perWorker: 2}}
    resources: {{cpu: 8, memory: 32Gi, storage: 50Gi}}
    image: {IMAGE}
    env:
      - {{name: OMP_NUM_THREADS, value: "4"}}
      - {{name: FEATURE_TOKEN, secret: {{name: feature-store, key: token}}}}
    maxFailures: 2
    checkpoint: {{every: 5m, keep: 3}}
    deadline: 6h
    onSupersede: stop
    priority: batch
  triggers: {{schedule: "0 3 * * 1", newData: true, monitoring: {{cooldown: 12h}}}}
  validation:
    dataset: holdout
    metrics: [{{name: auc, min: 0.82, max: 1, maxRegression: 0.01, maxGap: 0.05}}]
    slices:
      - {{name: new, column: tenure, range: [0, 3], metrics: [{{name: auc, min: 0.7}}]}}
      - {{name: plus, column: plan, equals: plus, metrics: [{{name: recall, min: 0.6}}]}}
  serving:
    route: /churn
    entrypoint: serve:Churn
    replicas: {{min: 2, max: 6}}
    accelerators: {{type: T4, perReplica: 1}}
    resources: {{cpu: 2, memory: 4Gi, storage: 5Gi}}
    image: {IMAGE}
    env: [{{name: LOCALE, value: en}}]
    inputs:
      - {{name: tenure, type: float32, range: [0, 120], nullable: true}}
      - {{name: plan, type: string, values: [basic, plus]}}
    threshold: 0.4
    batching: {{maxBatchSize: 16, maxWait: 2ms}}
    explain: true
    timeout: 10s
    maxOngoingRequests: 200
    maxQueuedRequests: 2000
  batchScoring:
    input:
      uri: s3://features/customers/nightly
      version: v9
      digest: {DIGEST["3"]}
      format: parquet
      region: eu-central-1
      classification: internal
      expect: [{{column: tenure, range: [0, 120]}}]
    output: s3://answers/churn
    format: csv
    schedule: "30 4 * * *"
    resources: {{cpu: 2, memory: 8Gi, storage: 20Gi}}
    deadline: 2h
  monitoring:
    objectives: {{availability: 99.9, latencyP99: 200ms}}
    drift: {{test: psi, threshold: 0.2, window: 1h, minimumSamples: 500}}
    groundTruth: {{labelDelay: 7d}}
"""

CODE = {
    "train.py": "def train_loop(config):\n    ...\n",
    "serve.py": "class Churn:\n    ...\n",
    "features.py": "def features(frame):\n    return frame\n",
}
"""What stands beside the full model."""

ENVIRONMENT = """\
apiVersion: mlgitops.dev/v1alpha1
kind: Environment
metadata: {name: dev}
spec:
  trains: true
  serves: true
  destinations:
    training: {cluster: in-cluster, namespace: dev}
    serving: {cluster: in-cluster, namespace: dev}
  images: {platform: registry.example.com/ml/mlgitops:0.1.0}
  storage: {staging: "s3://staging", checkpoints: "s3://checkpoints", predictions: "s3://predictions"}
  registry: {uri: "s3://registry"}
  signing: {secret: model-signing}
  SIGNERS
  gateway: {name: models, namespace: gateway-system, host: dev.models.example.com}
""".replace("SIGNERS", SIGNERS)

KEYLESS_ENVIRONMENT = ENVIRONMENT.replace(SIGNERS, KEYLESS_SIGNERS).replace(
    "signing: {secret: model-signing}", "signing: {keyless: sign-job}"
)

FULL_ENVIRONMENT = f"""\
apiVersion: mlgitops.dev/v1alpha1
kind: Environment
metadata: {{name: prod, description: Serves customers.}}
spec:
  models: {{include: [churn], exclude: [old], teams: [growth]}}
  trains: true
  serves: true
  destinations:
    training: {{cluster: ml-train, namespace: prod-train, namespaces: {{growth: prod-growth-train}}}}
    serving: {{cluster: ml-serve, namespace: prod, namespaces: {{growth: prod-growth}}}}
  promotesFrom: dev
  defaults: {{training: {{resources: {{cpu: 2}}}}}}
  overrides: {{churn: {{serving: {{replicas: {{min: 3}}}}}}}}
  limits:
    accelerators: {{A100: {{total: 16, perTeam: 8, perModel: 4}}}}
    costPerMonth: 12000
    deadline: 12h
    replicas: 8
  quota: {{cpu: 96, memory: 512Gi, accelerators: 16}}
  prices: {{currency: EUR, cpu: 0.05, memoryGiB: 0.006, accelerators: {{A100: 3, T4: 0.5}}}}
  accelerators:
    A100:
      resource: nvidia.com/gpu
      nodeSelector: {{nvidia.com/gpu.product: NVIDIA-A100-SXM4-80GB}}
      tolerations: [{{key: nvidia.com/gpu}}, {{key: pool, operator: Equal, value: gpu, effect: NoExecute}}]
    T4: {{}}
  images:
    training: {{torch: "{IMAGE}"}}
    serving: {{torch: "{IMAGE}"}}
    platform: registry.example.com/ml/mlgitops:0.1.0
    mirrors: [{{source: registry.example.com/ml, mirror: mirror.example.com/ml}}]
  imagePullSecrets: [registry-pull]
  serviceAccounts:
    train: {{annotations: {{eks.amazonaws.com/role-arn: "arn:aws:iam::111111111111:role/train"}}}}
    join: {{annotations: {{eks.amazonaws.com/role-arn: "arn:aws:iam::111111111111:role/join"}}}}
  secrets: [{{name: feature-store, keys: [token], teams: [growth]}}]
  feedback: {{name: feedback, key: token}}
  storage:
    staging: "s3://staging"
    evaluations: "s3://evaluations"
    checkpoints: "s3://checkpoints"
    predictions: "s3://predictions"
    region: eu-central-1
  registry: {{kind: mlflow, uri: "https://registry.example.com"}}
  signing: {{secret: model-signing, key: key.pem, signer: ml-platform}}
  {SIGNERS}
  queue: {{name: ml, clusterQueue: ml-train}}
  namespaces: {{operator: kuberay, gateway: gateways, monitoring: prometheus}}
  gateway: {{name: models, namespace: gateways, host: models.example.com}}
  autoscaling: {{enabled: true, maxWorkers: 8, idleTimeout: 10m}}
  head: {{cpu: 2, memory: 8Gi, storage: 20Gi}}
  submissionMode: HTTPMode
  strategies: {{low: rolling, medium: canary, high: shadow}}
  approvals: {{low: [], medium: [model-owner], high: [model-owner, ml-platform]}}
  network: {{egress: [10.20.0.0/16], egressPorts: [443, 8443], kubernetesApi: [10.0.0.0/8]}}
  protected: true
  removals: [{{model: gone, reason: Replaced by churn., date: "2026-11-02"}}]
  kuberay: 1.6.2
  ray: 2.60.0
  rollouts: {{canary: {{weights: [10, 50]}}, abTest: {{weight: 20, cohort: {{by: cookie, name: beta, value: b}}}}}}
  roles: {{model-owner: ["@growth/lead"]}}
"""

VERSION = f"""\
apiVersion: mlgitops.dev/v1alpha1
kind: Version
metadata: {{name: v1, model: churn}}
spec:
  artifact: {{uri: "s3://registry/churn/v1/model.onnx", digest: "{DIGEST["a"]}", format: onnx}}
  signature: {{uri: "s3://registry/churn/v1/model.sig", digest: "{DIGEST["b"]}", signer: ml-platform}}
  run:
    identity: {DIGEST["c"]}
    trigger: codeChange
    startedAt: "2026-11-01T03:00:00Z"
    finishedAt: "2026-11-01T04:00:00Z"
  data: [{{name: customers, role: training, uri: "s3://features/customers/v7", digest: "{DIGEST["1"]}"}}]
  code: {{tree: {"a1" * 20}}}
  image: {IMAGE}
  metrics: [{{name: auc, dataset: customers-holdout, value: 0.85, baseline: 0.84}}]
  createdAt: "2026-11-01T04:10:00Z"
  createdBy: "@ml-platform"
  snapshot:
    framework: sklearn
    serving:
      route: /churn
      replicas: {{min: 9, max: 9}}
      inputs: [{{name: tenure, type: float32}}]
      image: {IMAGE}
      timeout: 5s
    monitoring:
      drift: {{test: ks, threshold: 0.1}}
"""

RELEASE = f"""\
apiVersion: mlgitops.dev/v1alpha1
kind: Release
metadata: {{name: churn, environment: dev}}
spec:
  version: v1
  recordDigest: {DIGEST["d"]}
  requestedBy: "@growth/churn"
"""

FULL_RELEASE = f"""\
apiVersion: mlgitops.dev/v1alpha1
kind: Release
metadata: {{name: churn, environment: prod}}
spec:
  version: v2
  recordDigest: {DIGEST["d"]}
  supersedes: v1
  promotedFrom: dev
  riskLevel: high
  requestedBy: growth@example.com
  reason: Better on new customers.
  approvals: [{{role: ml-platform, by: "@ml-platform", at: "2026-11-02T10:00:00Z"}}]
"""

RUN = f"""\
apiVersion: mlgitops.dev/v1alpha1
kind: Run
metadata: {{name: churn, environment: dev}}
spec:
  trigger: newData
  reason: The week's data is in.
  attempt: 2
  requestedAt: "2026-11-02T03:00:00Z"
  requestedBy: "@growth/churn"
  data: [{{name: customers, uri: "s3://features/customers/v8", version: v8, digest: "{DIGEST["8"]}"}}]
"""

WAIVER = """\
apiVersion: mlgitops.dev/v1alpha1
kind: Waiver
metadata: {name: churn-gpus}
spec:
  rule: cost.gpu-limit
  model: churn
  environment: dev
  owner: "@growth/churn"
  reason: A comparison that ends in December.
  ticket: ML-42
  issued: "2026-11-01"
  expires: "2026-12-01"
"""

REPOSITORY = """\
apiVersion: mlgitops.dev/v1alpha1
kind: Repository
metadata: {name: models}
spec:
  repoURL: https://git.example.com/ml/models.git
"""

ALL: Mapping[str, tuple[type[Any], str]] = {
    "minimal model": (Model, MODEL),
    "full model": (Model, FULL_MODEL),
    "minimal environment": (Environment, ENVIRONMENT),
    "full environment": (Environment, FULL_ENVIRONMENT),
    "keyless environment": (Environment, KEYLESS_ENVIRONMENT),
    "version": (Version, VERSION),
    "minimal release": (Release, RELEASE),
    "full release": (Release, FULL_RELEASE),
    "run": (Run, RUN),
    "waiver": (Waiver, WAIVER),
    "repository": (Repository, REPOSITORY),
}

PATHS: Mapping[type[Any], str] = {
    Model: "specs/churn/model.yaml",
    Environment: "environments/dev/environment.yaml",
    Version: "specs/churn/versions/v1/version.yaml",
    Release: "environments/dev/releases/churn.yaml",
    Run: "environments/dev/runs/churn.yaml",
    Waiver: "policies/waivers/churn.yaml",
    Repository: "mlgitops.yaml",
}


def written(kind: type[Any], text: str, path: str = "") -> Written[Any]:
    """A valid document from its text."""
    result = read_document(text.encode(), path or PATHS[kind], kind)
    assert isinstance(result, Written), result
    return result


def changed(text: str, before: str, after: str) -> str:
    """The text with something that stands in it once replaced."""
    assert text.count(before) == 1, f"{before!r} stands there {text.count(before)} times"
    return text.replace(before, after)


def place(text: str, before: str, within: str = "") -> tuple[int, int]:
    """Line and column of something that stands in a text once, or first after the start of `within`."""
    once = within or before
    assert text.count(once) == 1, f"{once!r} stands there {text.count(once)} times"
    index = text.index(before, text.index(once))
    return text.count("\n", 0, index) + 1, index - (text.rfind("\n", 0, index) + 1) + 1
