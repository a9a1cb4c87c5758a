"""`Environment`: where models run, in `environments/<env>/environment.yaml`, written by the platform team."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, JsonValue, Tag

from mlgitops.spec.documents.model import Framework, Resources, SecretReference
from mlgitops.spec.documents.signer import DeclaredSigner
from mlgitops.spec.documents.types import (
    AcceleratorType,
    Audience,
    Cidr,
    Cluster,
    Currency,
    Date,
    DnsLabel,
    DnsName,
    Duration,
    EnvironmentName,
    HeaderName,
    HeaderValue,
    ImageReference,
    LabelKey,
    LabelValue,
    ModelName,
    Owner,
    SecretKey,
    SemanticVersion,
    Size,
    Strict,
    Text,
    Uri,
)
from mlgitops.spec.risk.factor import Strategy


class EnvironmentMetadata(Strict):
    name: EnvironmentName
    description: Text | None = None


class Selector(Strict):
    """Which models an environment has: all but `exclude`, narrowed by `include` and `teams` where given."""

    include: list[ModelName] = []
    exclude: list[ModelName] = []
    teams: list[DnsLabel] = []


class Destination(Strict):
    """A cluster as Argo CD knows it, and the namespaces in it."""

    cluster: Cluster
    """The name of the cluster in Argo CD; `in-cluster` is Argo CD's own."""
    namespace: DnsLabel
    """For teams that `namespaces` does not name."""
    namespaces: dict[DnsLabel, DnsLabel] = {}
    """Team → namespace."""


class Destinations(Strict):
    training: Destination
    serving: Destination


class Toleration(Strict):
    key: LabelKey
    operator: Literal["Exists", "Equal"] = "Exists"
    value: LabelValue | None = None
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] = "NoSchedule"


class Accelerator(Strict):
    """How pods get one type of accelerator here."""

    resource: LabelKey = "nvidia.com/gpu"
    nodeSelector: dict[LabelKey, LabelValue] = {}
    tolerations: list[Toleration] = []


class Mirror(Strict):
    """Images whose reference starts with `source` are pulled from `mirror` instead."""

    source: Annotated[str, Field(min_length=1, max_length=200)]
    mirror: Annotated[str, Field(min_length=1, max_length=200)]


class Images(Strict):
    training: dict[Framework, ImageReference] = {}
    serving: dict[Framework, ImageReference] = {}
    platform: ImageReference
    """Runs evaluate and sign: pinned by the platform team, never by a spec."""
    mirrors: list[Mirror] = []


class ServiceAccount(Strict):
    annotations: dict[LabelKey, Annotated[str, Field(max_length=500)]] = {}
    """Workload identity: the cloud role that this role of a model assumes."""


class ServiceAccounts(Strict):
    train: ServiceAccount = ServiceAccount()
    evaluate: ServiceAccount = ServiceAccount()
    sign: ServiceAccount = ServiceAccount()
    serve: ServiceAccount = ServiceAccount()
    join: ServiceAccount = ServiceAccount()
    score: ServiceAccount = ServiceAccount()


class AllowedSecret(Strict):
    """A Secret that specs may refer to; `teams` empty means every team."""

    name: DnsLabel
    keys: Annotated[list[SecretKey], Field(min_length=1)]
    teams: list[DnsLabel] = []


class Storage(Strict):
    staging: Uri
    """Training writes here and nowhere else."""
    evaluations: Uri | None = None
    """Where the evaluate Job alone writes what it measured; the address of `staging` with `-evaluations` if absent."""
    checkpoints: Uri
    predictions: Uri | None = None
    """Where replicas log what they answered, and labels that came later; nothing is logged where it is absent."""
    region: DnsLabel | None = None


class Registry(Strict):
    kind: Literal["directory", "mlflow"] = "directory"
    uri: Uri


class SigningKey(Strict):
    """The Secret with the signing key, mounted by the sign Job alone."""

    secret: DnsLabel
    key: SecretKey = "signing-key.pem"
    signer: DnsLabel | None = None
    """What `signers` calls its public half; the Secret's name where it is absent."""


class KeylessSigning(Strict):
    """No key: the sign Job shows Sigstore its ServiceAccount's token, which names it and is good for minutes."""

    keyless: DnsLabel
    """What `signers` calls the identity."""
    audience: Audience = "sigstore"
    """Of the token: what Fulcio is configured to take."""


def _kind_of_signing(value: Any) -> str:
    keyless = isinstance(value, KeylessSigning) or (isinstance(value, dict) and "keyless" in value)
    return "KeylessSigning" if keyless else "SigningKey"


Signing = Annotated[
    Annotated[SigningKey, Tag("SigningKey")] | Annotated[KeylessSigning, Tag("KeylessSigning")],
    Discriminator(_kind_of_signing),
]


def signer_name(signing: SigningKey | KeylessSigning) -> str:
    """What `signers` and version records call who signs."""
    return signing.keyless if isinstance(signing, KeylessSigning) else signing.signer or signing.secret


class Namespaces(Strict):
    """Namespaces of what talks to Ray, for NetworkPolicies."""

    operator: DnsLabel = "kuberay-system"
    gateway: DnsLabel = "gateway-system"
    monitoring: DnsLabel = "monitoring"


class Gateway(Strict):
    name: DnsLabel
    namespace: DnsLabel
    host: DnsName


class Autoscaling(Strict):
    """Bounds of worker groups: the environment's, since the operator ignores edits of those of a live group."""

    enabled: bool = True
    maxWorkers: Annotated[int, Field(ge=1, le=1000)] = 10
    idleTimeout: Duration = "5m"


