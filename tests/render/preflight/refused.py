"""For every rule of KubeRay 1.6.2: an object that breaks it, and what the cluster answers."""

from __future__ import annotations

from typing import Any, NamedTuple

from tests.render.preflight.valid import (
    Map,
    changed,
    cluster,
    container,
    pod,
    ray_cluster,
    ray_cron_job,
    ray_job,
    ray_service,
)

SELECTOR = {"ray.io/cluster": "shared"}
HEAD = "spec.rayClusterSpec.headGroupSpec"
WORKER = "spec.rayClusterSpec.workerGroupSpecs.0"
ENV = f"{HEAD}.template.spec.containers.0.env"
OPTIONS = {"redisAddress": "redis:6379"}
V2_ENV = {"name": "RAY_enable_autoscaler_v2", "value": "1"}


class Refused(NamedTuple):
    """An object with one fault."""

    code: str
    answer: str
    """A part of what the operator or the API server says."""
    obj: Map


def job(code: str, answer: str, *changes: tuple[str, Any]) -> Refused:
    """A RayJob with a fault."""
    return Refused(code, answer, changed(ray_job(), *changes))


def borrowed(code: str, answer: str, *changes: tuple[str, Any]) -> Refused:
    """A RayJob in a cluster that exists, with a fault."""
    own = (("spec.rayClusterSpec", ...), ("spec.clusterSelector", SELECTOR), ("spec.backoffLimit", 0))
    return Refused(code, answer, changed(changed(ray_job(), *own), *changes))


def service(code: str, answer: str, *changes: tuple[str, Any]) -> Refused:
    """A RayService with a fault."""
    return Refused(code, answer, changed(ray_service(), *changes))


def standalone(code: str, answer: str, *changes: tuple[str, Any]) -> Refused:
    """A RayCluster with a fault."""
    return Refused(code, answer, changed(ray_cluster(), *changes))


def rules(*rules: Map) -> tuple[tuple[str, Any], ...]:
    """The changes that give a RayJob these deletion rules."""
    return (
        ("spec.shutdownAfterJobFinishes", False),
        ("spec.ttlSecondsAfterFinished", 0),
        ("spec.deletionStrategy", {"deletionRules": list(rules)}),
    )


def rule(policy: str, status: str = "SUCCEEDED", seconds: int = 0) -> Map:
    """One deletion rule."""
    return {"policy": policy, "condition": {"jobStatus": status, "ttlSeconds": seconds}}


METADATA = [
    job("kuberay/name", "valid DNS1035 label", ("metadata.name", "1churn")),
    job("kuberay/name", "valid DNS1035 label", ("metadata.name", "churn.v1")),
    standalone("kuberay/name", "RFC 1123 subdomain", ("metadata.name", "Notebooks")),
    service("kuberay/name", "RFC 1123 subdomain", ("metadata.name", "churn-")),
    service("kuberay/name", "name or generateName is required", ("metadata", ...)),
    Refused("kuberay/name", "RFC 1123 subdomain", changed(ray_cron_job(), ("metadata.name", "a..b"))),
    job("kuberay/name-too-long", "no more than 47", ("metadata.name", "a" * 48)),
    job("kuberay/name-too-long", "no more than 47", ("metadata.name", ...), ("metadata.generateName", "a" * 43)),
    service("kuberay/name-too-long", "no more than 47", ("metadata.name", "a" * 48)),
    standalone("kuberay/name-too-long", "no more than 53", ("metadata.name", "a" * 54)),
    job("kuberay/namespace", "metadata.namespace", ("metadata.namespace", "Growth")),
    job("kuberay/label", "metadata.labels", ("metadata|labels|a b", "x")),
    job("kuberay/label", "metadata.labels", ("metadata.labels.a", "x" * 64)),
    job("kuberay/label", "metadata.labels", ("metadata|labels|A.b/c/d", "x")),
    job("kuberay/annotation", "metadata.annotations", ("metadata|annotations|a/", "x")),
    job("kuberay/annotations-too-large", "metadata.annotations", ("metadata.annotations.a", "x" * (256 * 1024))),
    *(
        service("kuberay/initializing-timeout", answer, ("metadata|annotations|ray.io/initializing-timeout", text))
        for text, answer in [
            ("soon", "invalid format"),
            ("-5m", "positive duration"),
            ("0", "positive duration"),
            ("-3", "positive integer"),
            ("5.5", "invalid format"),
            ("1h 30m", "invalid format"),
            ("5d", "invalid format"),
        ]
    ),
]

