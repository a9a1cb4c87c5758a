"""`serveConfigV2`: how Ray Serve runs one version of a model.

Replicas live here alone (`autoscaling_config`): Ray Serve takes up a change of them, and of everything else here, in
the running cluster. One replica has one worker pod to itself (`max_replicas_per_node`), so a replica's resources are a
pod's, and losing a node costs one replica of a model.

`args` is the `contract.serve.ServeConfig`. All of it comes from the version's record and the environment: no edit of a
spec or of its code changes what a released version does.
"""

from __future__ import annotations

from mlgitops import contract
from mlgitops.contract import places
from mlgitops.render.emit import emit
from mlgitops.render.objects import Object
from mlgitops.render.predictor_config import predictor_config
from mlgitops.render.ray_cluster import GRPC_PORT, SERVE_PORT
from mlgitops.spec.documents.model import Serving
from mlgitops.spec.documents.signer import signer_reference
from mlgitops.spec.documents.types import seconds
from mlgitops.spec.documents.version import Version
from mlgitops.spec.footprint import DEFAULT_CPU
from mlgitops.spec.resolve import ResolvedModel

KEEP_ALIVE_SECONDS = 120
"""Longer than gateways keep idle connections, so that none sends a request into one that was just closed."""


def serve_config(resolved: ResolvedModel, serving: Serving, version: Version) -> str:
    """The YAML text of `serveConfigV2`."""
    timeout = seconds(serving.timeout)
    application = {
        "args": serve_args(resolved, serving, version),
        "deployments": [_deployment(serving, timeout)],
        "import_path": places.SERVE_IMPORT_PATH,
        "name": resolved.name,
        "route_prefix": serving.route,
    }
    return emit(
        {
            "applications": [application],
            "grpc_options": {
                "grpc_servicer_functions": [places.SERVE_GRPC],
                "port": GRPC_PORT,
                "request_timeout_s": timeout,
            },
            "http_options": {
                "host": "0.0.0.0",
                "keep_alive_timeout_s": KEEP_ALIVE_SECONDS,
                "port": SERVE_PORT,
                "request_timeout_s": timeout,
            },
            "logging_config": {"enable_access_log": False, "encoding": "JSON", "log_level": "INFO"},
            "proxy_location": "EveryNode",
        }
    )


def _deployment(serving: Serving, timeout: float) -> Object:
    replicas, resources = serving.replicas, serving.resources
    options: Object = {"num_cpus": resources.cpu if resources.cpu is not None else DEFAULT_CPU}
    if serving.accelerators is not None:
        options["num_gpus"] = serving.accelerators.perReplica
    return {
        "autoscaling_config": {
            "max_replicas": replicas.max if replicas.max is not None else replicas.min,
            "min_replicas": replicas.min,
            # Half of what a replica may hold: the other half is for requests that come while a pod starts.
            "target_ongoing_requests": max(1, serving.maxOngoingRequests // 2),
        },
        "graceful_shutdown_timeout_s": max(20.0, timeout),
        "graceful_shutdown_wait_loop_s": 2,
        "health_check_period_s": 10,
        "health_check_timeout_s": 30,
        "max_ongoing_requests": serving.maxOngoingRequests,
        "max_queued_requests": serving.maxQueuedRequests,
        "max_replicas_per_node": 1,
        # A replica goes when another one answers in its place: one that refuses its artifact takes no other along.
        "max_surge_percent": 100,
        "name": places.SERVE_DEPLOYMENT,
        "ray_actor_options": options,
    }


def serve_args(resolved: ResolvedModel, serving: Serving, version: Version) -> Object:
    """`contract.serve.ServeConfig`, without what has its default value."""
    record = version.spec
    registry = resolved.environment.registry
    result: Object = {
        "artifact": {
            "digest": record.artifact.digest,
            "uri": record.artifact.uri,
            "version": version.metadata.name,
        },
        "contract": contract.VERSION,
        "environment": resolved.environment_name,
        "format": record.artifact.format,
        "framework": record.snapshot.framework,
        "model": resolved.name,
        "registry": registry.uri,
        "signature": {
            "digest": record.signature.digest,
            "signer": record.signature.signer,
            "uri": record.signature.uri,
        },
    }
    if record.signature.signer in resolved.environment.signers:
        result["signature"] |= signer_reference(resolved.environment.signers[record.signature.signer])
    if record.artifactOf is not None:
        result["artifact"]["trainedAs"] = record.artifactOf
    if registry.kind != "directory":
        result["registryKind"] = registry.kind
    predictor = predictor_config(serving)
    if predictor:
        result["predictor"] = predictor
    if serving.batching is not None:
        result["batching"] = serving.batching.model_dump(exclude_defaults=True)
    if serving.explain:
        result["explain"] = True
    if serving.timeout != "30s":
        result["timeout"] = serving.timeout
    if resolved.environment.storage.predictions is not None:
        result["predictions"] = resolved.environment.storage.predictions
    monitoring = resolved.spec.monitoring
    if monitoring is not None and (monitoring.drift is not None or monitoring.groundTruth is not None):
        # Objectives are Prometheus' business alone: another one restarts no replica.
        result["monitoring"] = monitoring.model_dump(exclude={"objectives"}, exclude_defaults=True)
    return result
