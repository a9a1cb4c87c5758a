"""Batch scoring: a Job, or with a schedule a CronJob, that scores a data set with the version that is released.

    job-score.yaml or cronjob-score.yaml
    configmap-score.yaml          the version's own code and `contract.score.ScoreConfig`, immutable
    serviceaccount-score.yaml     workload identity: it reads the input and writes the answers, which replicas may not
    networkpolicy-score.yaml      out to the environment's networks, and nothing in

It is a part of its own, with an Argo CD Application of its own: in serving's, a sync that removes the old release would
wait until the Job is done, and a rollback behind it.

What it answers is the version's: code, threshold, inputs and image. What is scored, when and with what hardware is the
working tree's. A Job's pod template cannot be changed, so `name_job` puts a digest of it into the name: a new version
or another input is a new Job, and the same again finds its result in the output and ends.
"""

from __future__ import annotations

from mlgitops import contract
from mlgitops.contract import places
from mlgitops.findings import Finding
from mlgitops.render import checks
from mlgitops.render.code_config_map import CODE_MOUNT, code_config_map, code_volume
from mlgitops.render.emit import emit
from mlgitops.render.labels import object_labels, pod_labels, pod_selector
from mlgitops.render.names import content_digits, role_name, serving_namespace
from mlgitops.render.network import network_policy, to_dns, to_networks
from mlgitops.render.objects import Object, ObjectSet, RenderedObject, fields, object_set
from mlgitops.render.pods import (
    CONTAINER_SECURITY,
    TMP_MOUNT,
    TMP_VOLUME,
    compute,
    mirrored,
    own_variables,
    pod,
    pull_policy,
    serving_image,
    variables,
)
from mlgitops.render.serve_config import serve_args
from mlgitops.render.service_accounts import service_account
from mlgitops.render.trace import derived
from mlgitops.render.training_config import text_of
from mlgitops.spec.documents.model import BatchScoring, Serving
from mlgitops.spec.documents.types import seconds
from mlgitops.spec.documents.version import Version
from mlgitops.spec.resolve import ResolvedModel

JOB_FILE = "job-score.yaml"
"""Named after its template, last of all."""
INPUT = "input"
"""What messages call the data that is scored."""
RETRIES = 2
HISTORY = 3
LATE_SECONDS = 3600
"""How late a scheduled run may still begin."""
TEMPLATE_DIGITS = 5

_OF_SERVING = ("artifact", "contract", "environment", "model", "predictor", "registry", "registryKind", "signature")


def scoring_findings(resolved: ResolvedModel) -> list[Finding]:
    """Why batch scoring cannot be rendered here, besides what is said of serving."""
    if not resolved.serves or resolved.spec.batchScoring is None or resolved.version is None:
        return []
    return checks.code_files(
        resolved, resolved.serving_code, places.SCORE_CONFIG, version=resolved.version.metadata.name
    )


def render_scoring(resolved: ResolvedModel) -> ObjectSet | list[Finding]:
    """The objects of the part `score`; none without `batchScoring`, or where nothing is released."""
    scoring, serving, version = resolved.spec.batchScoring, resolved.spec.serving, resolved.version
    if not resolved.serves or scoring is None or serving is None or version is None:
        return ()
    findings = scoring_findings(resolved)
    if findings:
        return findings
    namespace = serving_namespace(resolved)
    config = {places.SCORE_CONFIG: score_config_text(resolved, scoring, serving, version)}
    labels = object_labels(resolved, "score")
    name = role_name(resolved.metadata.name, "score")
    config_map = code_config_map(name, namespace, labels, resolved.serving_code, config)
    metadata: Object = {"name": name, "namespace": namespace, "labels": labels}
    egress = [to_dns(), *to_networks(resolved.environment.network)]
    policy = network_policy(metadata, pod_selector(resolved, "score"), ingress=[], egress=egress)
    return object_set(
        [
            RenderedObject("configmap-score.yaml", config_map),
            RenderedObject("networkpolicy-score.yaml", policy),
            service_account(resolved, "score", namespace),
            _work(resolved, scoring, serving, version, config_map),
        ]
    )


