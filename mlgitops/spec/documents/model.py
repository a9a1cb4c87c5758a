"""`Model`: what a data scientist writes in `specs/<model>/model.yaml`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from mlgitops.spec.documents.types import (
    AcceleratorType,
    Column,
    Cpu,
    Cron,
    Digest,
    DnsLabel,
    Duration,
    Entrypoint,
    EnvironmentVariable,
    Estimator,
    Identifier,
    ImageReference,
    LabelKey,
    LabelValue,
    ModelName,
    Owner,
    Percentage,
    Route,
    SecretKey,
    Size,
    Strict,
    Text,
    Uri,
)

API_VERSION = "mlgitops.dev/v1alpha1"

Task = Literal["binaryClassification", "multiclassClassification", "regression", "clustering", "anomalyDetection"]
Framework = Literal["torch", "xgboost", "lightgbm", "sklearn", "custom"]
ColumnType = Literal["float32", "float64", "int32", "int64", "bool", "string", "timestamp"]


class Metadata(Strict):
    name: ModelName
    team: DnsLabel
    owner: Owner | None = None
    """Who answers for the model; rules ask for one."""
    description: Text | None = None
    labels: dict[LabelKey, LabelValue] = {}
    """Copied to every object of the model; never part of a run's identity."""


class Expectation(Strict):
    """What a data set's column must be before training starts."""

    column: Column
    type: ColumnType | None = None
    nullable: bool = True
    unique: bool = False
    range: Annotated[list[float], Field(min_length=2, max_length=2)] | None = None
    """Smallest and largest value allowed."""
    values: Annotated[list[str | int | bool], Field(min_length=1, max_length=1000)] | None = None


class DataSet(Strict):
    name: DnsLabel
    role: Literal["training", "validation", "reference"]
    uri: Uri
    version: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    digest: Digest | None = None
    """Written by `mlgitops data pin`."""
    format: Literal["csv", "parquet"] | None = None
    """Taken from the uri's ending where it is absent."""
    region: DnsLabel | None = None
    classification: Literal["public", "internal", "confidential", "restricted"] | None = None
    expect: list[Expectation] = []


class Resources(Strict):
    cpu: Cpu | None = None
    memory: Size | None = None
    storage: Size | None = None
    """Scratch space (ephemeral storage)."""


class SecretReference(Strict):
    name: DnsLabel
    key: SecretKey


class Variable(Strict):
    """An environment variable: a literal, or a key of a Secret that the environment allows."""

    name: EnvironmentVariable
    value: Annotated[str, Field(max_length=4000)] | None = None
    secret: SecretReference | None = None


class WorkerRange(Strict):
    """Elastic training: Ray Train runs with as many workers as there are, within the range."""

    min: Annotated[int, Field(ge=1, le=1000)]
    max: Annotated[int, Field(ge=1, le=1000)]


class TrainingAccelerators(Strict):
    type: AcceleratorType
    perWorker: Annotated[int, Field(ge=1, le=16)] = 1


class Checkpoint(Strict):
    every: Duration | None = None
    keep: Annotated[int, Field(ge=1, le=100)] = 2


class Training(Strict):
    framework: Framework
    entrypoint: Entrypoint | None = None
    """An ordinary Ray Train loop beside the spec; built-in trainers need none."""
    estimator: Estimator | None = None
    """A scikit-learn class for framework `sklearn`: `linear_model.Ridge`."""
    hyperparameters: dict[Identifier, JsonValue] = {}
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)] = 0
    workers: Annotated[int, Field(ge=1, le=1000)] | WorkerRange = 1
    accelerators: TrainingAccelerators | None = None
    resources: Resources = Resources()
    """Of each worker."""
    image: ImageReference | None = None
    env: list[Variable] = []
    maxFailures: Annotated[int, Field(ge=0, le=100)] = 0
    checkpoint: Checkpoint | None = None
    deadline: Duration | None = None
    onSupersede: Literal["finish", "stop"] = "finish"
    priority: DnsLabel | None = None
    """A PriorityClass, or Kueue's WorkloadPriorityClass where the environment has a queue."""


class MonitoringTrigger(Strict):
    cooldown: Duration = "24h"


class Triggers(Strict):
    """What may ask for a run besides a change of the code."""

    schedule: Cron | None = None
    newData: bool = False
    monitoring: MonitoringTrigger | None = None


class Metric(Strict):
    name: Identifier
    min: float | None = None
    max: float | None = None
    maxRegression: Annotated[float, Field(ge=0)] | None = None
    """How much worse than the version in service it may be."""
    maxGap: Annotated[float, Field(ge=0)] | None = None
    """How far training and validation may be apart."""