STRUCTURE = [
    job("kuberay/unknown-field", "spec.entryPoint", ("spec.entryPoint", "x")),
    job("kuberay/unknown-field", "specification", ("specification", {})),
    job("kuberay/unknown-field", "status.anything", ("status", {"anything": 1})),
    job("kuberay/unknown-field", "metadata.label", ("metadata.label", {})),
    job("kuberay/unknown-field", "template.spec.containers[0].envs", (f"{HEAD}.template.spec.containers.0.envs", [])),
    job("kuberay/unknown-field", "creationTimestamp", (f"{HEAD}.template.metadata.creationTimestamp", None)),
    job("kuberay/unknown-field", "spec.suspended", ("spec.suspended", None)),
    service("kuberay/unknown-field", "spec.suspend", ("spec.suspend", False)),
    job("kuberay/wrong-type", "must be of type string", (f"{HEAD}.rayStartParams.num-cpus", 0)),
    job("kuberay/wrong-type", "must be of type string", (f"{ENV}.0.value", True)),
    job("kuberay/wrong-type", "must be of type integer", ("spec.backoffLimit", "1")),
    job("kuberay/wrong-type", "must be of type integer", ("spec.backoffLimit", 1.5)),
    job("kuberay/wrong-type", "must be of type integer", ("spec.backoffLimit", True)),
    job("kuberay/wrong-type", "must be of type boolean", ("spec.suspend", "no")),
    job("kuberay/wrong-type", "must be of type object", ("spec.rayClusterSpec", [])),
    job("kuberay/wrong-type", "must be of type array", ("spec.rayClusterSpec.workerGroupSpecs", {})),
    job("kuberay/wrong-type", "must be of type object", (f"{ENV}.2", None)),
    job("kuberay/wrong-type", "cannot unmarshal number", ("metadata.labels.a", 1)),
    job("kuberay/wrong-type", "cannot unmarshal array", ("metadata.annotations", [])),
    job("kuberay/wrong-type", "cannot unmarshal string", ("metadata", "churn")),
    job("kuberay/wrong-type", "cpu", (f"{HEAD}.template.spec.containers.0.resources.limits.cpu", 0.5)),
    service("kuberay/wrong-type", "serveConfigV2", ("spec.serveConfigV2", {"applications": []})),
    job("kuberay/required", "groupName", (f"{WORKER}.groupName", ...)),
    job("kuberay/required", "template", (f"{WORKER}.template", None)),
    job("kuberay/required", "name", (f"{ENV}.0.name", ...)),
    job("kuberay/required", "containers", (f"{HEAD}.template.spec", {})),
    service("kuberay/required", "rayClusterConfig", ("spec.rayClusterConfig", ...)),
    job("kuberay/not-allowed", "Unsupported value", ("spec.rayClusterSpec.authOptions.mode", "Token")),
    standalone("kuberay/not-allowed", "Unsupported value", ("spec.upgradeStrategy.type", "NewCluster")),
    job("kuberay/not-allowed", "Unsupported value", *rules(rule("DeleteAll"))),
    job("kuberay/not-allowed", "Unsupported value", *rules(rule("DeleteCluster", "STOPPED"))),
    job("kuberay/pattern", "should match", (f"{HEAD}.template.spec.containers.0.resources.limits.cpu", "one")),
    job("kuberay/pattern", "should match", (f"{HEAD}.template.spec.containers.0.resources.limits.memory", "2Gb")),
    job("kuberay/pattern", "should match", (f"{HEAD}.template.spec.containers.0.resources.limits.memory", "2Gi\n")),
    job("kuberay/out-of-range", "greater than or equal to 1", ("spec.preRunningDeadlineSeconds", 0)),
    job("kuberay/out-of-range", "int32", ("spec.ttlSecondsAfterFinished", 1 << 31)),
    service("kuberay/out-of-range", "greater than or equal to 0", ("spec.rayClusterDeletionDelaySeconds", -1)),
    job("kuberay/out-of-range", "greater than or equal to 0", *rules(rule("DeleteCluster", seconds=-1))),
    job("kuberay/too-few-items", "should have at least 1", *rules()),
    job("kuberay/duplicate-item", "Duplicate value", (f"{HEAD}.template.spec.containers.1", container("ray-head"))),
    service(
        "kuberay/duplicate-item",
        "Duplicate value",
        ("spec.rayClusterConfig.headGroupSpec.template.spec.containers.0.ports.2", {"containerPort": 8000}),
    ),
    job("kuberay/managed-by", "managedBy field value", ("spec.managedBy", "growth")),
    job(
        "kuberay/deletion-condition-both",
        "cannot be used together",
        *rules({"policy": "DeleteCluster", "condition": {"jobStatus": "FAILED", "jobDeploymentStatus": "Failed"}}),
    ),
    job("kuberay/deletion-condition-none", "requires either", *rules({"policy": "DeleteCluster", "condition": {}})),
    job(
        "kuberay/deletion-styles-mixed",
        "cannot be used together",
        *rules(rule("DeleteCluster")),
        ("spec.deletionStrategy.onSuccess", {"policy": "DeleteCluster"}),
    ),
    job("kuberay/deletion-incomplete", "requires either BOTH", ("spec.deletionStrategy", {})),
    job(
        "kuberay/deletion-incomplete",
        "requires either BOTH",
        ("spec.deletionStrategy", {"onSuccess": {"policy": "DeleteNone"}}),
    ),
]

