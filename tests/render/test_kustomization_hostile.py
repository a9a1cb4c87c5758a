"""Kustomizations that would reach out of their environment, or change what must not change: none gets to kustomize."""

from __future__ import annotations

import json

import pytest

from mlgitops.findings import Finding
from tests.render.kustomization_cases import read

REMOTES = (
    "https://example.com/manifests.yaml",
    "http://example.com/manifests.yaml",
    "HTTPS://EXAMPLE.COM/x",
    "https://github.com/example/repo//base?ref=main",
    "github.com/example/repo",
    "github.com/example/repo//base?ref=v1",
    "www.github.com/example/repo",
    "gitlab.com/example/repo",
    "git@github.com:example/repo",
    "git@example.com:repo.git",
    "someone@example.com:repo",
    "git::https://example.com/repo",
    "git::ssh://git@example.com/repo",
    "ssh://git@example.com/repo.git",
    "git://example.com/repo",
    "file:///etc/passwd",
    "file://localhost/etc",
    "oci://example.com/chart",
    "s3://bucket/key",
    "base?ref=main",
    "base?version=v1",
    "base?timeout=90s",
    "x&ref=main",
    "example.com/org/repo.git",
    "example.com/org//base",
)
OUTSIDE = (
    "..",
    "../staging/kustomization.yaml",
    "../../specs/churn/model.yaml",
    "a/../../x.yaml",
    "./../x.yaml",
    "patches/../ok.yaml",
    "/etc/passwd",
    "/",
    "~/x.yaml",
    "~root/x",
    "C:\\windows\\x.yaml",
    "c:/x.yaml",
    "..\\x.yaml",
    "patches\\x.yaml",
    ".",
    "./",
    "patches",
    "",
    " ",
    " ok.yaml",
    "ok.yaml ",
    "ok\u0000.yaml",
    "ok\n.yaml",
    "ok\u202e.yaml",
    "environment.yaml",
    "./environment.yaml",
    "kustomization.yaml",
    "releases/churn.yaml",
    "runs/churn.yaml",
    "templates/x.yaml",
    "missing.yaml",
    "link.yaml",
    "linked/inside.yaml",
    "ok.yaml/",
    "OK.yaml",
    "//ok.yaml",
)
KEYS: dict[str, object] = {
    "namePrefix": "x-",
    "nameSuffix": "-x",
    "namespace": "kube-system",
    "bases": ["ok.yaml"],
    "components": ["patches"],
    "crds": ["ok.yaml"],
    "openapi": {"path": "ok.yaml"},
    "configurations": ["ok.yaml"],
    "generators": ["ok.yaml"],
    "transformers": ["ok.yaml"],
    "validators": ["ok.yaml"],
    "helmCharts": [{"name": "x", "repo": "https://example.com"}],
    "helmGlobals": {"chartHome": "x"},
    "helmChartInflationGenerator": [{"chartName": "x"}],
    "secretGenerator": [{"name": "s", "literals": ["password=x"]}],
    "vars": [{"name": "X"}],
    "replacements": [{"path": "ok.yaml"}],
    "replicas": [{"name": "x", "count": 3}],
    "buildMetadata": ["originAnnotations"],
    "sortOptions": {"order": "legacy"},
    "commonLabels": {"a": "b"},
    "imageTags": [{"name": "x", "newTag": "y"}],
    "patchesStrategicMerge": ["ok.yaml"],
    "patchesJson6902": [{"path": "ok.yaml"}],
    "inventory": {},
    "NamePrefix": "x-",
    "NAMESPACE": "x",
    "Helmcharts": [],
    "Transformers": ["ok.yaml"],
    "secretgenerator": [],
    "resource": ["ok.yaml"],
    "\u017fecretGenerator": [],  # a long s: Go folds it to s
}
FUNCTION = {"config.kubernetes.io/function": "exec: {path: ./run.sh}"}
RESOURCES: dict[str, object] = {
    "a function": {"metadata": {"name": "x", "annotations": FUNCTION}},
    "a container": {"metadata": {"name": "x", "annotations": {"config.kubernetes.io/function": "container: {}"}}},
    "a hidden object": {"metadata": {"name": "x", "annotations": {"config.kubernetes.io/local-config": "true"}}},
    "an internal id": {"metadata": {"name": "x", "annotations": {"internal.config.kubernetes.io/index": "1"}}},
    "a label of ours": {"metadata": {"name": "x", "labels": {"mlgitops.dev/model": "churn"}}},
    "a kustomization": {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"},
    "a component": {"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component"},
    "a builtin": {"apiVersion": "builtin", "kind": "HelmChartInflationGenerator"},
    "a document of ours": {"apiVersion": "mlgitops.dev/v1alpha1", "kind": "Environment"},
    "a list": {"kind": "List", "items": []},
    "a list of config maps": {"kind": "ConfigMapList", "items": []},
    "no kind": {"kind": ""},
    "no apiVersion": {"apiVersion": None},
    "no name": {"metadata": {}},
    "no metadata": {"metadata": None},
}
TARGET = {"kind": "ConfigMap"}
OPERATIONS: tuple[list[dict[str, object]], ...] = (
    [{"op": "replace", "path": "/metadata/name", "value": "x"}],
    [{"op": "replace", "path": "/metadata/namespace", "value": "kube-system"}],
    [{"op": "replace", "path": "/kind", "value": "Secret"}],
    [{"op": "replace", "path": "/apiVersion", "value": "v2"}],
    [{"op": "replace", "path": "/metadata", "value": {}}],
    [{"op": "remove", "path": "/metadata"}],
    [{"op": "remove", "path": ""}],
    [{"op": "replace", "path": "", "value": {}}],
    [{"op": "move", "from": "/metadata/name", "path": "/x"}],
    [{"op": "move", "from": "/x", "path": "/metadata/name"}],
    [{"op": "copy", "from": "/x", "path": "/kind"}],
    [{"op": "add", "path": "/metadata/annotations/config.kubernetes.io~1function", "value": "x"}],
    [{"op": "add", "path": "/metadata/annotations", "value": FUNCTION}],
    [{"op": "add", "path": "/metadata/labels/mlgitops.dev~1model", "value": "x"}],
    [{"op": "run", "path": "/x"}],
    [{"op": "add", "path": "x", "value": 1}],
    [{"op": "add", "path": "/x"}],
    [{"op": "add", "path": "/x", "value": 1, "from": "/y"}],
    [{"op": "add", "path": 1, "value": 1}],
    [{"op": ["add"], "path": "/x", "value": 1}],
    [],
)
STRATEGIC: tuple[dict[str, object], ...] = (
    {"$patch": "delete"},
    {"metadata": {"name": "x", "annotations": FUNCTION}},
    {"metadata": {"name": "x", "annotations": {"config.kubernetes.io/local-config": "true"}}},
    {"metadata": {"name": "x", "labels": {"mlgitops.dev/model": "y"}}},
    {"metadata": {"name": ""}},
    {"kind": None},
)
TARGETS: tuple[object, ...] = (
    {},
    {"kind": ""},
    {"name": "(a+)+$"},
    {"name": "(a|a)*"},
    {"name": "a.*.*.*.*.*b"},
    {"name": "("},
    {"name": "a)"},
    {"name": "*"},
    {"name": "a**"},
    {"name": "a++"},
    {"name": "(?i)x"},
    {"name": "(?=x)"},
    {"name": "\\1"},
    {"name": "x" * 201},
    {"labelSelector": "a=b="},
    {"labelSelector": "a in ()"},
    {"labelSelector": ","},
    {"annotationSelector": "a=b,"},
    {"kinds": "x"},
    {"name": 1},
    [],
    "churn",
)
VALUES: dict[str, object] = {
    "labels": {"a": "b"},
    "labels ": [{"pairs": {"a": True}}],
    "labels  ": [{"pairs": {"a": "x" * 64}}],
    "labels   ": [{"pairs": {"a b": "x"}}],
    "labels    ": [{"pairs": {"a": "b"}, "includeSelectors": True}],
    "labels     ": [{"pairs": {"a": "b"}, "fields": [{"path": "spec/selector", "create": True}]}],
    "labels      ": [{"pairs": {"mlgitops.dev/model": "x"}}],
    "labels       ": ["a"],
    "labels        ": [{}],
    "commonAnnotations": {"config.kubernetes.io/function": "x"},
    "commonAnnotations ": {"internal.config.kubernetes.io/x": "x"},
    "commonAnnotations  ": {"a": 1},
    "commonAnnotations   ": [],
    "images": [{"name": ".*", "newTag": "x"}],
    "images ": [{"name": "x", "newTag": 1.1}],
    "images  ": [{"name": "x", "digest": "sha256:123"}],
    "images   ": [{"name": "x"}],
    "images    ": [{"newTag": "x"}],
    "images     ": [{"name": "x", "newTag": "1", "digest": "sha256:" + "0" * 64}],
    "images      ": [{"name": "x", "newtag": "1"}],
    "configMapGenerator": [{"name": "x", "behavior": "replace"}],
    "configMapGenerator ": [{"name": "../x"}],
    "configMapGenerator  ": [{"files": ["ok.yaml"]}],
    "configMapGenerator   ": [{"name": "x", "literals": ["novalue"]}],
    "configMapGenerator    ": [{"name": "x", "options": {"annotations": {"config.kubernetes.io/function": "x"}}}],
    "generatorOptions": {"disableNameSuffixHash": "yes"},
    "kind": "Component",
    "apiVersion": "kustomize.config.k8s.io/v1alpha1",
    "metadata": "x",
}

FILES: dict[str, str | bytes] = {
    "ok.yaml": '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "ok"}}',
    "patches/x.yaml": '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "ok"}}',
    # As a caller would give them who follows links.
    "link.yaml": '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "link"}}',
    "linked/inside.yaml": '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "inside"}}',
    "environment.yaml": "{}",
    "releases/churn.yaml": "{}",
    "runs/churn.yaml": "{}",
    "templates/x.yaml": "{}",
}
LINKS = ("environments/prod/link.yaml", "environments/prod/linked")


def _cases() -> dict[str, tuple[object, dict[str, str | bytes]]]:
    """Name → (kustomization, further files)."""
    cases: dict[str, tuple[object, dict[str, str | bytes]]] = {}
    for path in (*REMOTES, *OUTSIDE):
        cases[f"resources {path!r}"] = ({"resources": [path]}, {})
        cases[f"patch {path!r}"] = ({"patches": [{"path": path, "target": TARGET}]}, {})
        cases[f"files {path!r}"] = ({"configMapGenerator": [{"name": "x", "files": [path]}]}, {})
        cases[f"files with a key {path!r}"] = ({"configMapGenerator": [{"name": "x", "files": [f"key={path}"]}]}, {})
        cases[f"envs {path!r}"] = ({"configMapGenerator": [{"name": "x", "envs": [path]}]}, {})
        cases[f"env {path!r}"] = ({"configMapGenerator": [{"name": "x", "env": path}]}, {})
    for key, value in KEYS.items():
        cases[f"key {key}"] = ({key: value}, {})
    for name, change in RESOURCES.items():
        thing = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, **change}  # type: ignore[dict-item]
        cases[f"resource: {name}"] = ({"resources": ["bad.yaml"]}, {"bad.yaml": json.dumps(thing)})
    for operations in OPERATIONS:
        text = json.dumps(operations)
        cases[f"operations {text}"] = ({"patches": [{"patch": text, "target": TARGET}]}, {})
        cases[f"operations in a file {text}"] = ({"patches": [{"path": "p.yaml", "target": TARGET}]}, {"p.yaml": text})
    for change in STRATEGIC:
        text = json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, **change})
        cases[f"strategic {text}"] = ({"patches": [{"patch": text}]}, {})
        cases[f"strategic with a target {text}"] = ({"patches": [{"patch": text, "target": TARGET}]}, {})
    fine = json.dumps([{"op": "add", "path": "/data", "value": {}}])
    for target in TARGETS:
        cases[f"target {json.dumps(target)}"] = ({"patches": [{"patch": fine, "target": target}]}, {})
    for options in ({"allowNameChange": True}, {"allowKindChange": True}, {"allowAll": True}, []):
        entry = {"patch": fine, "target": TARGET, "options": options}
        cases[f"options {json.dumps(options)}"] = ({"patches": [entry]}, {})
    cases["operations without a target"] = ({"patches": [{"patch": fine}]}, {})
    cases["no patch"] = ({"patches": [{"target": TARGET}]}, {})
    cases["two patches"] = ({"patches": [{"patch": fine, "path": "ok.yaml", "target": TARGET}]}, {})
    two = "".join(f"---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\n" for name in "xy")
    cases["a patch of two documents"] = ({"patches": [{"patch": two}]}, {})
    cases["an object twice"] = ({"resources": ["ok.yaml", "ok.yaml"]}, {})
    for key, value in VALUES.items():
        cases[f"value {key} {json.dumps(value)}"] = ({key.strip(): value}, {})
    cases["not a mapping"] = (["resources"], {})
    cases["another name"] = ({}, {"kustomization.yml": "namePrefix: x\n"})
    cases["the third name"] = ({}, {"Kustomization": "namePrefix: x\n"})
    return cases


