"""The schema that kustomize gets: Ray's lists merge by key, and Kubernetes' own kinds as if there were no schema."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mlgitops.render.kustomization.schema import field_specs, openapi
from mlgitops.render.kustomization.values import object_stream
from tests.render.kustomization_cases import built, cluster, container, template

META = {"name": "x", "namespace": "growth"}


def _build(objects: list[dict[str, Any]], *, ours: bool, **parts: Any) -> list[dict[str, Any]]:
    """What kustomize makes of objects, with our schema and field specs or with its own."""
    head = {"openapi": {"path": "o.json"}, "configurations": ["f.json"]} if ours else {}
    folder: dict[str, str | bytes] = {
        "kustomization.yaml": json.dumps({"resources": ["objects.yaml"], **head, **parts}),
        "objects.yaml": object_stream(objects),
        "o.json": openapi(),
        "f.json": field_specs(),
    }
    return built(folder)


def _object(api_version: str, kind: str, **fields: Any) -> dict[str, Any]:
    return {"apiVersion": api_version, "kind": kind, "metadata": {**META, "finalizers": ["a.example.com/x"]}, **fields}


POD = {
    "containers": [container("main"), container("side", "side:1")],
    "initContainers": [container("init")],
    "ephemeralContainers": [container("debug")],
    "volumes": [{"name": "code", "emptyDir": {}}, {"name": "tmp", "emptyDir": {}}],
    "imagePullSecrets": [{"name": "registry"}],
    "hostAliases": [{"ip": "10.0.0.1", "hostnames": ["a"]}],
    "tolerations": [{"key": "a", "operator": "Exists"}],
    "topologySpreadConstraints": [
        {"topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule", "maxSkew": 1},
        {"topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway", "maxSkew": 1},
    ],
}
PATCHED_POD = {
    "containers": [
        {
            "name": "main",
            "image": "main:2",
            "env": [{"name": "NO", "value": "yes"}, {"name": "NEW", "value": "1"}],
            "ports": [{"containerPort": 6379, "protocol": "UDP"}, {"containerPort": 8265, "protocol": "TCP"}],
            "volumeMounts": [{"mountPath": "/tmp", "name": "tmp"}, {"mountPath": "/code", "$patch": "delete"}],
            "volumeDevices": [{"devicePath": "/dev/x", "name": "d"}],
            "command": ["run"],
        },
        {"name": "side", "$patch": "delete"},
        {"name": "third", "image": "third:1"},
    ],
    "initContainers": [{"name": "init", "resources": {"limits": {"memory": "1Gi"}}}],
    "ephemeralContainers": [{"name": "debug", "image": "debug:2"}],
    "volumes": [{"name": "tmp", "emptyDir": {"sizeLimit": "1Gi"}}, {"name": "more", "emptyDir": {}}],
    "imagePullSecrets": [{"name": "mirror"}],
    "hostAliases": [{"ip": "10.0.0.2", "hostnames": ["b"]}],
    "tolerations": [{"key": "b", "operator": "Exists"}],
    "topologySpreadConstraints": [{"topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway", "maxSkew": 5}],
}
WEBHOOKS = "admissionregistration.k8s.io/v1"
BUILT_IN: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (_object("v1", "Pod", spec=POD), {"spec": PATCHED_POD}),
    *(
        (_object(api, kind, spec={"template": {"spec": POD}}), {"spec": {"template": {"spec": PATCHED_POD}}})
        for api, kind in (
            ("apps/v1", "Deployment"),
            ("apps/v1", "StatefulSet"),
            ("apps/v1", "DaemonSet"),
            ("apps/v1", "ReplicaSet"),
            ("batch/v1", "Job"),
            ("v1", "ReplicationController"),
        )
    ),
    (_object("v1", "PodTemplate", template={"spec": POD}), {"template": {"spec": PATCHED_POD}}),
    (
        _object("batch/v1", "CronJob", spec={"jobTemplate": {"spec": {"template": {"spec": POD}}}}),
        {"spec": {"jobTemplate": {"spec": {"template": {"spec": PATCHED_POD}}}}},
    ),
    (
        _object("v1", "Service", spec={"ports": [{"port": 80, "protocol": "TCP", "name": "http"}, {"port": 81}]}),
        {"spec": {"ports": [{"port": 80, "protocol": "TCP", "targetPort": 8000}, {"port": 82, "protocol": "TCP"}]}},
    ),
    (
        _object("v1", "ServiceAccount", secrets=[{"name": "a"}], imagePullSecrets=[{"name": "a"}]),
        {"secrets": [{"name": "b"}], "imagePullSecrets": [{"name": "b"}]},
    ),
    *(
        (_object(WEBHOOKS, kind, webhooks=[{"name": "a", "timeoutSeconds": 1}]), {"webhooks": [{"name": "a", "x": 1}]})
        for kind in ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration")
    ),
    *(
        (_object(api, kind, spec={"list": [{"name": "a"}]}), {"spec": {"list": [{"name": "b"}]}})
        for api, kind in (
            ("v1", "ConfigMap"),
            ("v1", "Secret"),
            ("v1", "Namespace"),
            ("v1", "ResourceQuota"),
            ("v1", "LimitRange"),
            ("v1", "PersistentVolume"),
            ("v1", "PersistentVolumeClaim"),
            ("v1", "Endpoints"),
            ("networking.k8s.io/v1", "NetworkPolicy"),
            ("networking.k8s.io/v1", "Ingress"),
            ("networking.k8s.io/v1", "IngressClass"),
            ("policy/v1", "PodDisruptionBudget"),
            ("rbac.authorization.k8s.io/v1", "Role"),
            ("rbac.authorization.k8s.io/v1", "RoleBinding"),
            ("rbac.authorization.k8s.io/v1", "ClusterRole"),
            ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
            ("scheduling.k8s.io/v1", "PriorityClass"),
            ("storage.k8s.io/v1", "StorageClass"),
            ("autoscaling/v1", "HorizontalPodAutoscaler"),
            ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
            ("example.com/v1", "Unknown"),
        )
    ),
]


def test_kinds_of_kubernetes_merge_as_without_our_schema() -> None:
    objects = [obj for obj, _ in BUILT_IN]
    finalizers = {"finalizers": ["b.example.com/y"]}
    patches = [
        {
            "patch": json.dumps(
                {**patch, "apiVersion": obj["apiVersion"], "kind": obj["kind"], "metadata": {**META, **finalizers}}
            )
        }
        for obj, patch in BUILT_IN
    ]
    ours = {(obj["apiVersion"], obj["kind"]): obj for obj in _build(objects, ours=True, patches=patches)}
    own = {(obj["apiVersion"], obj["kind"]): obj for obj in _build(objects, ours=False, patches=patches)}
    assert len(own) == len(BUILT_IN)
    assert ours == own
    # What would be the same if no list were merged at all proves nothing.
    names = [item["name"] for item in own["apps/v1", "Deployment"]["spec"]["template"]["spec"]["containers"]]
    assert sorted(names) == ["main", "third"]
    assert own["v1", "ConfigMap"]["metadata"]["finalizers"] == ["b.example.com/y", "a.example.com/x"]


def test_a_patch_of_rays_pods_merges_by_key() -> None:
    spec = cluster("x")
    spec["headGroupSpec"]["template"]["spec"] = POD
    second = {"groupName": "gpu", "template": {"spec": {"containers": [container("ray-worker")]}}}
    spec["workerGroupSpecs"].append(second)
    change = {
        "headGroupSpec": {"template": {"spec": PATCHED_POD}},
        "workerGroupSpecs": [{"groupName": "gpu", "maxReplicas": 9}],
        "autoscalerOptions": {"env": [{"name": "A", "value": "1"}]},
    }
    places = {"RayCluster": ("spec",), "RayJob": ("spec", "rayClusterSpec"), "RayService": ("spec", "rayClusterConfig")}
    objects = [_object("ray.io/v1", kind, **_nested(place, spec)) for kind, place in places.items()]
    patches = [
        {"patch": json.dumps({"apiVersion": "ray.io/v1", "kind": kind, "metadata": META, **_nested(place, change)})}
        for kind, place in places.items()
    ]
    made = {obj["kind"]: obj for obj in _build(objects, ours=True, patches=patches)}
    as_deployment = _build([BUILT_IN[1][0]], ours=False, patches=[
        {"patch": json.dumps({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": META, **BUILT_IN[1][1]})}
    ])[0]["spec"]["template"]["spec"]  # fmt: skip
    for kind, place in places.items():
        got = made[kind]
        for key in place:
            got = got[key]
        assert got["headGroupSpec"]["template"]["spec"] == as_deployment
        assert {group["groupName"]: group.get("maxReplicas") for group in got["workerGroupSpecs"]} == {
            "gpu": 9,
            "workers": 4,
        }
        assert got["workerGroupSpecs"][0]["template"] == second["template"]
        assert got["autoscalerOptions"] == {**spec["autoscalerOptions"], "env": [{"name": "A", "value": "1"}]}


def test_a_patch_of_rays_services_merges_their_ports() -> None:
    ports = {"spec": {"ports": [{"port": 80, "protocol": "TCP", "name": "http"}]}}
    more = {"spec": {"ports": [{"port": 81, "protocol": "TCP", "name": "admin"}]}}
    spec = {"serveService": ports, "rayClusterConfig": {"headGroupSpec": {"headService": ports}}}
    change = {"serveService": more, "rayClusterConfig": {"headGroupSpec": {"headService": more}}}
    patch = {"apiVersion": "ray.io/v1", "kind": "RayService", "metadata": META, "spec": change}
    (made,) = _build([_object("ray.io/v1", "RayService", spec=spec)], ours=True, patches=[{"patch": json.dumps(patch)}])
    both = {"spec": {"ports": [*more["spec"]["ports"], *ports["spec"]["ports"]]}}
    assert made["spec"] == {"serveService": both, "rayClusterConfig": {"headGroupSpec": {"headService": both}}}


def test_without_the_schema_a_patch_would_drop_containers() -> None:
    """The reason for all this: should kustomize learn it some day, this test says so."""
    obj = _object("ray.io/v1", "RayCluster", spec={"headGroupSpec": {"template": {"spec": POD}}})
    patch = {"headGroupSpec": {"template": {"spec": {"containers": [{"name": "side", "image": "side:2"}]}}}}
    patches = [
        {"patch": json.dumps({"apiVersion": "ray.io/v1", "kind": "RayCluster", "metadata": META, "spec": patch})}
    ]
    (bare,) = _build([obj], ours=False, patches=patches)
    assert [c["name"] for c in bare["spec"]["headGroupSpec"]["template"]["spec"]["containers"]] == ["side"]
    (merged,) = _build([obj], ours=True, patches=patches)
    containers = merged["spec"]["headGroupSpec"]["template"]["spec"]["containers"]
    assert sorted(c["name"] for c in containers) == ["main", "side"]


def test_images_and_labels_reach_rays_pods() -> None:
    spec = cluster("x")
    image_volume = {"name": "weights", "image": {"reference": "ghcr.io/example/ray:2.40"}}
    spec["headGroupSpec"]["template"]["spec"]["volumes"].append(image_volume)
    job = {"rayClusterSpec": spec, "submitterPodTemplate": template("ray-job-submitter", "x")}
    objects = [
        _object("ray.io/v1", "RayJob", spec=job),
        _object("ray.io/v1", "RayService", spec={"rayClusterConfig": spec}),
    ]
    made = _build(
        objects,
        ours=True,
        images=[{"name": "ghcr.io/example/ray", "digest": "sha256:" + "0" * 64}],
        labels=[{"pairs": {"tier": "gold"}, "includeTemplates": True}],
    )
    wanted = json.dumps(objects).replace("ghcr.io/example/ray:2.40", "ghcr.io/example/ray@sha256:" + "0" * 64)
    expected = json.loads(wanted.replace('"labels": {', '"labels": {"tier": "gold", '))
    for obj in expected:
        obj["metadata"]["labels"] = {"tier": "gold"}
    assert made == expected


def test_labels_without_templates_leave_pods_alone() -> None:
    (made,) = _build(
        [_object("ray.io/v1", "RayCluster", spec=cluster("x"))], ours=True, labels=[{"pairs": {"tier": "gold"}}]
    )
    assert made["metadata"]["labels"] == {"tier": "gold"}
    assert made["spec"] == cluster("x")


def test_generated_names_reach_rays_pods() -> None:
    uses = {
        "volumes": [
            {"name": "a", "configMap": {"name": "ca"}},
            {"name": "b", "projected": {"sources": [{"configMap": {"name": "ca"}}]}},
        ],
        "containers": [
            {"name": "c", "envFrom": [{"configMapRef": {"name": "ca"}}]},
            {"name": "d", "env": [{"name": "X", "valueFrom": {"configMapKeyRef": {"name": "ca", "key": "k"}}}]},
        ],
        "initContainers": [{"name": "e", "envFrom": [{"configMapRef": {"name": "ca"}}]}],
    }
    spec = {
        "rayClusterSpec": {
            "headGroupSpec": {"template": {"spec": uses}},
            "workerGroupSpecs": [{"groupName": "w", "template": {"spec": uses}}],
        },
        "submitterPodTemplate": {"spec": uses},
    }
    generators = [{"name": "ca", "namespace": "growth", "literals": ["k=v"]}]
    made = {
        obj["kind"]: obj
        for obj in _build([_object("ray.io/v1", "RayJob", spec=spec)], ours=True, configMapGenerator=generators)
    }
    name = made["ConfigMap"]["metadata"]["name"]
    assert name.startswith("ca-")
    assert made["RayJob"]["spec"] == json.loads(json.dumps(spec).replace('"name": "ca"', f'"name": "{name}"'))


@pytest.mark.parametrize("text", [openapi(), field_specs()])
def test_texts_are_canonical_json(text: str) -> None:
    assert text == json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"))


def _nested(place: tuple[str, ...], value: Any) -> dict[str, Any]:
    for key in reversed(place):
        value = {key: value}
    return dict(value)