def score_config_text(resolved: ResolvedModel, scoring: BatchScoring, serving: Serving, version: Version) -> str:
    """`contract.score.ScoreConfig`; defaults are left out."""
    served = serve_args(resolved, serving, version)
    asked = scoring.input
    location: Object = {"name": INPUT, "uri": asked.uri}
    if asked.format is not None:
        location["format"] = asked.format
    if asked.expect:
        location["expect"] = [expected.model_dump(exclude_defaults=True) for expected in asked.expect]
    identity: Object = {"name": INPUT}
    if asked.digest is not None:
        identity["digest"] = asked.digest
    else:
        identity |= {"uri": asked.uri} | ({"version": asked.version} if asked.version is not None else {})
    result: Object = {key: served[key] for key in _OF_SERVING if key in served}
    result |= {"contract": contract.VERSION, "input": location, "inputIdentity": identity, "output": scoring.output}
    if resolved.spec.id is not None:
        result["id"] = resolved.spec.id
    if scoring.format != "parquet":
        result["format"] = scoring.format
    return text_of(result)


def name_job(data: Object) -> Object:
    """A Job whose name ends in a digest of its final pod template."""
    digits = content_digits(emit(fields(fields(data.get("spec")).get("template"))))[:TEMPLATE_DIGITS]
    return {**data, "metadata": {**data["metadata"], "name": f"{data['metadata']['name']}-{digits}"}}


def _work(
    resolved: ResolvedModel, scoring: BatchScoring, serving: Serving, version: Version, config_map: Object
) -> RenderedObject:
    metadata: Object = {
        "name": role_name(resolved.metadata.name, "score"),
        "namespace": serving_namespace(resolved),
        "labels": object_labels(resolved, "score", version=version.metadata.name),
    }
    job = _job(resolved, scoring, serving, config_map)
    if scoring.schedule is None:
        return RenderedObject(JOB_FILE, {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": job})
    template = {"metadata": {"labels": pod_labels(resolved, "score")}, "spec": job}
    spec = {
        # One at a time: the next finds what this one left, or does it then.
        "concurrencyPolicy": "Forbid",
        "failedJobsHistoryLimit": HISTORY,
        "jobTemplate": template,
        "schedule": scoring.schedule,
        "startingDeadlineSeconds": LATE_SECONDS,
        "successfulJobsHistoryLimit": HISTORY,
        "suspend": False,
        "timeZone": "Etc/UTC",
    }
    data = {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": metadata, "spec": spec}
    return RenderedObject("cronjob-score.yaml", data)


def _job(resolved: ResolvedModel, scoring: BatchScoring, serving: Serving, config_map: Object) -> Object:
    """The spec of a Job."""
    image = mirrored(serving_image(resolved) or "", resolved.environment.images.mirrors)
    container: Object = {
        "command": list(places.SCORE_COMMAND),
        "env": [*own_variables(places.CODE), *variables(serving.env)],
        "image": image,
        "imagePullPolicy": pull_policy(image),
        "name": "score",
        "resources": compute(scoring.resources).resources,
        "securityContext": CONTAINER_SECURITY,
        "volumeMounts": [CODE_MOUNT, TMP_MOUNT],
    }
    spec = pod(resolved, "score", [container], [code_volume(config_map), TMP_VOLUME])
    template = {"metadata": {"labels": pod_labels(resolved, "score")}, "spec": {**spec, "restartPolicy": "Never"}}
    return {
        "activeDeadlineSeconds": derived(max(1, round(seconds(scoring.deadline))), scoring.deadline),
        "backoffLimit": RETRIES,
        "completionMode": "NonIndexed",
        "completions": 1,
        "parallelism": 1,
        "template": template,
    }
