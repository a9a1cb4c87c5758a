"""Customising models in shards: the same bytes as one build, and failures that stay with whom they belong to."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import pytest

from mlgitops.errors import MlgitopsError
from mlgitops.render.emit import emit
from mlgitops.render.kustomization import customize as module
from mlgitops.render.kustomization.customize import Customized, customize, environment_objects, said, unused
from mlgitops.render.kustomization.schema import field_specs, openapi
from mlgitops.render.kustomization.values import Build, Files, identity, object_stream
from tests.render.kustomization_cases import built, checked, model_objects, real_kustomize

KUSTOMIZATION = """\
resources: [extra.yaml, quota.yaml]
configMapGenerator:
- name: ca
  namespace: growth
  files: [root.pem]
  options: {labels: {made: "yes"}}
labels:
- pairs: {tier: gold, cost-center: "0042"}
  includeTemplates: true
commonAnnotations: {example.com/note: "on: no # 012"}
images:
- {name: ghcr.io/example/ray, newName: mirror.example.com/ray, newTag: "2.41"}
- {name: mirror.example.com/evaluate, digest: sha256:0000000000000000000000000000000000000000000000000000000000000000}
patches:
- path: head.yaml
- path: named.yaml
- target: {kind: RayService, name: "model-0[1-3].*"}
  patch: |-
    - {op: add, path: /spec/serviceUnhealthySecondThreshold, value: 900}
    - {op: replace, path: /spec/rayClusterConfig/workerGroupSpecs/0/maxReplicas, value: 12}
- target: {kind: RayService, name: "model-013.*"}
  patch: |-
    - {op: test, path: /spec/rayClusterConfig/workerGroupSpecs/0/maxReplicas, value: 12}
    - {op: replace, path: /spec/rayClusterConfig/workerGroupSpecs/0/maxReplicas, value: 15}
- target: {kind: Job, labelSelector: "app.kubernetes.io/name in (model-007, model-070)"}
  patch: |-
    apiVersion: batch/v1
    kind: Job
    metadata: {name: any}
    spec:
      template:
        spec:
          containers:
          - {name: evaluate, image: mirror.example.com/evaluate:1, envFrom: [{configMapRef: {name: ca}}]}
- target: {kind: ResourceQuota}
  patch: "- {op: replace, path: /spec/hard/pods, value: '20'}"
- target: {kind: ConfigMap, name: model-050-code}
  patch: '[{"op": "add", "path": "/data/extra.py", "value": "x = 1"}, {"op": "remove", "path": "/data/empty.py"}]'
- target: {kind: PodMonitor}
  patch: "- {op: add, path: /spec/podMetricsEndpoints/0/scrapeTimeout, value: 10s}"
