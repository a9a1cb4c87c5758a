"""A run's identity: a digest over what decides the result of training, read from the final objects.

    objects = name_run(objects)          # after kustomize and templates: the RayJob is now `churn-3f2a91bc`

These fields decide, and no others:

    inputs       every byte of the target's ConfigMaps that the run's pods get, as files or as variables: the training
                 code and `contract.run.RunInputs` (model, task, columns, digests of the training data, framework,
                 estimator, entrypoint, hyperparameters, seed, workers, accelerators, attempt)
    images       of the head's and of every worker group's first container; the digest alone where there is one, so
                 that a mirror changes nothing
    workers      of each group: its name, replicas and their bounds, hosts of a replica, and per pod the extended
                 resources (GPUs), which are all resources but `cpu`, `memory` and `ephemeral-storage`
    environment  the environment variables of these containers that mlgitops does not set itself, or not so
    commands     `entrypoint` where it is not mlgitops' own, `runtimeEnvYAML`, and the command and arguments that
                 somebody gave a container
    pods         what a patch adds to a pod that decides (`run_pod`): init containers, `envFrom`, volumes and where they
                 are mounted, working directories, claims of devices, and fields that nobody here knows

A label, a toleration, a node selector, a deadline, a retry, CPU and memory, the queue, a container beside Ray's, a
comment in a policy and a new version of mlgitops change no identity; what a kustomization or a template changes of
these fields does. So the same run has the same name in every commit, and Argo CD starts it once.

`MLGITOPS_RUN` tells the identity to the driver and to the Jobs. They are named after the run too, and after
a digest of their pod template, which Kubernetes does not let anybody change: a new label makes a new Job, which finds
the run's result there and exits.
"""

from __future__ import annotations

import hashlib
import json

from mlgitops.contract import places
from mlgitops.render import run_pod
from mlgitops.render.names import content_digits, run_name
from mlgitops.render.objects import Object, ObjectSet, RenderedObject, fields, items

RAY_JOB_FILE = "rayjob.yaml"
"""The run. A RayJob that a template adds is somebody else's."""
JOB_FILES = {"job-evaluate.yaml": "evaluate", "job-sign.yaml": "sign"}
"""The Jobs that follow it, with what each adds to the run's name."""
TEMPLATE_DIGITS = 5
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=str).encode


def identity(objects: ObjectSet) -> str | None:
    """The identity (`sha256:…`) of the run that a target's final objects ask for; None where there is no RayJob."""
    job = _ray_job(objects)
    if job is None:
        return None
    maps = {o.data["metadata"]["name"]: _contents(o.data) for o in objects if o.data.get("kind") == "ConfigMap"}
    return "sha256:" + hashlib.sha256(_encode(deciding_fields(job, maps)).encode()).hexdigest()


def deciding_fields(job: Object, config_maps: dict[str, Object]) -> Object:
    """What of a RayJob decides the result; `config_maps` are the target's, by name."""
    spec = fields(job.get("spec"))
    cluster = fields(spec.get("rayClusterSpec"))
    groups = items(cluster.get("workerGroupSpecs"))
    pods = [_pod(group) for group in (fields(cluster.get("headGroupSpec")), *groups)]
    containers = [run_pod.main_container(pod) for pod in pods]
    mounted = sorted({name for pod in pods for name in run_pod.config_maps(pod)})
    deciding: Object = {
        "inputs": [config_maps[name] for name in mounted if name in config_maps],
        "images": [run_pod.image(container) for container in containers],
        "workers": [_workers(group) for group in groups],
        "environment": [run_pod.environment(container) for container in containers],
        "commands": [[container.get("command"), container.get("args")] for container in containers],
    }
    further = [run_pod.further_fields(pod, accelerators=not number) for number, pod in enumerate(pods)]
    if any(further):
        deciding["pods"] = further
    if spec.get("entrypoint") != places.TRAIN_ENTRYPOINT:
        deciding["entrypoint"] = spec.get("entrypoint")
    if spec.get("runtimeEnvYAML"):
        deciding["runtimeEnv"] = spec["runtimeEnvYAML"]
    return deciding


def name_run(objects: ObjectSet) -> ObjectSet:
    """The objects with the run's name and identity in them; objects without a RayJob as they are."""
    run = identity(objects)
    job = _ray_job(objects)
    if run is None or job is None:
        return objects
    name = run_name(job["metadata"]["name"], run)
    return tuple(RenderedObject(file, _named(file, data, name, run)) for file, data in objects)


def _named(file: str, data: Object, name: str, run: str) -> Object:
    if file == RAY_JOB_FILE:
        return _renamed(_with(data, ("spec", "rayClusterSpec", "headGroupSpec", "template"), run), name)
    if file in JOB_FILES:
        told = _with(data, ("spec", "template"), run)
        digits = content_digits(_encode(fields(told.get("spec")).get("template")))[:TEMPLATE_DIGITS]
        return _renamed(told, f"{name}-{JOB_FILES[file]}-{digits}")
    return data


def _with(data: Object, path: tuple[str, ...], run: str) -> Object:
    """A copy in which the pod template at a path knows the run; as it is where there is none."""
    if not path:
        return _told(data, run)
    inner = data.get(path[0])
    return {**data, path[0]: _with(inner, path[1:], run)} if isinstance(inner, dict) else data


def _renamed(data: Object, name: str) -> Object:
    return {**data, "metadata": {**data["metadata"], "name": name}}


def _told(template: Object, run: str) -> Object:
    """A pod template whose first container knows the run's identity; what is no such template stays as it is.

    The preflight, which comes later, must see what a patch put there.
    """
    spec = fields(template.get("spec"))
    containers = spec.get("containers")
    first = containers[0] if isinstance(containers, list) and containers else None
    known = first.get("env") or [] if isinstance(first, dict) else None
    if not isinstance(containers, list) or not isinstance(first, dict) or not isinstance(known, list):
        return template
    env = [one for one in known if not isinstance(one, dict) or one.get("name") != places.RUN_VARIABLE]
    told = {**first, "env": [*env, {"name": places.RUN_VARIABLE, "value": run}]}
    return {**template, "spec": {**spec, "containers": [told, *containers[1:]]}}


def _ray_job(objects: ObjectSet) -> Object | None:
    return next((data for file, data in objects if data.get("kind") == "RayJob" and file == RAY_JOB_FILE), None)


def _contents(config_map: Object) -> Object:
    return {**fields(config_map.get("data")), **fields(config_map.get("binaryData"))}


def _pod(group: Object) -> Object:
    """The spec of a group's pods."""
    return fields(fields(group.get("template")).get("spec"))


def _workers(group: Object) -> Object:
    return {
        "group": group.get("groupName"),
        "replicas": [group.get(name) for name in ("replicas", "minReplicas", "maxReplicas", "numOfHosts")],
        "resources": run_pod.extended(run_pod.main_container(_pod(group)).get("resources")),
    }
