"""Who answers while requests move from one release to the next: the backends of the model's HTTPRoute.

    canary, blueGreen   weights between both
    abTest              weights, or a rule of its own for the requests of a cohort
    shadow              the old one answers, and the new one gets a copy (`RequestMirror`)

Each release has a Service of its own already: KubeRay's `<rayservice>-serve-svc`, which selects the pods of the
RayService's cluster that are ready. So no pod needs a label that tells releases apart, which would start a new cluster;
a step of a rollout changes the HTTPRoute and nothing else, and the RayService that a release was tried with is, byte
for byte, the one that it goes on with. KubeRay makes that Service when the release first answers: until then nothing
refers to it (weight 0 is no backend), or gateways would refuse a share of requests.

When the rollout is over the route stays with that Service. The one of the model's name selects pods of both releases,
and would send requests back to the old one while its pods go.
"""

from __future__ import annotations

from mlgitops.render.names import service_name
from mlgitops.render.objects import Object
from mlgitops.render.ray_cluster import SERVE_PORT
from mlgitops.spec.documents.environment import Cohort
from mlgitops.spec.documents.release import Rollout
from mlgitops.spec.documents.types import seconds
from mlgitops.spec.resolve import ResolvedModel

FULL = 100
"""The weight of a release that answers all requests."""


def release_service(model: str, version: str) -> str:
    """KubeRay's Service of a release (GenerateServeServiceName): at most 57 characters."""
    return f"{service_name(model, version)}-serve-svc"


def answering(resolved: ResolvedModel, previous: ResolvedModel | None) -> ResolvedModel:
    """The release whose route and timeout hold: the one that answers; of two, the one that may take longer.

    Releases with routes of their own (blueGreen alone has such) are never mixed: all requests go to one, by its paths.
    """
    rollout = resolved.rollout
    if previous is None or rollout is None or rollout.weight == FULL:
        return resolved
    if rollout.weight == 0 and rollout.cohort is None:
        return previous
    return max(resolved, previous, key=lambda one: seconds(one.spec.serving.timeout) if one.spec.serving else 0)


def shifted(route: Object, resolved: ResolvedModel, previous: ResolvedModel | None) -> Object:
    """The model's HTTPRoute with the backends of a rollout's step; as it is where there is no rollout.

    `previous` is the model as the release before serves, absent when the rollout is over.
    """
    rollout = resolved.rollout
    if rollout is None:
        return route
    new, old = _backend(resolved), _backend(previous) if previous is not None else None
    result: Object = {**route, "spec": {**route["spec"]}}
    if old is None:
        result["spec"]["rules"] = [{**rule, "backendRefs": [new]} for rule in route["spec"]["rules"]]
        return result
    rules = [_weighted(rule, new, old, rollout) for rule in route["spec"]["rules"]]
    if rollout.cohort is not None:
        rules = [_of_cohort(rule, new, rollout.cohort) for rule in route["spec"]["rules"]] + rules
    result["spec"]["rules"] = rules
    return result


def _backend(resolved: ResolvedModel) -> Object:
    assert resolved.version is not None  # two releases serve, or nothing is shifted
    name = release_service(resolved.metadata.name, resolved.version.metadata.name)
    return {"group": "", "kind": "Service", "name": name, "port": SERVE_PORT, "weight": FULL}


def _weighted(rule: Object, new: Object, old: Object, rollout: Rollout) -> Object:
    shares = ((old, FULL - rollout.weight), (new, rollout.weight))
    result = {**rule, "backendRefs": [{**backend, "weight": weight} for backend, weight in shares if weight]}
    if rollout.mirror:
        copy = {key: value for key, value in new.items() if key != "weight"}
        mirror = {"type": "RequestMirror", "requestMirror": {"backendRef": copy}}
        result["filters"] = [mirror, *rule.get("filters", [])]
    return result


def _of_cohort(rule: Object, new: Object, cohort: Cohort) -> Object:
    """The rule for requests of the cohort: more matches win, so it comes before the one for all."""
    headers = [_header(cohort)]
    return {**rule, "backendRefs": [new], "matches": [{**match, "headers": headers} for match in rule["matches"]]}


def _header(cohort: Cohort) -> Object:
    if cohort.by == "header":
        return {"name": cohort.name, "type": "Exact", "value": cohort.value}
    value = cohort.value.replace(".", "[.]")
    return {"name": "Cookie", "type": "RegularExpression", "value": f"^(.*; )?{cohort.name}={value}(;.*)?$"}
