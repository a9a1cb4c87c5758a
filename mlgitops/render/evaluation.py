"""The two Jobs that follow a run: *evaluate* scores it on the holdout, *sign* checks, registers and signs.

They are apart because of what they hold. Evaluate runs the serving predictor, which may be a contributor's code: it
sees the holdout and no key. Sign has the key and runs our code alone. Both run the environment's platform image with
ServiceAccounts of their own, wait for what they need in the staging area, and exit 0 when the run's key has a result.

A Job's pod template cannot be changed, so `identity.name_run` puts a digest of it into the Job's name. Rendered for
a model with a holdout; without one there is nothing to score by and nothing is signed.
"""

from __future__ import annotations

from mlgitops.contract import places
from mlgitops.findings import Finding
from mlgitops.render import checks
from mlgitops.render.code_config_map import CODE_MOUNT, code_config_map, code_volume
from mlgitops.render.evaluation_config import TOKEN_FILE, evaluate_config_text, sign_config_text
from mlgitops.render.labels import object_labels, pod_labels, pod_selector
from mlgitops.render.names import Role, role_name
from mlgitops.render.network import network_policy, to_dns, to_networks
from mlgitops.render.objects import Object, RenderedObject
from mlgitops.render.pods import (
    CONTAINER_SECURITY,
    TMP_MOUNT,
    TMP_VOLUME,
    compute,
    mirrored,
    own_variables,
    pod,
    pull_policy,
    variables,
)
from mlgitops.render.service_accounts import service_account
from mlgitops.spec.documents.environment import KeylessSigning, SigningKey
from mlgitops.spec.documents.model import Resources, Validation
from mlgitops.spec.documents.types import seconds
from mlgitops.spec.resolve import ResolvedModel

WAIT_WITHOUT_DEADLINE = 7 * 24 * 3600
"""Seconds that the Jobs wait for a run that has no deadline, or waits in a queue that promises no time."""
AFTER_RUN = {"evaluate": 2 * 3600, "sign": 3 * 3600}
"""Seconds that the Jobs have beyond the run's deadline."""
EVALUATE_CPU, EVALUATE_MEMORY = 1.0, "4Gi"
SIGN_RESOURCES = Resources(cpu=0.5, memory="1Gi")
SIGNING_KEY_VOLUME = "signing-key"
TOKEN_SECONDS = 600
"""The shortest that Kubernetes gives: the kubelet writes a new token long before one expires, while the Job waits."""


def evaluation_findings(resolved: ResolvedModel) -> list[Finding]:
    """Why the Jobs cannot be rendered here."""
    if resolved.spec.validation is None:
        return []
    findings = checks.code_files(resolved, resolved.candidate_code, places.EVALUATE_CONFIG)
    if resolved.candidate_serving is not None:
        findings += checks.variables(resolved, resolved.candidate_serving.env, ("serving", "env"), candidate=True)
    return findings


def render_evaluation(resolved: ResolvedModel, namespace: str, kept: Object | None) -> list[RenderedObject]:
    """The Jobs, what they mount and may reach. `kept` are the annotations of what outlives a newer run."""
    validation = resolved.spec.validation
    if validation is None:
        return []
    metadata: Object = {
        "name": role_name(resolved.metadata.name, "jobs"),
        "namespace": namespace,
        "labels": object_labels(resolved, "evaluate"),
    }
    egress = [to_dns(), *to_networks(resolved.environment.network)]
    policy = network_policy(metadata, pod_selector(resolved, "evaluate", "sign"), ingress=[], egress=egress)
    return [
        *_evaluate(resolved, namespace, validation, kept),
        *_sign(resolved, namespace, validation, kept),
        RenderedObject("networkpolicy-jobs.yaml", policy),
    ]


