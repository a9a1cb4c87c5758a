"""Everything that serves a release of a model in one environment.

    objects = render_serving(resolved, predecessor)      # or findings, at the lines of who can mend them

    rayservice.yaml                  the release, named `<model>-<version>`: a new version is a new RayService
    rayservice-previous.yaml         the release before, while a rollout is under way (`shifting`)
    configmap-code.yaml              the version's own code, immutable; `-previous` that of the release before, which
                                     its pods mount until they are gone
    service.yaml, httproute.yaml     one name and one route, whatever the release (`routing`)
    serviceaccount-serve.yaml        workload identity
    networkpolicy.yaml               who may reach the pods; replicas listen on all interfaces, so this is what
                                     closes their ports
    poddisruptionbudget.yaml         where there are two replicas or more
    podmonitor.yaml, prometheusrule.yaml, configmap-dashboard.yaml
    cronjob-join.yaml                where labels come late (`joining`), with its configuration and identity

Behaviour is the version's; the working tree has a say in hardware and replicas alone (`spec.resolve`). Nothing here
depends on the version of mlgitops.

KubeRay passes over edits of a worker group's bounds and tolerations in a RayService that runs. So bounds are the
environment's, replicas stand in `serveConfigV2` alone, and both bounds and tolerations are repeated in an annotation of
the pods: a change of that makes KubeRay start a new cluster, and move to it.

Where removing is deliberate, a person confirms that the Service and the route go. The RayService does not ask: every
release replaces it, and a sync that waits for a person would hold up the rollback that comes next.
"""

from __future__ import annotations

from mlgitops.contract import names, places
from mlgitops.findings import Finding
from mlgitops.render import checks
from mlgitops.render.code_config_map import code_config_map
from mlgitops.render.dashboard import dashboard
from mlgitops.render.disruption import pod_disruption_budget
from mlgitops.render.joining import render_join
from mlgitops.render.labels import object_labels
from mlgitops.render.names import role_name, service_name, serving_namespace
from mlgitops.render.network import from_namespace
from mlgitops.render.objects import Object, ObjectSet, RenderedObject, object_set
from mlgitops.render.observability import prometheus_rule
from mlgitops.render.pod_monitor import pod_monitor
from mlgitops.render.pods import compute, mirrored, serving_image, variables
from mlgitops.render.ray_cluster import (
    GRPC_PORT,
    SERVE_PORT,
    RayPods,
    WorkerGroup,
    ray_cluster,
)
from mlgitops.render.ray_network import ray_network_policy
from mlgitops.render.routing import answering_pods, http_route, service
from mlgitops.render.serve_config import serve_config
from mlgitops.render.service_accounts import service_account
from mlgitops.render.shifting import answering, shifted
from mlgitops.render.sync_options import CONFIRM
from mlgitops.render.trace import derived
from mlgitops.spec.code import Code
from mlgitops.spec.documents.model import Serving, Variable
from mlgitops.spec.documents.version import Version
from mlgitops.spec.resolve import ResolvedModel

PREVIOUS_NAME = "rayservice-previous.yaml"
PREVIOUS_FILE = f"serve/{PREVIOUS_NAME}"
"""Of the release before, while a rollout is under way."""

MAX_WORKERS = "mlgitops.dev/max-workers"
TOLERATIONS = "mlgitops.dev/tolerations"
"""Annotations of pods whose change starts a new cluster."""

DELETION_DELAY_SECONDS = 60
"""How long the cluster of before lives after traffic has moved: for requests that are under way."""
TERMINATION_SECONDS = 90
"""More than `ray_cluster.DRAIN_SECONDS` and a request."""