GROUPS = [
    job("kuberay/no-container", "headGroupSpec should have at least one", (f"{HEAD}.template.spec.containers", [])),
    job("kuberay/no-container", "workerGroupSpec should have at least one", (f"{WORKER}.template.spec.containers", [])),
    standalone("kuberay/no-container", "headGroupSpec should have at least one", ("spec", ...)),
    job("kuberay/resources-twice", "both rayStartParams and Resources", (f"{HEAD}.resources", {"CPU": "4"})),
    job(
        "kuberay/resources-twice",
        "for workers group",
        (f"{WORKER}.resources", {"GPU": "1"}),
        (f"{WORKER}.rayStartParams.num-gpus", "1"),
    ),
    job("kuberay/start-param-labels", "rayStartParams['labels'] is not", (f"{HEAD}.rayStartParams.labels", "")),
    job("kuberay/start-param-labels", "for workers group", (f"{WORKER}.rayStartParams.labels", "a=b")),
    job("kuberay/node-label", "invalid label key for Head", (f"{HEAD}.labels", {"a b": "c"})),
    job("kuberay/node-label", "invalid label value", (f"{WORKER}.labels", {"a": "b c"})),
    job("kuberay/replicas-negative", "negative minReplicas", (f"{WORKER}.minReplicas", -1)),
    job(
        "kuberay/replicas-negative", "negative maxReplicas", (f"{WORKER}.maxReplicas", -1), (f"{WORKER}.minReplicas", 0)
    ),
    job("kuberay/replicas-crossed", "greater than maxReplicas", (f"{WORKER}.minReplicas", 5)),
    job(
        "kuberay/replicas-crossed", "greater than maxReplicas", (f"{WORKER}.maxReplicas", 1), (f"{WORKER}.replicas", 1)
    ),
    standalone(
        "kuberay/upgrade-strategy-owned",
        "upgradeStrategy cannot be set",
        ("metadata|labels|ray.io/originated-from-crd", "RayJob"),
    ),
]