class Slice(Strict):
    """A part of the validation data that has limits of its own."""

    name: DnsLabel
    column: Column
    equals: str | int | bool | None = None
    range: Annotated[list[float], Field(min_length=2, max_length=2)] | None = None
    metrics: Annotated[list[Metric], Field(min_length=1)]


class Validation(Strict):
    dataset: DnsLabel
    metrics: Annotated[list[Metric], Field(min_length=1)]
    slices: list[Slice] = []


class Replicas(Strict):
    min: Annotated[int, Field(ge=1, le=1000)] = 1
    max: Annotated[int, Field(ge=1, le=1000)] | None = None
    """The same as `min` where it is absent."""


class ServingAccelerators(Strict):
    type: AcceleratorType
    perReplica: Annotated[int, Field(ge=1, le=16)] = 1


class Feature(Strict):
    """One field of a request."""

    name: Column
    type: ColumnType
    range: Annotated[list[float], Field(min_length=2, max_length=2)] | None = None
    values: Annotated[list[str | int | bool], Field(min_length=1, max_length=1000)] | None = None
    nullable: bool = False
    sensitive: bool = False
    """Counted, but in no log of predictions."""


class Batching(Strict):
    """Requests that come together are answered together; worth it where a batch costs little more than a record."""

    maxBatchSize: Annotated[int, Field(ge=2, le=4096)]
    """Records."""
    maxWait: Duration = "5ms"
    """How long the first request of a batch waits for others."""


class Serving(Strict):
    route: Route
    entrypoint: Entrypoint | None = None
    """A predictor beside the spec; artifacts of built-in frameworks need none."""
    replicas: Replicas = Replicas()
    accelerators: ServingAccelerators | None = None
    resources: Resources = Resources()
    """Of each replica."""
    image: ImageReference | None = None
    env: list[Variable] = []
    inputs: list[Feature] = []
    """Inferred from the data unless written."""
    threshold: Annotated[float, Field(ge=0, le=1)] | None = None
    """Above it a binary classifier says yes."""
    batching: Batching | None = None
    explain: bool = False
    """Whether `<route>/explain` says what each feature did to an answer."""
    timeout: Duration = "30s"
    maxOngoingRequests: Annotated[int, Field(ge=1, le=100_000)] = 100
    maxQueuedRequests: Annotated[int, Field(ge=1, le=1_000_000)] = 1000


class Objectives(Strict):
    availability: Percentage | None = None
    latencyP99: Duration | None = None


class Drift(Strict):
    test: Literal["psi", "ks", "jensenShannon", "chiSquared"] = "psi"
    threshold: Annotated[float, Field(gt=0)]
    """Of chiSquared: of the statistic for one degree of freedom, which is about 1 without drift."""
    window: Duration = "1h"
    minimumSamples: Annotated[int, Field(ge=1)] = 200
    """Values of a feature in the window below which nothing is said of its drift.

    Of 200 values without any drift, PSI over 10 bins passes the customary 0.2 once in 10,000 times.
    """


class GroundTruth(Strict):
    labelDelay: Duration


class Monitoring(Strict):
    objectives: Objectives = Objectives()
    drift: Drift | None = None
    groundTruth: GroundTruth | None = None


class ScoringInput(Strict):
    """Records to score, where serving's requests are none."""

    uri: Uri
    version: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    digest: Digest | None = None
    """Of the bytes that are meant; without one, whatever is there when the Job runs."""
    format: Literal["csv", "parquet"] | None = None
    region: DnsLabel | None = None
    classification: Literal["public", "internal", "confidential", "restricted"] | None = None
    expect: list[Expectation] = []


class BatchScoring(Strict):
    """A Job that scores a data set with the released version; with a schedule, a CronJob."""

    input: ScoringInput
    output: Uri
    """A folder: each result is a file named after version and input."""
    format: Literal["parquet", "csv"] = "parquet"
    schedule: Cron | None = None
    resources: Resources = Resources()
    deadline: Duration = "6h"


class ModelSpec(Strict):
    task: Task
    target: Column | None = None
    """The column to predict; clustering and anomaly detection have none."""
    features: list[Column] = []
    """Every other column where it is empty."""
    id: Column | None = None
    data: Annotated[list[DataSet], Field(min_length=1)]
    training: Training
    triggers: Triggers = Triggers()
    validation: Validation | None = None
    serving: Serving | None = None
    monitoring: Monitoring | None = None
    batchScoring: BatchScoring | None = None


class Model(Strict):
    apiVersion: Literal["mlgitops.dev/v1alpha1"]
    kind: Literal["Model"]
    metadata: Metadata
    spec: ModelSpec
