"""What must hold before a model can be rendered for an environment, each fault at the line of who can mend it.

Rendering assumes all of it, so that its code says what is written and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from mlgitops.findings import Finding
from mlgitops.render.labels import is_reserved
from mlgitops.render.pods import OWN_VARIABLES
from mlgitops.source import Location, Pointer, dotted, pointer_text
from mlgitops.spec.code import Code
from mlgitops.spec.documents.model import Serving, Variable, WorkerRange
from mlgitops.spec.documents.version import Version
from mlgitops.spec.resolve import ResolvedModel

_FILE_NAME = re.compile(r"[-._a-zA-Z0-9]{1,253}")
_RAY_VARIABLES = re.compile(
    r"RAY_(AUTH_|ADDRESS$|CLUSTER_|ENABLE_K8S_TOKEN_AUTH$|IP$|PORT$|REDIS_ADDRESS$|enable_autoscaler_v2$)"
    r"|RAY_SERVE_(ENABLE_HA_PROXY|LOG_TO_STDERR|THROUGHPUT_OPTIMIZED)$|FQ_RAY_IP$|KUBERAY_|REDIS_(USERNAME|PASSWORD)$|MLGITOPS_"
)
"""What the operator sets and would not overwrite: with `RAY_AUTH_MODE=disabled` Ray's ports would be open."""