SERVE_VARIABLES: list[Object] = [
    {"name": names.HOST_VARIABLE, "value": "0.0.0.0"},
    {"name": "RAY_SERVE_ENABLE_HA_PROXY", "value": "1"},
    {"name": "RAY_SERVE_LOG_TO_STDERR", "value": "1"},
    {"name": "RAY_SERVE_THROUGHPUT_OPTIMIZED", "value": "1"},
]
"""HAProxy in place of Ray's Python proxy, and one event loop a replica: together most of Serve's speed. Logs go to the
container's output all the same; there is no access log, which the gateway has. A replica's metrics are for Prometheus,
which the NetworkPolicy lets in."""


def serving_findings(resolved: ResolvedModel, serving: Serving, version: Version) -> list[Finding]:
    """Why serving cannot be rendered here."""
    kind = serving.accelerators.type if serving.accelerators else None
    return [
        *checks.labels(resolved),
        *checks.serving_image(resolved, serving_image(resolved)),
        *checks.signer(resolved, version),
        *checks.accelerator(resolved, kind, ("serving", "accelerators", "type")),
        *checks.replicas(resolved, serving),
        *checks.watching(resolved),
        *checks.variables(resolved, serving.env, ("serving", "env")),
        *checks.code_files(resolved, resolved.serving_code, version=version.metadata.name),
    ]


def previous_findings(resolved: ResolvedModel, previous: ResolvedModel) -> list[Finding]:
    """Why the release before cannot be rendered beside the new one; what both have is said once."""
    serving, version = previous.spec.serving, previous.version
    if serving is None or version is None:
        return []
    known = serving_findings(resolved, resolved.spec.serving or serving, resolved.version or version)
    return [finding for finding in serving_findings(previous, serving, version) if finding not in known]


def render_serving(
    resolved: ResolvedModel, predecessor: Code | None = None, previous: ResolvedModel | None = None
) -> ObjectSet | list[Finding]:
    """The objects of the part `serve`; none where nothing is released.

    `predecessor` is the serving code of the version that the release supersedes, `previous` the model as that version
    serves, while a rollout is under way.
    """
    serving, version = resolved.spec.serving, resolved.version
    if not resolved.serves or serving is None or version is None:
        return ()
    findings = serving_findings(resolved, serving, version)
    findings += previous_findings(resolved, previous) if previous is not None else []
    if findings:
        return findings
    namespace = serving_namespace(resolved)
    confirmed = CONFIRM if resolved.environment.protected else None
    code = _code(resolved, namespace, resolved.serving_code)
    former = _code(resolved, namespace, predecessor) if predecessor is not None else None
    objects = [
        RenderedObject("rayservice.yaml", _ray_service(resolved, serving, version, code)),
        RenderedObject("service.yaml", service(resolved, confirmed)),
        service_account(resolved, "serve", namespace),
        RenderedObject("networkpolicy.yaml", _network_policy(resolved, namespace)),
        RenderedObject("podmonitor.yaml", pod_monitor(resolved, "serve", namespace)),
        RenderedObject("prometheusrule.yaml", prometheus_rule(resolved)),
        RenderedObject("configmap-dashboard.yaml", dashboard(resolved)),
    ]
    objects += render_join(resolved, version, namespace)
    if code is not None:
        objects.append(RenderedObject("configmap-code.yaml", code))
    if former is not None and predecessor is not None and predecessor.digest != resolved.serving_code.digest:
        objects.append(RenderedObject("configmap-code-previous.yaml", former))
    if previous is not None and previous.spec.serving is not None and previous.version is not None:
        beside = _ray_service(previous, previous.spec.serving, previous.version, former)
        objects.append(RenderedObject(PREVIOUS_NAME, beside))
    gateway = resolved.environment.gateway
    if gateway is not None:
        answers = answering(resolved, previous)
        route = http_route(answers, answers.spec.serving or serving, gateway, confirmed)
        objects.append(RenderedObject("httproute.yaml", shifted(route, resolved, previous)))
    budget = pod_disruption_budget(resolved, serving)
    if budget is not None:
        objects.append(RenderedObject("poddisruptionbudget.yaml", budget))
    return object_set(objects)