CASES = _cases()


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 150


@pytest.mark.parametrize("name", CASES)
def test_is_refused(name: str) -> None:
    data, files = CASES[name]
    found = read(json.dumps(data), {**FILES, **files}, LINKS)
    assert isinstance(found, list), found
    assert found
    for finding in found:
        assert isinstance(finding, Finding)
        assert finding.severity == "error"
        assert finding.code.split("/")[0] in ("kustomize", "yaml")
        assert finding.location.path.startswith("environments/prod/")
        assert len(finding.message) < 4096
        assert finding.message.isprintable()


YAML = {
    "an alias": "a: &a [*a]\n",
    "an anchor": "resources: &x [ok.yaml]\n",
    "a merge key": "<<: {namePrefix: x}\n",
    "a tag": "resources: !!python/object:os.system [x]\n",
    "a duplicate key": "resources: []\nresources: [https://example.com/x]\n",
    "two documents": "resources: []\n---\nnamePrefix: x\n",
    "not YAML": "a: [\n",
    "a byte order mark": "\ufeffresources: []\n",
    "control characters": "resources: []\x1b\n",
}


@pytest.mark.parametrize("name", YAML)
def test_yaml_that_readers_take_differently_is_refused(name: str) -> None:
    found = read(YAML[name])
    assert isinstance(found, list)
    assert {finding.code.split("/")[0] for finding in found} <= {"yaml", "kustomize"}
    assert found


def test_a_link_in_the_place_of_the_file_is_refused() -> None:
    from mlgitops.render.kustomization.check import read_kustomization

    path = "environments/prod/kustomization.yaml"
    found = read_kustomization({path: "{}"}, "environments/prod", {path})
    assert isinstance(found, list)
    assert [finding.code for finding in found] == ["kustomize/symlink"]