AUTOSCALED = ("spec.rayClusterSpec.enableInTreeAutoscaling", True)
AUTOSCALER = "spec.rayClusterSpec.autoscalerOptions"
AUTOSCALING = [
    job("kuberay/idle-timeout-negative", "must be non-negative, got -1", (f"{AUTOSCALER}.idleTimeoutSeconds", -1)),
    job(
        "kuberay/idle-timeout-negative",
        "must be non-negative",
        (f"{WORKER}.idleTimeoutSeconds", -1),
        (f"{AUTOSCALER}.version", "v2"),
    ),
    job(
        "kuberay/idle-timeout-needs-v2",
        "autoscaler v2 is not enabled",
        AUTOSCALED,
        (f"{WORKER}.idleTimeoutSeconds", 60),
    ),
    job(
        "kuberay/idle-timeout-needs-v2",
        "autoscaler v2 is not enabled",
        AUTOSCALED,
        (f"{WORKER}.idleTimeoutSeconds", 60),
        (f"{AUTOSCALER}.version", "v1"),
    ),
    job("kuberay/v2-without-autoscaling", "when enableInTreeAutoscaling is false", (f"{ENV}.2", V2_ENV)),
    job(
        "kuberay/v2-without-autoscaling",
        "when enableInTreeAutoscaling is false",
        (f"{ENV}.2", V2_ENV | {"value": "true"}),
    ),
    job(
        "kuberay/suspend-with-autoscaling",
        "cannot be suspended with Autoscaler",
        AUTOSCALED,
        (f"{WORKER}.suspend", True),
    ),
    job(
        "kuberay/autoscaler-version-twice",
        "please only use the former",
        AUTOSCALED,
        (f"{AUTOSCALER}.version", "v1"),
        (f"{ENV}.2", V2_ENV | {"value": "0"}),
    ),
    job(
        "kuberay/v2-restart-policy",
        "restartPolicy for head Pod",
        AUTOSCALED,
        (f"{AUTOSCALER}.version", "v2"),
        (f"{HEAD}.template.spec.restartPolicy", "Always"),
    ),
    service(
        "kuberay/v2-restart-policy",
        "restartPolicy for worker group workers",
        ("spec.rayClusterConfig.workerGroupSpecs.0.template.spec.restartPolicy", "OnFailure"),
    ),
]

GCS = "spec.rayClusterSpec.gcsFaultToleranceOptions"
FAULT_TOLERANCE = [
    job("kuberay/ft-annotation", "are both set", (GCS, OPTIONS), ("metadata|annotations|ray.io/ft-enabled", "false")),
    job("kuberay/redis-address-alone", "implicitly enables", (f"{ENV}.2", {"name": "RAY_REDIS_ADDRESS", "value": "x"})),
    job(
        "kuberay/redis-address-alone",
        "implicitly enables",
        (f"{ENV}.2", {"name": "RAY_REDIS_ADDRESS", "value": "x"}),
        ("metadata|annotations|ray.io/ft-enabled", "false"),
    ),
    job(
        "kuberay/redis-password-param",
        "cannot set `redis-password`",
        (GCS, OPTIONS),
        (f"{HEAD}.rayStartParams.redis-password", "x"),
    ),
    job(
        "kuberay/redis-password-variable",
        "`REDIS_PASSWORD` env var",
        (GCS, OPTIONS),
        (f"{ENV}.2", {"name": "REDIS_PASSWORD"}),
    ),
    job(
        "kuberay/redis-address-variable",
        "`RAY_REDIS_ADDRESS` env var",
        (GCS, OPTIONS),
        (f"{ENV}.2", {"name": "RAY_REDIS_ADDRESS"}),
    ),
    job(
        "kuberay/storage-namespace-annotation",
        "external-storage-namespace",
        (GCS, OPTIONS),
        ("metadata|annotations|ray.io/external-storage-namespace", "x"),
    ),
    job("kuberay/redis-username", "cannot set redis username", (f"{HEAD}.rayStartParams.redis-username", "x")),
    job(
        "kuberay/redis-username", "cannot set redis username", (GCS, OPTIONS), (f"{ENV}.2", {"name": "REDIS_USERNAME"})
    ),
]

AUTH = "spec.rayClusterSpec.authOptions"
AUTHENTICATION = [
    job("kuberay/kubernetes-auth-kind", "not supported for RayJob", (f"{AUTH}.enableK8sTokenAuth", True)),
    service(
        "kuberay/kubernetes-auth-kind",
        "not supported for RayService",
        ("spec.rayClusterConfig.authOptions.enableK8sTokenAuth", True),
    ),
    standalone(
        "kuberay/kubernetes-auth-without-token",
        "mode not set to 'token'",
        ("spec.authOptions", {"enableK8sTokenAuth": True}),
    ),
    job("kuberay/auth-ray-version", "RayVersion was not specified", ("spec.rayClusterSpec.rayVersion", ...)),
    *(
        job("kuberay/auth-ray-version", answer, ("spec.rayClusterSpec.rayVersion", version))
        for version, answer in [
            ("latest", "format is invalid"),
            ("2", "format is invalid"),
            ("02.60", "format is invalid"),
            ("2.51.9", "got 2.51.9"),
            ("2.9", "got 2.9"),
            ("v2.51", "got v2.51"),
            ("1.99.0-gpu", "got 1.99"),
        ]
    ),
    standalone(
        "kuberay/kubernetes-auth-ray-version",
        "minimum Ray version is 2.55.0",
        ("spec.authOptions.enableK8sTokenAuth", True),
        ("spec.rayVersion", "2.54.1"),
    ),
    standalone(
        "kuberay/kubernetes-auth-secret",
        "secretName is also set",
        ("spec.authOptions", {"mode": "token", "enableK8sTokenAuth": True, "secretName": "x"}),
    ),
]