class AcceleratorLimit(Strict):
    total: Annotated[int, Field(ge=0)]
    perTeam: Annotated[int, Field(ge=0)] | None = None
    perModel: Annotated[int, Field(ge=0)] | None = None


class Limits(Strict):
    accelerators: dict[AcceleratorType, AcceleratorLimit] = {}
    costPerMonth: Annotated[float, Field(gt=0)] | None = None
    """Of all models together, serving at its ceiling, in the currency of `prices`."""
    deadline: Duration | None = None
    replicas: Annotated[int, Field(ge=1)] | None = None


class NamespaceQuota(Strict):
    """A ResourceQuota for every namespace of a destination."""

    cpu: Annotated[float, Field(gt=0)] | None = None
    memory: Size | None = None
    accelerators: Annotated[int, Field(ge=0)] | None = None


class Prices(Strict):
    """For one hour."""

    currency: Currency = "USD"
    cpu: Annotated[float, Field(ge=0)] = 0.0
    memoryGiB: Annotated[float, Field(ge=0)] = 0.0
    accelerators: dict[AcceleratorType, Annotated[float, Field(ge=0)]] = {}


class Queue(Strict):
    """Kueue: the LocalQueue and the ClusterQueue behind it."""

    name: DnsLabel
    clusterQueue: DnsLabel


class StrategyByRisk(Strict):
    low: Strategy = "rolling"
    medium: Strategy = "canary"
    high: Strategy = "blueGreen"


class Cohort(Strict):
    """Requests that an A/B test sends to the new version: those whose header, or cookie, has a value."""

    by: Literal["header", "cookie"] = "header"
    name: HeaderName
    value: HeaderValue


class CanaryRollout(Strict):
    weights: Annotated[list[Annotated[int, Field(ge=1, le=99)]], Field(min_length=1, max_length=20)] = [5, 25]
    """Of 100 requests, those that the new version gets; each is a step of its own, and 100 the last."""


class AbTestRollout(Strict):
    weight: Annotated[int, Field(ge=1, le=99)] = 50
    """Of 100 requests, those that the new version gets while outcomes are compared."""
    cohort: Cohort | None = None
    """Who gets the new version instead: a request of the cohort, whatever the weight."""


class Rollouts(Strict):
    """The steps of strategies that have some."""

    canary: CanaryRollout = CanaryRollout()
    abTest: AbTestRollout = AbTestRollout()


class ApprovalsByRisk(Strict):
    """Roles that must approve a release of that risk."""

    low: list[DnsLabel] = []
    medium: list[DnsLabel] = []
    high: list[DnsLabel] = []


class Network(Strict):
    egress: list[Cidr] = []
    """Networks that pods may reach besides DNS and their own cluster: object store, registry."""
    egressPorts: list[Annotated[int, Field(ge=1, le=65535)]] = [443]
    kubernetesApi: Annotated[list[Cidr], Field(min_length=1)] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]
    """Where the Kubernetes API is, which Ray's autoscaler alone talks to (ports 443 and 6443)."""


class Removal(Strict):
    """The tombstone of a model: it leaves this environment on purpose."""

    model: ModelName
    reason: Text
    date: Date


KubeRayVersion = Literal["1.6.2", "1.7.0"]
"""Those whose rules the preflight knows (`render.preflight.versions`)."""


class EnvironmentSpec(Strict):
    models: Selector = Selector()
    trains: bool
    serves: bool
    destinations: Destinations
    promotesFrom: EnvironmentName | None = None
    defaults: dict[str, JsonValue] = {}
    """A part of a model's spec, for every model."""
    overrides: dict[ModelName, dict[str, JsonValue]] = {}
    """A part of a model's spec, for one model; has the last word."""
    limits: Limits = Limits()
    quota: NamespaceQuota | None = None
    prices: Prices = Prices()
    accelerators: dict[AcceleratorType, Accelerator] = {}
    images: Images
    imagePullSecrets: list[DnsLabel] = []
    serviceAccounts: ServiceAccounts = ServiceAccounts()
    secrets: list[AllowedSecret] = []
    feedback: SecretReference | None = None
    """The bearer token that callers must show to send labels; without one none are taken."""
    storage: Storage
    registry: Registry
    signing: Signing | None = None
    """Needed where the environment trains."""
    signers: dict[DnsLabel, DeclaredSigner] = {}
    """Whose signatures count here: name → public key, or who signs without one. A version signed by nobody of them is
    not served."""
    queue: Queue | None = None
    namespaces: Namespaces = Namespaces()
    gateway: Gateway | None = None
    """Needed where the environment serves."""
    autoscaling: Autoscaling = Autoscaling()
    head: Resources = Resources()
    """Of every Ray head; where it says nothing, 1 CPU and 4Gi."""
    submissionMode: Literal["K8sJobMode", "HTTPMode", "SidecarMode"] = "K8sJobMode"
    strategies: StrategyByRisk = StrategyByRisk()
    rollouts: Rollouts = Rollouts()
    approvals: ApprovalsByRisk = ApprovalsByRisk()
    roles: dict[DnsLabel, Annotated[list[Owner], Field(min_length=1)]] = {}
    """Who fills a role; where nothing is said, the code owners of the spec (`model-owner`) or of the release."""
    network: Network = Network()
    protected: bool = False
    """Removing needs a tombstone and a confirmation: nothing is pruned by accident."""
    removals: list[Removal] = []
    kuberay: KubeRayVersion = "1.6.2"
    ray: SemanticVersion = "2.60.0"


class Environment(Strict):
    apiVersion: Literal["mlgitops.dev/v1alpha1"]
    kind: Literal["Environment"]
    metadata: EnvironmentMetadata
    spec: EnvironmentSpec