def _code(resolved: ResolvedModel, namespace: str, code: Code) -> Object | None:
    """The ConfigMap of a version's code; its labels say nothing of the version, so that it never changes."""
    if not code:
        return None
    name = role_name(resolved.metadata.name, "serve")
    return code_config_map(name, namespace, object_labels(resolved, "serve"), code, {})


def _ray_service(resolved: ResolvedModel, serving: Serving, version: Version, code: Object | None) -> Object:
    release = version.metadata.name
    return {
        "apiVersion": "ray.io/v1",
        "kind": "RayService",
        "metadata": {
            "name": service_name(resolved.metadata.name, release),
            "namespace": serving_namespace(resolved),
            "labels": object_labels(resolved, "serve", version=release),
        },
        "spec": {
            "excludeHeadPodFromServeSvc": True,
            "rayClusterConfig": _cluster(resolved, serving, code),
            "rayClusterDeletionDelaySeconds": DELETION_DELAY_SECONDS,
            "serveConfigV2": serve_config(resolved, serving, version),
            "upgradeStrategy": {"type": "NewCluster"},
        },
    }


def _cluster(resolved: ResolvedModel, serving: Serving, code: Object | None) -> Object:
    chips, autoscaling = serving.accelerators, resolved.environment.autoscaling
    needs = compute(
        serving.resources,
        accelerators=chips.perReplica if chips else 0,
        accelerator=resolved.environment.accelerators[chips.type] if chips else None,
    )
    if autoscaling.enabled:
        group = WorkerGroup(needs, 1, 1, autoscaling.maxWorkers)
    else:
        # Without an autoscaler there are as many workers as there may be replicas.
        most = serving.replicas.max if serving.replicas.max is not None else serving.replicas.min
        group = WorkerGroup(needs, most, most, most)
    pods = RayPods(
        role="serve",
        image=mirrored(serving_image(resolved) or "", resolved.environment.images.mirrors),
        code=code,
        variables=[*SERVE_VARIABLES, *variables(serving.env), *_feedback_token(resolved)],
        head_variables=[],
        serves=True,
        fields={"terminationGracePeriodSeconds": TERMINATION_SECONDS},
        worker_fields={"topologySpreadConstraints": _apart(resolved)},
        annotations=_annotations(group),
    )
    return ray_cluster(resolved, pods, group, autoscaled=autoscaling.enabled)


def _feedback_token(resolved: ResolvedModel) -> list[Object]:
    """Who may send labels: a key of a Secret of the environment's."""
    token = resolved.environment.feedback
    if token is None or resolved.environment.storage.predictions is None:
        return []
    return variables([Variable(name=places.FEEDBACK_TOKEN_VARIABLE, secret=token)])


def _annotations(group: WorkerGroup) -> Object:
    result: Object = {MAX_WORKERS: derived(str(group.maximum), group.maximum)}
    if group.needs.accelerator is not None and group.needs.accelerator.tolerations:
        result[TOLERATIONS] = ", ".join(
            f"{t.key}{'' if t.value is None else '=' + t.value}:{t.effect}" for t in group.needs.accelerator.tolerations
        )
    return result


def _apart(resolved: ResolvedModel) -> list[Object]:
    """Replicas apart from each other, as far as there is room."""
    selector = {"matchLabels": answering_pods(resolved)}
    return [
        {"labelSelector": selector, "maxSkew": 1, "topologyKey": key, "whenUnsatisfiable": "ScheduleAnyway"}
        for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
    ]


def _network_policy(resolved: ResolvedModel, namespace: str) -> Object:
    environment = resolved.environment
    gateway = from_namespace(environment.namespaces.gateway, SERVE_PORT, GRPC_PORT)
    autoscaled = environment.autoscaling.enabled
    return ray_network_policy(resolved, "serve", namespace, autoscaled=autoscaled, ingress=[gateway])