JOBS = [
    job(
        "kuberay/suspend-needs-shutdown",
        "is not allowed to be suspended",
        ("spec.suspend", True),
        ("spec.shutdownAfterJobFinishes", False),
        ("spec.ttlSecondsAfterFinished", 0),
    ),
    borrowed("kuberay/suspend-with-selector", "doesn't support the suspend", ("spec.suspend", True)),
    job("kuberay/cluster-missing", "one of RayClusterSpec or ClusterSelector", ("spec.rayClusterSpec", ...)),
    job("kuberay/cluster-missing", "one of RayClusterSpec or ClusterSelector", ("spec.rayClusterSpec", None)),
    borrowed("kuberay/selector-name", "should not be empty", ("spec.clusterSelector", {"name": "shared"})),
    borrowed("kuberay/selector-with-sidecar", "not supported in SidecarMode", ("spec.submissionMode", "SidecarMode")),
    borrowed("kuberay/selector-with-backoff", "incompatible with ClusterSelector", ("spec.backoffLimit", 1)),
    job(
        "kuberay/interactive-with-backoff",
        "incompatible with InteractiveMode",
        ("spec.submissionMode", "InteractiveMode"),
    ),
    job("kuberay/sidecar-template", "doesn't support SubmitterPodTemplate", ("spec.submissionMode", "SidecarMode")),
    job(
        "kuberay/sidecar-config",
        "doesn't support SubmitterConfig",
        ("spec.submissionMode", "SidecarMode"),
        ("spec.submitterPodTemplate", ...),
        ("spec.submitterConfig", {}),
    ),
    job(
        "kuberay/sidecar-restart-policy",
        "when using SidecarMode",
        ("spec.submissionMode", "SidecarMode"),
        ("spec.submitterPodTemplate", ...),
        (f"{HEAD}.template.spec.restartPolicy", "OnFailure"),
    ),
    job("kuberay/ttl-negative", "must be a non-negative integer", ("spec.ttlSecondsAfterFinished", -1)),
    job("kuberay/ttl-needs-shutdown", "cannot have TTLSecondsAfterFinished", ("spec.shutdownAfterJobFinishes", ...)),
    job("kuberay/deadline-not-positive", "activeDeadlineSeconds must be", ("spec.activeDeadlineSeconds", 0)),
    job("kuberay/backoff-negative", "backoffLimit must be", ("spec.backoffLimit", -1)),
    job("kuberay/runtime-env", "failed to unmarshal", ("spec.runtimeEnvYAML", "env_vars: [")),
    job("kuberay/runtime-env", "failed to unmarshal", ("spec.runtimeEnvYAML", "- env_vars")),
    job("kuberay/runtime-env", "failed to unmarshal", ("spec.runtimeEnvYAML", "env_vars")),
]

LEGACY = {"onSuccess": {"policy": "DeleteCluster"}, "onFailure": {"policy": "DeleteNone"}}
KEPT = (("spec.shutdownAfterJobFinishes", False), ("spec.ttlSecondsAfterFinished", 0))
DELETION = [
    job(
        "kuberay/rules-with-shutdown",
        "mutually exclusive",
        *rules(rule("DeleteCluster")),
        ("spec.shutdownAfterJobFinishes", True),
    ),
    job("kuberay/rule-repeated", "duplicate rule", *rules(rule("DeleteCluster"), rule("DeleteCluster", seconds=9))),
    job(
        "kuberay/rule-repeated",
        "duplicate rule",
        *rules(*[{"policy": "DeleteNone", "condition": {"jobDeploymentStatus": "Failed"}}] * 2),
    ),
    job(
        "kuberay/rule-order",
        "must be >= DeleteWorkers",
        *rules(rule("DeleteWorkers", seconds=9), rule("DeleteCluster")),
    ),
    job("kuberay/rule-order", "must be >= DeleteWorkers", *rules(rule("DeleteSelf"), rule("DeleteWorkers", seconds=9))),
    job(
        "kuberay/policy-missing",
        "OnSuccess cannot be unset",
        *KEPT,
        ("spec.deletionStrategy", LEGACY | {"onSuccess": {}}),
    ),
    job(
        "kuberay/policy-missing",
        "OnFailure cannot be unset",
        *KEPT,
        ("spec.deletionStrategy", LEGACY | {"onFailure": {}}),
    ),
    job(
        "kuberay/delete-workers-autoscaled", "not supported with autoscaling", AUTOSCALED, *rules(rule("DeleteWorkers"))
    ),
    job(
        "kuberay/delete-workers-autoscaled",
        "does not support RayCluster with autoscaling",
        AUTOSCALED,
        *KEPT,
        ("spec.deletionStrategy", LEGACY | {"onSuccess": {"policy": "DeleteWorkers"}}),
    ),
    borrowed("kuberay/delete-with-selector", "not supported when ClusterSelector", *rules(rule("DeleteWorkers"))),
    borrowed(
        "kuberay/delete-with-selector", "doesn't support DeletionStrategy", *KEPT, ("spec.deletionStrategy", LEGACY)
    ),
    job("kuberay/keep-with-shutdown", "deletion policy is 'DeleteNone'", ("spec.deletionStrategy", LEGACY)),
]

