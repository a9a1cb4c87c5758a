"""A release to serve, from the documents that people and `mlgitops version` would write."""

from __future__ import annotations

from collections.abc import Mapping

from mlgitops.spec.resolve import ResolvedModel
from tests.render.resolved_models import FULL_MODEL, resolved_model
from tests.signers import SIGNERS

MODEL = (
    FULL_MODEL
    + """\
    replicas: {min: 2, max: 6}
    accelerators: {type: T4, perReplica: 1}
  monitoring:
    objectives: {availability: 90}
"""
)
"""The working tree, which has moved on: of its `serving` only hardware and replicas count."""

VERSION = """\
apiVersion: mlgitops.dev/v1alpha1
kind: Version
metadata: {name: v14, model: churn}
spec:
  artifact:
    uri: s3://registry/churn/v14
    digest: sha256:5555555555555555555555555555555555555555555555555555555555555555
    format: onnx
  signature:
    uri: s3://registry/churn/v14.sig
    digest: sha256:6666666666666666666666666666666666666666666666666666666666666666
    signer: ml-platform
  run:
    identity: sha256:7777777777777777777777777777777777777777777777777777777777777777
    trigger: codeChange
    startedAt: "2026-11-01T03:00:00Z"
    finishedAt: "2026-11-01T04:00:00Z"
  data: [{name: customers, role: training, uri: "s3://features/customers/v6"}]
  code: {tree: a333333333333333333333333333333333333333}
  image: registry.example.com/ml/torch:2.60.0
  metrics: [{name: auc, dataset: customers-holdout, value: 0.84}]
  createdAt: "2026-11-01T05:00:00Z"
  createdBy: "@growth/churn"
  snapshot:
    framework: torch
    serving:
      route: /churn
      entrypoint: serve:Churn
      image: registry.example.com/ml/serve:1.0.0@sha256:8888888888888888888888888888888888888888888888888888888888888888
      inputs: [{name: tenure, type: float32, range: [0, 120]}, {name: "no: plan", type: string, nullable: true}]
      threshold: 0.4
      timeout: 2500ms
      maxOngoingRequests: 50
      env:
        - {name: LOCALE, value: en}
        - {name: FEATURE_TOKEN, secret: {name: feature-store, key: token}}
    monitoring:
      objectives: {availability: 99.9, latencyP99: 200ms}
      drift: {test: psi, threshold: 0.2, window: 1h}
      groundTruth: {labelDelay: 7d}
"""

MINIMAL_VERSION = (
    VERSION[: VERSION.index("  snapshot:")] + "  snapshot: {framework: sklearn, serving: {route: /churn}}\n"
)

RELEASE = """\
apiVersion: mlgitops.dev/v1alpha1
kind: Release
metadata: {name: churn, environment: prod}
spec:
  version: v14
  recordDigest: sha256:9999999999999999999999999999999999999999999999999999999999999999
  supersedes: v13
  requestedBy: "@growth/churn"
"""

ENVIRONMENT = """\
apiVersion: mlgitops.dev/v1alpha1
kind: Environment
metadata: {name: prod}
spec:
  trains: false
  serves: true
  destinations:
    training: {cluster: ml-prod, namespace: shared}
    serving: {cluster: ml-prod, namespace: shared, namespaces: {growth: growth-prod}}
  accelerators:
    T4:
      nodeSelector: {nvidia.com/gpu.product: Tesla-T4}
      tolerations: [{key: nvidia.com/gpu}, {key: pool, operator: Equal, value: gpu, effect: NoExecute}]
  images:
    platform: registry.example.com/ml/mlgitops:0.1.0
    mirrors: [{source: registry.example.com/ml, mirror: mirror.example.com/ml}]
  imagePullSecrets: [registry-pull]
  serviceAccounts:
    serve: {annotations: {eks.amazonaws.com/role-arn: "arn:aws:iam::111111111111:role/serve"}}
  secrets: [{name: feature-store, keys: [token], teams: [growth]}]
  storage: {staging: "s3://staging", checkpoints: "s3://checkpoints", predictions: "s3://predictions"}
  feedback: {name: feedback, key: token}
  registry: {kind: mlflow, uri: "https://registry.example.com"}
  namespaces: {operator: ray-system, gateway: envoy-gateway-system, monitoring: prometheus}
  SIGNERS
  gateway: {name: models, namespace: gateway-system, host: models.example.com}
  autoscaling: {enabled: true, maxWorkers: 8, idleTimeout: 10m}
  network: {egress: [10.40.0.0/16]}
  protected: true
""".replace("SIGNERS", SIGNERS)

MINIMAL_ENVIRONMENT = """\
apiVersion: mlgitops.dev/v1alpha1
kind: Environment
metadata: {name: dev}
spec:
  trains: false
  serves: true
  destinations:
    training: {cluster: in-cluster, namespace: models}
    serving: {cluster: in-cluster, namespace: models}
  images:
    serving: {sklearn: "registry.example.com/ml/sklearn:1.0.0"}
    platform: registry.example.com/ml/mlgitops:0.1.0
  storage: {staging: "s3://staging", checkpoints: "s3://checkpoints"}
  registry: {uri: "s3://registry"}
  SIGNERS
  gateway: {name: models, namespace: gateway-system, host: models.dev.example.com}
  autoscaling: {enabled: false}
""".replace("SIGNERS", SIGNERS)

CODE = {"serve.py": "class Churn:\n    version = 14\n", "features.py": "def features(frame):\n    return frame\n"}
PREVIOUS_CODE = {"serve.py": "class Churn:\n    version = 13\n"}


def released(
    model: str = MODEL,
    environment: str = ENVIRONMENT,
    version: str = VERSION,
    code: Mapping[str, str] | None = None,
    working_tree: Mapping[str, str] | None = None,
) -> ResolvedModel:
    """A model with a release; `code` stands beside the version, `working_tree` beside the spec."""
    return resolved_model(
        model,
        environment,
        working_tree,
        version=version,
        release=RELEASE,
        serving_code=CODE if code is None else code,
    )