def _evaluate(
    resolved: ResolvedModel, namespace: str, validation: Validation, kept: Object | None
) -> list[RenderedObject]:
    serving = resolved.candidate_serving
    config = {places.EVALUATE_CONFIG: evaluate_config_text(resolved, validation)}
    labels = object_labels(resolved, "evaluate")
    name = role_name(resolved.metadata.name, "evaluate")
    config_map = code_config_map(name, namespace, labels, resolved.candidate_code, config, kept)
    declared = serving.resources if serving is not None else Resources()
    container = _container(resolved, "evaluate", list(places.EVALUATE_COMMAND))
    container["env"] = own_variables(places.CODE) + (variables(serving.env) if serving is not None else [])
    container["resources"] = compute(declared, cpu=EVALUATE_CPU, memory=EVALUATE_MEMORY).resources
    spec = pod(resolved, "evaluate", [container], [code_volume(config_map), TMP_VOLUME])
    return [
        RenderedObject("configmap-evaluate.yaml", config_map),
        RenderedObject("job-evaluate.yaml", _job(resolved, "evaluate", namespace, spec, kept)),
        service_account(resolved, "evaluate", namespace),
    ]


def _sign(resolved: ResolvedModel, namespace: str, validation: Validation, kept: Object | None) -> list[RenderedObject]:
    signing = resolved.environment.signing
    if signing is None:
        return []
    config = {places.SIGN_CONFIG: sign_config_text(resolved, validation, signing)}
    labels = object_labels(resolved, "sign")
    config_map = code_config_map(role_name(resolved.metadata.name, "sign"), namespace, labels, None, config, kept)
    container = _container(resolved, "sign", list(places.SIGN_COMMAND))
    container["env"] = own_variables()
    container["resources"] = compute(SIGN_RESOURCES).resources
    container["volumeMounts"] = [
        *container["volumeMounts"],
        {"name": SIGNING_KEY_VOLUME, "mountPath": places.SIGNING_KEY, "readOnly": True},
    ]
    volumes = [code_volume(config_map), TMP_VOLUME, {"name": SIGNING_KEY_VOLUME, **_signing_key(signing)}]
    spec = pod(resolved, "sign", [container], volumes)
    return [
        RenderedObject("configmap-sign.yaml", config_map),
        RenderedObject("job-sign.yaml", _job(resolved, "sign", namespace, spec, kept)),
        service_account(resolved, "sign", namespace),
    ]


def _signing_key(signing: SigningKey | KeylessSigning) -> Object:
    """Where the volume's one file comes from."""
    if isinstance(signing, SigningKey):
        items = [{"key": signing.key, "path": signing.key}]
        return {"secret": {"items": items, "secretName": signing.secret, "defaultMode": 0o440}}
    token = {"audience": signing.audience, "expirationSeconds": TOKEN_SECONDS, "path": TOKEN_FILE}
    return {"projected": {"sources": [{"serviceAccountToken": token}], "defaultMode": 0o440}}


def _container(resolved: ResolvedModel, role: Role, command: list[str]) -> Object:
    image = mirrored(resolved.environment.images.platform, resolved.environment.images.mirrors)
    return {
        "command": command,
        "image": image,
        "imagePullPolicy": pull_policy(image),
        "name": role,
        "securityContext": CONTAINER_SECURITY,
        "volumeMounts": [CODE_MOUNT, TMP_MOUNT],
    }


def _job(resolved: ResolvedModel, role: Role, namespace: str, spec: Object, kept: Object | None) -> Object:
    metadata: Object = {
        "name": role_name(resolved.metadata.name, role),
        "namespace": namespace,
        "labels": object_labels(resolved, role),
    }
    if kept:
        metadata["annotations"] = kept
    template = {"metadata": {"labels": pod_labels(resolved, role)}, "spec": {**spec, "restartPolicy": "Never"}}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": metadata,
        "spec": {
            "activeDeadlineSeconds": _patience(resolved, role),
            "backoffLimit": 6,
            "completionMode": "NonIndexed",
            "completions": 1,
            "parallelism": 1,
            "template": template,
        },
    }


def _patience(resolved: ResolvedModel, role: Role) -> int:
    """How long the Job may wait for a run and work on it."""
    deadline = resolved.spec.training.deadline
    if deadline is None or resolved.environment.queue is not None:
        return WAIT_WITHOUT_DEADLINE + AFTER_RUN[role]
    return round(seconds(deadline)) + AFTER_RUN[role]