SERVICES = [
    service(
        "kuberay/head-service-name",
        "headService.metadata.name should not be set",
        ("spec.rayClusterConfig.headGroupSpec.headService", {"metadata": {"name": "head"}}),
    ),
    service("kuberay/upgrade-type", "UpgradeStrategy.Type value", ("spec.upgradeStrategy.type", "Recreate")),
    service("kuberay/upgrade-type", "UpgradeStrategy.Type value", ("spec.upgradeStrategy.type", "")),
]

SCHEDULES = [
    Refused("kuberay/schedule", "invalid cron schedule", changed(ray_cron_job(), ("spec.schedule", text)))
    for text in (
        "",
        "@",
        "@often",
        "@every 5",
        "0 3 * *",
        "0 3 * * 1 *",
        "60 * * * *",
        "0 24 * * *",
        "0 0 0 * *",
        "0 0 * 13 *",
        "0 0 * * 7",
        "*/0 * * * *",
        "5-1 * * * *",
        "1-2-3 * * * *",
        "a * * * *",
        "0 0 * foo *",
        "1/2/3 * * * *",
        "-1 * * * *",
        "0 0 * * *- 1",
    )
]

CRON_JOBS = [
    *SCHEDULES,
    Refused("kuberay/schedule", "the operator panics", changed(ray_cron_job(), ("spec.schedule", "TZ=UTC"))),
    Refused(
        "kuberay/cluster-missing",
        "one of RayClusterSpec",
        changed(ray_cron_job(), ("spec.jobTemplate.rayClusterSpec", ...)),
    ),
    Refused(
        "kuberay/backoff-negative",
        "backoffLimit must be",
        changed(ray_cron_job(), ("spec.jobTemplate.backoffLimit", -1)),
    ),
]

REFUSED: list[Refused] = [
    *METADATA,
    *STRUCTURE,
    *GROUPS,
    *AUTOSCALING,
    *FAULT_TOLERANCE,
    *AUTHENTICATION,
    *JOBS,
    *DELETION,
    *SERVICES,
    *CRON_JOBS,
]