"""
FILES: dict[str, str | bytes] = {
    "extra.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shared, namespace: growth}\n"
    "data: {a: 'yes', b: '012'}\n"
    "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: gateway, namespace: growth}\nspec:\n"
    "  selector: {matchLabels: {a: b}}\n  template:\n    metadata: {labels: {a: b}}\n    spec:\n      containers:\n"
    "      - {name: main, image: ghcr.io/example/ray:1, envFrom: [{configMapRef: {name: ca}}]}\n",
    "quota.yaml": "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: quota, namespace: growth}\n"
    "spec: {hard: {pods: '10'}}\n",
    "root.pem": "-----BEGIN\nabc\n",
    "head.yaml": "apiVersion: ray.io/v1\nkind: RayJob\nmetadata: {name: model-042, namespace: growth}\nspec:\n"
    "  rayClusterSpec:\n    headGroupSpec:\n      template:\n        spec:\n          containers:\n"
    "          - {name: ray-head, resources: {limits: {memory: 16Gi}}}\n"
    "          - {name: log, image: ghcr.io/example/log:1}\n"
    "          volumes: [{name: ca, configMap: {name: ca}}]\n",
    "named.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: gateway, namespace: growth}\n"
    "spec: {replicas: 3}\n",
}
MODELS = {f"model-{number:03}": model_objects(f"model-{number:03}") for number in range(100)}


def test_shards_give_the_bytes_of_one_build() -> None:
    kustomization = checked(KUSTOMIZATION, FILES)
    models, findings = customize(kustomization, MODELS, real_kustomize())
    environment, more = environment_objects(kustomization, real_kustomize())
    assert (findings, more) == ([], [])
    assert unused(kustomization, [environment, *models.values()]) == []

    text = KUSTOMIZATION.replace("resources: [", "resources: [models.yaml, ")
    everything = [obj for objects in MODELS.values() for obj in objects]
    once = built(
        {
            **FILES,
            "kustomization.yaml": text + "openapi: {path: o.json}\nconfigurations: [f.json]\n",
            "models.yaml": object_stream(everything),
            "o.json": openapi(),
            "f.json": field_specs(),
        }
    )
    ours = [*environment.objects, *(obj for customized in models.values() for obj in customized.objects)]
    assert len(ours) == 100 * 8 + 4
    assert {identity(obj): emit(obj) for obj in ours} == {identity(obj): emit(obj) for obj in once}
    assert len(list(module._shards({name: module.use_of(kustomization, MODELS[name]) for name in MODELS}, MODELS))) > 2


def test_every_entry_of_that_kustomization_did_something() -> None:
    """A build in which nothing happens is the same in shards too."""
    kustomization = checked(KUSTOMIZATION, FILES)
    names = ("model-007", "model-013", "model-042", "model-050", "model-099")
    models, _ = customize(kustomization, {name: MODELS[name] for name in names}, real_kustomize())
    by_kind = {name: {obj["kind"]: obj for obj in models[name].objects} for name in names}
    (ca,) = [
        obj
        for obj in environment_objects(kustomization, real_kustomize())[0].objects
        if "made" in obj["metadata"]["labels"]
    ]
    reference = {"name": ca["metadata"]["name"]}
    assert by_kind["model-013"]["RayService"]["spec"]["serviceUnhealthySecondThreshold"] == 900
    assert "serviceUnhealthySecondThreshold" not in by_kind["model-042"]["RayService"]["spec"]
    (evaluate,) = by_kind["model-007"]["Job"]["spec"]["template"]["spec"]["containers"]
    assert evaluate["image"] == "mirror.example.com/evaluate@sha256:" + "0" * 64
    assert evaluate["envFrom"] == [{"configMapRef": reference}]
    head = by_kind["model-042"]["RayJob"]["spec"]["rayClusterSpec"]["headGroupSpec"]["template"]
    assert head["metadata"]["labels"] == {"app.kubernetes.io/name": "model-042", "tier": "gold", "cost-center": "0042"}
    assert [c["name"] for c in head["spec"]["containers"]] == ["ray-head", "log"]
    assert head["spec"]["containers"][0]["image"] == "mirror.example.com/ray:2.41"
    assert {v["name"]: v["configMap"] for v in head["spec"]["volumes"]} == {
        "code": {"name": "model-042-code"},
        "ca": reference,
    }
    assert by_kind["model-050"]["ConfigMap"]["data"] == {
        **{key: MODELS["model-050"][1]["data"][key] for key in ("train.py", "serve.py")},
        "extra.py": "x = 1",
    }
    assert by_kind["model-099"]["Service"]["metadata"]["annotations"] == {"example.com/note": "on: no # 012"}
    assert by_kind["model-013"]["RayService"]["spec"]["rayClusterConfig"]["workerGroupSpecs"][0]["maxReplicas"] == 15
    assert models["model-042"].patches == {0, 7}
    assert models["model-007"].patches == {4, 7}
    assert models["model-099"].images == {0}


def test_the_order_of_objects_is_kept() -> None:
    models, _ = customize(checked("commonAnnotations: {a: b}\n"), {"churn": model_objects("churn")}, real_kustomize())
    assert [identity(obj) for obj in models["churn"].objects] == [identity(obj) for obj in model_objects("churn")]


def _recording(answer: Callable[[Files], Build]) -> tuple[list[Files], Callable[[Sequence[Files]], list[Build]]]:
    seen: list[Files] = []

    def build_all(folders: Sequence[Files]) -> list[Build]:
        seen.extend(folders)
        return [answer(folder) for folder in folders]

    return seen, build_all


def _unchanged(folder: Files) -> Build:
    return str(folder.get("objects.yaml", "")), ""


def test_kustomize_sees_only_what_something_applies_to() -> None:
    kustomization = checked(
        "patches:\n- target: {kind: Service, name: churn}\n  patch: '[{op: add, path: /spec/x, value: 1}]'\n"
    )
    seen, build_all = _recording(_unchanged)
    models = {name: model_objects(name) for name in ("churn", "fraud")}
    done, _ = customize(kustomization, models, build_all)
    assert [[line for line in str(folder["objects.yaml"]).splitlines() if line != "---"] for folder in seen] == [
        [object_stream([models["churn"][5]]).strip()]
    ]
    assert done["fraud"].objects is models["fraud"]
    assert done["churn"].patches == {0}


def test_nothing_to_do_starts_nothing() -> None:
    seen, build_all = _recording(_unchanged)
    models = {"churn": model_objects("churn")}
    assert (
        customize(
            checked("resources: [a.yaml]\n", {"a.yaml": "{apiVersion: v1, kind: X, metadata: {name: a}}"}),
            models,
            build_all,
        ).findings
        == []
    )
    assert environment_objects(checked("commonAnnotations: {a: b}\n"), build_all) == (Customized([]), [])
    assert seen == []


def test_a_patch_that_names_one_model_goes_to_its_shard_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SHARD", 8)
    patch = "apiVersion: v1\n    kind: Service\n    metadata: {name: churn, namespace: growth}\n"
    text = f"commonAnnotations: {{a: b}}\npatches:\n- patch: |-\n    {patch}"
    seen, build_all = _recording(_unchanged)
    customize(checked(text), {name: model_objects(name) for name in ("churn", "fraud")}, build_all)
    assert ["patches" in json.loads(str(folder["kustomization.yaml"])) for folder in seen] == [True, False]


def test_one_model_that_fails_stops_no_other() -> None:
    text = "patches:\n- target: {kind: Service}\n  patch: '[{op: add, path: /spec/y, value: 1}]'\n" \
        "- target: {kind: Service}\n  patch: '[{op: remove, path: /spec/x}]'\n" \
        "- target: {kind: Service}\n  patch: '[{op: add, path: /spec/z, value: 1}]'\n"  # fmt: skip
    models = {f"m{number}": model_objects(f"m{number}") for number in range(12)}
    for name, objects in models.items():
        if name not in ("m3", "m9"):
            objects[5]["spec"]["x"] = 0
    done, findings = customize(checked(text), models, real_kustomize())
    assert list(done) == [name for name in models if name not in ("m3", "m9")]
    assert done["m0"].objects[5]["spec"] == {**model_objects("m0")[5]["spec"], "y": 1, "z": 1}
    assert [(f.code, str(f.location), f.subject, f.message) for f in findings] == [
        (
            "kustomize/failed",
            "environments/prod/kustomization.yaml:4:3",
            f"{name}@prod",
            f"kustomize refuses this for {name}: error in remove for path: '/spec/x': "
            "Unable to remove nonexistent key: x: missing value",
        )
        for name in ("m3", "m9")
    ]


def test_when_all_fail_the_search_ends() -> None:
    text = "patches:\n- target: {kind: Service}\n  patch: '[{op: remove, path: /spec/x}]'\n"
    models = {f"m{number}": model_objects(f"m{number}") for number in range(200)}
    seen, build_all = _recording(lambda folder: ("", "Error: no such thing"))
    done, findings = customize(checked(text), models, build_all)
    assert done == {}
    assert [f.subject for f in findings] == sorted(f"{name}@prod" for name in models) or len(findings) == 200
    assert len(seen) <= module.BLAME_BUILDS + 2


def test_an_object_that_vanishes_is_told() -> None:
    text = "patches:\n- target: {kind: Service, name: churn}\n  patch: '[{op: add, path: /spec/x, value: 1}]'\n"
    _, build_all = _recording(lambda _: ("", ""))
    done, (finding,) = customize(checked(text), {"churn": model_objects("churn")}, build_all)
    assert done == {}
    assert (finding.code, str(finding.location), finding.subject) == (
        "kustomize/patch-removes-object",
        "environments/prod/kustomization.yaml:2:3",
        "churn@prod",
    )
    assert finding.message == "expected 'Service growth/churn' to be there after customisation, got no such object"


def test_two_models_with_one_object_are_built_apart() -> None:
    """That both have it is told where all targets are known: `gitops/shared-resource`."""
    models = {"a": model_objects("churn"), "b": model_objects("churn")[:1], "c": model_objects("c")}
    done, findings = customize(checked("commonAnnotations: {a: b}\n"), models, real_kustomize())
    assert (list(done), findings) == (["a", "b", "c"], [])
    assert done["b"].objects == done["a"].objects[:1]
    alone, _ = customize(checked("commonAnnotations: {a: b}\n"), {"b": models["b"]}, real_kustomize())
    assert done["b"].objects == alone["b"].objects != models["b"]


def test_a_model_with_an_object_of_the_environment_is_customised() -> None:
    extra = "\napiVersion: v1\nkind: Service\nmetadata: {name: churn, namespace: growth}\n"
    text = "resources: [a.yaml]\ncommonAnnotations: {a: b}\n"
    models = {"churn": model_objects("churn")}
    done, findings = customize(checked(text, {"a.yaml": extra}), models, real_kustomize())
    assert findings == []
    assert all(obj["metadata"]["annotations"]["a"] == "b" for obj in done["churn"].objects)


def test_what_applies_to_nothing_is_told() -> None:
    text = (
        "resources: [a.yaml]\nimages:\n- {name: nowhere, newTag: v1}\npatches:\n"
        "- target: {kind: Service, name: chrun}\n  patch: '[{op: add, path: /x, value: 1}]'\n"
        "- patch: |-\n    apiVersion: v1\n    kind: Service\n    metadata: {name: churn}\n"
        "- target: {kind: Service, labelSelector: nobody=has}\n  patch: '[{op: add, path: /x, value: 1}]'\n"
        "- patch: |-\n    apiVersion: v1\n    kind: X\n    metadata: {name: a}\n    spec: {b: 1}\n"
    )
    kustomization = checked(text, {"a.yaml": "{apiVersion: v1, kind: X, metadata: {name: a}}"})
    models, findings = customize(kustomization, {"churn": model_objects("churn")}, real_kustomize())
    environment, more = environment_objects(kustomization, real_kustomize())
    assert (findings, more) == ([], [])
    assert environment.objects == [{"apiVersion": "v1", "kind": "X", "metadata": {"name": "a"}, "spec": {"b": 1}}]
    assert [(f.code, str(f.location), f.message) for f in unused(kustomization, [environment, *models.values()])] == [
        (
            "kustomize/patch-matches-nothing",
            "environments/prod/kustomization.yaml:5:3",
            "expected a patch of an object that is rendered here, got one of 'kind Service, name chrun'",
        ),
        (
            "kustomize/patch-matches-nothing",
            "environments/prod/kustomization.yaml:7:3",
            "expected a patch of an object that is rendered here, got one of 'Service churn'",
        ),
        (
            "kustomize/patch-matches-nothing",
            "environments/prod/kustomization.yaml:11:3",
            "expected a patch of an object that is rendered here, got one of 'kind Service, labelSelector nobody=has'",
        ),
        (
            "kustomize/image-matches-nothing",
            "environments/prod/kustomization.yaml:3:3",
            "expected the name of an image that is rendered here, got 'nowhere'",
        ),
    ]
    told = unused(kustomization, [environment, *models.values()], {"digits", "churn"})
    assert [finding.severity for finding in told] == ["warning"] * 4
    assert told[3].hint == (
        "nothing to do where it is for what will serve 'churn, digits'; "
        "else write the image as it is under rendered/, without tag and digest"
    )


def test_the_environments_own_objects_that_fail_are_told() -> None:
    text = "resources: [a.yaml]\npatches:\n- target: {kind: X}\n  patch: '[{op: remove, path: /spec}]'\n"
    kustomization = checked(text, {"a.yaml": "{apiVersion: v1, kind: X, metadata: {name: a}}"})
    made, (finding,) = environment_objects(kustomization, real_kustomize())
    assert made == Customized([])
    assert (finding.code, str(finding.location), finding.message) == (
        "kustomize/failed",
        "environments/prod/kustomization.yaml:3:3",
        "kustomize refuses this: error in remove for path: '/spec': "
        "Unable to remove nonexistent key: spec: missing value",
    )


def test_output_that_is_none_of_kustomizes_is_no_finding() -> None:
    _, build_all = _recording(lambda _: ("a: [", ""))
    with pytest.raises(MlgitopsError, match="kustomize wrote what is not YAML"):
        customize(checked("commonAnnotations: {a: b}\n"), {"churn": model_objects("churn")}, build_all)


def test_what_kustomize_says_is_told_without_documents() -> None:
    secret = "hunter2"
    text = f'Error: trouble with config: `\npatch: "{secret}"\n`: unable to parse from [patch: "{secret}"]'
    assert said(text) == "trouble with config: (an entry): unable to parse from (the patch)"
    text = f'Error: map[string]interface {{}}{{"a":"{secret}", "b":map[string]interface {{}}{{}}}}: yaml: bad\x1b[0m'
    assert said(text) == "(an object): yaml: bad\\\\x1b[0m".replace("\\\\", "\\")
    assert len(said("x" * 10_000)) < 500