def _shown(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _in_spec(resolved: ResolvedModel, pointer: Pointer, code: str, message: str, hint: str) -> Finding:
    return _at(resolved.origin(pointer).location, resolved, pointer, code, message, hint)


def _at(place: Location, resolved: ResolvedModel, pointer: Pointer, code: str, message: str, hint: str) -> Finding:
    return Finding(place, code, "error", message, hint, pointer_text(("spec", *pointer)), resolved.subject)


def image(resolved: ResolvedModel, found: str | None, use: str) -> list[Finding]:
    """An image to train or serve with: `found`; `use` is `training` or `serving`."""
    if found is not None:
        return []
    framework = resolved.spec.training.framework
    message = (
        f"{use}.image must be said where the environment has no image for the framework: {resolved.environment_name} "
        f"has {use} images for {_shown(getattr(resolved.environment.images, use))}, got {framework}"
    )
    hint = f"write {use}.image, or ask the platform team for images.{use}.{framework}"
    return [_in_spec(resolved, ("training", "framework"), "render/no-image", message, hint)]


def serving_image(resolved: ResolvedModel, found: str | None) -> list[Finding]:
    """An image to serve a version with: the version's framework counts, whatever the spec says by now."""
    if found is not None or resolved.version is None:
        return []
    framework = resolved.version.spec.snapshot.framework
    message = (
        f"a version must say serving.image where the environment has no image for its framework: "
        f"{resolved.environment_name} has serving images for {_shown(resolved.environment.images.serving)}, "
        f"got {framework}"
    )
    hint = f"ask the platform team for images.serving.{framework}, or release a version that has an image"
    return [_in_spec(resolved, ("serving",), "render/no-image", message, hint)]


def signer(resolved: ResolvedModel, version: Version) -> list[Finding]:
    """The public key that a version's signature is verified with: without it no replica would serve."""
    known, found = resolved.environment.signers, version.spec.signature.signer
    if found in known:
        return []
    message = (
        f"{resolved.environment_name} must have the public key of the version's signer in `signers` "
        f"({_shown(known)}), got a version signed by '{found[:80]}'"
    )
    pointer: Pointer = ("spec", "signers")
    place = resolved.environment_document.locate(pointer)
    hint = "add the signer's public key, or release a version that one of these signed"
    return [Finding(place, "env/unknown-signer", "error", message, hint, pointer_text(pointer), resolved.subject)]


def replicas(resolved: ResolvedModel, serving: Serving) -> list[Finding]:
    """As many replicas as the environment's worker groups may have, one each."""
    ceiling, least, most = resolved.environment.autoscaling.maxWorkers, serving.replicas.min, serving.replicas.max
    if not resolved.environment.autoscaling.enabled or max(least, most or least) <= ceiling:
        return []
    field, asked = ("max", most) if most is not None and most > ceiling else ("min", least)
    message = (
        f"serving.replicas.{field} must be at most {ceiling}, the ceiling of {resolved.environment_name}, got {asked}"
    )
    hint = "ask for fewer, or ask the platform team to raise autoscaling.maxWorkers"
    return [_in_spec(resolved, ("serving", "replicas", field), "render/too-many-replicas", message, hint)]


def accelerator(resolved: ResolvedModel, kind: str | None, pointer: Pointer) -> list[Finding]:
    """An accelerator type that the environment offers; `pointer` is where the spec names it."""
    offered = resolved.environment.accelerators
    if kind is None or kind in offered:
        return []
    message = f"{dotted(pointer)} must be a type that {resolved.environment_name} offers: {_shown(offered)}, got {kind}"
    hint = "choose one of these, or ask the platform team to declare it under accelerators"
    return [_in_spec(resolved, pointer, "render/no-accelerator", message, hint)]


def watching(resolved: ResolvedModel) -> list[Finding]:
    """A log of predictions, for what compares logged values: Kolmogorov-Smirnov, and labels that come late."""
    monitoring, name = resolved.spec.monitoring, resolved.environment_name
    if monitoring is None or resolved.environment.storage.predictions is not None:
        return []
    found = []
    if monitoring.drift is not None and monitoring.drift.test == "ks":
        message = f"monitoring.drift.test must be one that needs no log of predictions, which {name} has not, got ks"
        hint = "take psi, jensenShannon or chiSquared, or ask the platform team for storage.predictions"
        found.append(_in_spec(resolved, ("monitoring", "drift", "test"), "render/no-prediction-log", message, hint))
    if monitoring.groundTruth is not None:
        message = f"monitoring.groundTruth needs a log of predictions to join labels with, and {name} keeps none"
        hint = (
            "ask the platform team for storage.predictions, or for `groundTruth: null` in the environment's overrides"
        )
        found.append(_in_spec(resolved, ("monitoring", "groundTruth"), "render/no-prediction-log", message, hint))
    return found


def workers(resolved: ResolvedModel) -> list[Finding]:
    """An elastic range of workers below the environment's ceiling."""
    declared, ceiling = resolved.spec.training.workers, resolved.environment.autoscaling.maxWorkers
    if not isinstance(declared, WorkerRange) or declared.max <= ceiling:
        return []
    message = (
        f"training.workers.max must be at most {ceiling}, the ceiling of {resolved.environment_name}, "
        f"got {declared.max}"
    )
    hint = "ask for fewer, or ask the platform team to raise autoscaling.maxWorkers"
    return [_in_spec(resolved, ("training", "workers", "max"), "render/too-many-workers", message, hint)]


def variables(
    resolved: ResolvedModel, declared: list[Variable], pointer: Pointer, *, candidate: bool = False
) -> list[Finding]:
    """Environment variables that are the spec's to set, from Secrets that the environment allows the team.

    `candidate` says that they are the working tree's, whatever version serves.
    """
    origin = resolved.candidate_origin if candidate else resolved.origin
    findings: list[Finding] = []
    for index, variable in enumerate(declared):
        if variable.name in OWN_VARIABLES or _RAY_VARIABLES.match(variable.name):
            message = f"{dotted(pointer)} must not set what mlgitops or the operator sets, got {variable.name}"
            hint = "take another name"
            place = (*pointer, index, "name")
            findings.append(_at(origin(place).location, resolved, place, "render/reserved-variable", message, hint))
        if variable.secret is not None and not _allowed(resolved, variable.secret.name, variable.secret.key):
            team = resolved.metadata.team
            allowed = [
                f"{secret.name}/{key}"
                for secret in resolved.environment.secrets
                if not secret.teams or team in secret.teams
                for key in secret.keys
            ]
            message = (
                f"{dotted(pointer)} must refer to Secrets that {resolved.environment_name} allows team {team}: "
                f"{_shown(allowed)}, got {variable.secret.name}/{variable.secret.key}"
            )
            hint = "ask the platform team to allow it under secrets in environment.yaml"
            place = (*pointer, index, "secret", "name")
            findings.append(_at(origin(place).location, resolved, place, "render/secret-not-allowed", message, hint))
    return findings


def _allowed(resolved: ResolvedModel, name: str, key: str) -> bool:
    team = resolved.metadata.team
    return any(
        name == secret.name and key in secret.keys and (not secret.teams or team in secret.teams)
        for secret in resolved.environment.secrets
    )


def labels(resolved: ResolvedModel) -> list[Finding]:
    """Labels of the model's own domains."""
    findings = []
    for key in resolved.metadata.labels:
        if is_reserved(key):
            pointer: Pointer = ("metadata", "labels", key)
            place = resolved.model_document.locate(pointer, key=True)
            message = f"metadata.labels must stay out of Kubernetes', Ray's, Argo CD's and mlgitops' domains, got {key}"
            hint = "take a domain of your own: example.com/" + key.partition("/")[2]
            text = pointer_text(pointer)
            findings.append(Finding(place, "render/reserved-label", "error", message, hint, text, resolved.subject))
    return findings


def code_files(resolved: ResolvedModel, code: Code, *taken: str, version: str | None = None) -> list[Finding]:
    """Code whose file names a ConfigMap can hold, besides the names that mlgitops adds.

    It stands beside the spec, or beside the record of the `version`.
    """
    findings = []
    folder = resolved.model_document.path.rpartition("/")[0]
    if version is not None:
        folder = f"{folder}/versions/{version}"
    for name in code.files:
        if not _FILE_NAME.fullmatch(name):
            what = "be letters, digits, '-', '_' and '.', at most 253, to be mounted"
        elif name in taken:
            what = "not be the name of the configuration that mlgitops mounts beside it"
        else:
            continue
        place = Location(f"{folder}/{name}")
        message = f"a code file's name must {what}, got {name[:80]!a}"
        findings.append(Finding(place, "render/code-file-name", "error", message, "rename it", "", resolved.subject))
    return findings


def submission_mode(resolved: ResolvedModel) -> list[Finding]:
    """A way to submit runs in which every pod can be hardened."""
    mode = resolved.environment.submissionMode
    if mode != "SidecarMode":
        return []
    pointer: Pointer = ("spec", "submissionMode")
    message = (
        "submissionMode must be HTTPMode or K8sJobMode, got SidecarMode: KubeRay gives the submitter container beside "
        "the head no security context, and a namespace with Pod Security `restricted` refuses the pod"
    )
    place, text = resolved.environment_document.locate(pointer), pointer_text(pointer)
    hint = "write HTTPMode, which starts as fast"
    return [Finding(place, "render/submission-mode", "error", message, hint, text, resolved.subject)]