ACCEPTED: list[Map] = [
    *(
        changed(ray_cron_job(), ("spec.schedule", text))
        for text in (
            "@daily",
            "@every 1h30m",
            "*/15 0-6/2 1,15 jan-MAR ?",
            "TZ=UTC 0 3 * * *",
            ",, * * * *",
            "*-5 * * * *",
            "+1 * * * *",
        )
    ),
    *(
        changed(ray_service(), ("metadata|annotations|ray.io/initializing-timeout", text))
        for text in (
            "30m",
            "1h30m",
            "90",
            "+5",
            ".5h",
            "1.s",
            "",
            "100ms",
        )
    ),
    *(
        changed(ray_job(), ("spec.runtimeEnvYAML", text))
        for text in (
            "",
            "{}",
            "null",
            "# none\n",
            '{"pip": ["a"]}',
            "a: &x [1]\nb: *x\n",
            "a: 1\na: 2\n",
        )
    ),
    *(
        changed(ray_job(), ("spec.rayClusterSpec.rayVersion", text))
        for text in (
            "2.52.0",
            "v2.60",
            "2.60.0-gpu",
            "10.0",
            " 2.60.0",
            "2.60.0rc1",
        )
    ),
    changed(ray_job(), *rules(rule("DeleteWorkers"), rule("DeleteCluster", seconds=5), rule("DeleteSelf", seconds=5))),
    changed(ray_job(), *rules(rule("DeleteCluster", "FAILED"), rule("DeleteCluster"))),
    changed(ray_job(), *KEPT, ("spec.deletionStrategy", LEGACY)),
    changed(ray_job(), ("spec.rayClusterSpec", ...), ("spec.clusterSelector", SELECTOR), ("spec.backoffLimit", 0)),
    changed(ray_job(), (GCS, OPTIONS)),
    changed(ray_job(), (f"{ENV}.2", {"name": "RAY_REDIS_ADDRESS"}), ("metadata|annotations|ray.io/ft-enabled", "True")),
    changed(ray_job(), AUTOSCALED, (f"{ENV}.2", V2_ENV), (f"{WORKER}.idleTimeoutSeconds", 60)),
    changed(
        ray_job(),
        (f"{AUTOSCALER}.version", "v2"),
        (f"{AUTOSCALER}.idleTimeoutSeconds", 0),
        (f"{WORKER}.idleTimeoutSeconds", 0),
    ),
    changed(ray_job(), (f"{WORKER}.minReplicas", 0), (f"{WORKER}.maxReplicas", 0), (f"{WORKER}.replicas", 0)),
    changed(
        ray_job(), ("spec.backoffLimit", 0), ("spec.ttlSecondsAfterFinished", 0), ("spec.activeDeadlineSeconds", 1)
    ),
    changed(ray_job(), ("spec.preRunningDeadlineSeconds", 1), ("spec.ttlSecondsAfterFinished", (1 << 31) - 1)),
    changed(ray_job(), ("metadata.labels.a", "x" * 63), ("metadata.annotations.a", "x" * (256 * 1024 - 1))),
    changed(ray_service(), ("spec.rayClusterDeletionDelaySeconds", 0)),
    changed(ray_job(), (f"{WORKER}.suspend", True)),
    changed(ray_job(), (f"{WORKER}.replicas", 9)),
    changed(ray_job(), (f"{WORKER}.minReplicas", ...), (f"{WORKER}.maxReplicas", ...)),
    changed(ray_job(), ("spec.backoffLimit", None), ("spec.suspend", None), (f"{HEAD}.rayStartParams.labels", None)),
    changed(ray_job(), ("spec.managedBy", "kueue.x-k8s.io/multikueue")),
    changed(ray_job(), ("metadata.name", ...), ("metadata.generateName", "churn-")),
    changed(ray_job(), ("metadata.name", "a" * 47)),
    changed(ray_job(), ("status", {"jobStatus": 1})),
    changed(ray_job(), ("spec.submissionMode", "SomethingElse")),
    changed(ray_job(), ("spec.backoffLimit", 1.0)),
    changed(ray_job(), ("spec.entrypointNumCpus", 1), ("spec.entrypointNumGpus", 0.5)),
    changed(ray_cluster(), ("spec.authOptions.enableK8sTokenAuth", True)),
    changed(ray_cluster(), ("metadata|labels|ray.io/originated-from-crd", "RayCluster")),
    changed(ray_cluster(), ("metadata.name", "a" * 53)),
    changed(ray_cron_job(), ("metadata.name", "a.b")),
    changed(ray_service(), ("spec.upgradeStrategy.type", "NewClusterWithIncrementalUpgrade")),
    changed(ray_service(), ("spec.upgradeStrategy", {})),
    changed(ray_service(), ("spec.rayClusterConfig.headGroupSpec.headService", {"metadata": {"labels": {"a": "b"}}})),
    changed(
        ray_service(),
        ("apiVersion", "ray.io/v1alpha1"),
        ("spec.upgradeStrategy", ...),
        ("spec.rayClusterDeletionDelaySeconds", ...),
        ("spec.rayClusterConfig.authOptions", ...),
        ("spec.rayClusterConfig.autoscalerOptions.version", ...),
        ("spec.rayClusterConfig.workerGroupSpecs.0.numOfHosts", ...),
    ),
    changed(ray_job(), ("spec.rayClusterSpec", cluster() | {"headGroupSpec": {"template": pod("head")}})),
]
