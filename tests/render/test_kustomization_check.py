"""Reading a kustomization: what is taken over, and where each finding stands."""

from __future__ import annotations

import pytest

from mlgitops.render.kustomization.check import KNOWN, REFUSED
from mlgitops.render.kustomization.values import ObjectId
from tests.render.kustomization_cases import checked, read

GOOD = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
- extra.yaml
configMapGenerator:
- name: ca
  namespace: growth
  files: [ca.crt=certificates/root.pem]
  literals: [MODE=strict]
generatorOptions: {labels: {team: platform}, disableNameSuffixHash: true}
labels:
- pairs: {tier: gold}
  includeTemplates: true
commonAnnotations: {example.com/owner: "platform: team"}
images:
- {name: ghcr.io/example/ray, newTag: "2.41"}
patches:
- path: patches/head.yaml
- target: {kind: RayService, name: churn.*, labelSelector: "team in (growth, risk), !legacy"}
  patch: |-
    # more time
    - op: add
      path: /spec/serviceUnhealthySecondThreshold
      value: 900
"""
FILES: dict[str, str | bytes] = {
    "extra.yaml": "# two objects\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: growth}\n---\n\n"
    "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: growth\n---\n# nothing\n",
    "certificates/root.pem": b"\xff\x00",
    "patches/head.yaml": "apiVersion: ray.io/v1\nkind: RayJob\nmetadata: {name: churn, namespace: growth}\n"
    "spec: {suspend: true}\n",
    "unused.yaml": "a: 1\n",
}


def test_takes_over_what_is_known() -> None:
    found = checked(GOOD, FILES)
    assert found.path == "environments/prod/kustomization.yaml"
    assert found.environment == "prod"
    assert [extra.data for extra in found.extras] == [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "growth"}},
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "growth"}},
    ]
    assert [str(extra.locate(("metadata", "name"))) for extra in found.extras] == [
        "environments/prod/extra.yaml:5:18",
        "environments/prod/extra.yaml:11:9",
    ]
    assert found.generators == (
        {
            "name": "ca",
            "namespace": "growth",
            "literals": ["MODE=strict"],
            "files": ["ca.crt=data/certificates/root.pem"],
        },
    )
    assert found.data == {"data/certificates/root.pem": b"\xff\x00"}
    assert found.generator_options == {"labels": {"team": "platform"}, "disableNameSuffixHash": True}
    assert found.labels == ({"pairs": {"tier": "gold"}, "includeTemplates": True},)
    assert found.annotations == {"example.com/owner": "platform: team"}
    assert found.images == ({"name": "ghcr.io/example/ray", "newTag": "2.41"},)
    assert [patch.number for patch in found.patches] == [0, 1]
    assert found.patches[0].subject == ObjectId("ray.io/v1", "RayJob", "growth", "churn")
    assert found.patches[0].entry == {
        "patch": '{"apiVersion":"ray.io/v1","kind":"RayJob","metadata":{"name":"churn","namespace":"growth"},'
        '"spec":{"suspend":true}}'
    }
    assert found.patches[1].entry == {
        "patch": '[{"op":"add","path":"/spec/serviceUnhealthySecondThreshold","value":900}]',
        "target": {"kind": "RayService", "name": "churn.*", "labelSelector": "team in (growth, risk), !legacy"},
    }
    assert found.changes_models
    assert found.makes_objects
    assert not found.renames
    assert found.files == {
        f"environments/prod/{name}"
        for name in ("kustomization.yaml", "extra.yaml", "certificates/root.pem", "patches/head.yaml")
    }


def test_an_environment_without_one_has_none() -> None:
    from mlgitops.render.kustomization.check import read_kustomization

    assert read_kustomization({"environments/prod/environment.yaml": "{}"}, "environments/prod") is None


def test_one_with_extras_alone_changes_no_model() -> None:
    found = checked("resources: [extra.yaml]\n", FILES)
    assert not found.changes_models
    assert found.makes_objects


FINDINGS = {
    "refused-key": (
        "resources: []\nnamePrefix: x-\n",
        "environments/prod/kustomization.yaml:2:1",
        "expected a kustomization without `namePrefix`: mlgitops names the objects, and they refer to each other "
        "by these names",
        "remove it: each environment has namespaces of its own, and no name needs a prefix",
    ),
    "unknown-key": (
        "resource: []\n",
        "environments/prod/kustomization.yaml:1:1",
        "expected a known key, got 'resource'",
        "did you mean `resources`?",
    ),
    "type": (
        "images:\n- name: x\n  newTag: 1.10\n",
        "environments/prod/kustomization.yaml:3:11",
        "images[0].newTag: expected text, got 1.1",
        'put it in quotes: "…"',
    ),
    "remote": (
        "resources:\n- https://example.com/x.yaml\n",
        "environments/prod/kustomization.yaml:2:3",
        "expected a file of this environment's folder, got a remote address: 'https://example.com/x.yaml'",
        "copy the file into the environment's folder",
    ),
    "path": (
        "resources: [../x.yaml]\n",
        "environments/prod/kustomization.yaml:1:13",
        "expected a file of this environment's folder, got a path that leads out of the environment's folder: "
        "'../x.yaml'",
        "name a file inside the environment's folder, relative to it",
    ),
    "symlink": (
        "resources: [link.yaml]\n",
        "environments/prod/kustomization.yaml:1:13",
        "expected a file of this environment's folder, got a symbolic link: 'link.yaml'",
        "put the file itself there",
    ),
    "missing-file": (
        "patches:\n- path: nowhere.yaml\n",
        "environments/prod/kustomization.yaml:2:9",
        "expected a file of this environment's folder, got no such file: 'nowhere.yaml'",
        "correct the path, or add the file",
    ),
    "reserved-key": (
        "commonAnnotations:\n  config.kubernetes.io/function: x\n",
        "environments/prod/kustomization.yaml:2:3",
        "expected no name under config.kubernetes.io/, internal.config.kubernetes.io/, mlgitops.dev/, got "
        "'config.kubernetes.io/function'",
        "remove it: such names run functions, hide objects, or are set by mlgitops",
    ),
    "resource": (
        "resources: [bad.yaml]\n",
        "environments/prod/bad.yaml:3:1",
        "expected a Kubernetes object with apiVersion, kind and metadata.name",
        "add what is missing; patches belong into `patches`",
    ),
    "object-clash": (
        "resources: [same.yaml]\n",
        "environments/prod/same.yaml:3:1",
        "expected each object once, got 'ConfigMap x' again; first at environments/prod/same.yaml:1:1",
        "remove one of them",
    ),
    "patch-form": (
        "patches:\n- target: {kind: Job}\n",
        "environments/prod/kustomization.yaml:2:3",
        "expected `path` or `patch`, got neither",
        "keep one of the two",
    ),
    "patch-target": (
        'patches:\n- target: {name: "(a+)+"}\n  path: operations.yaml\n',
        "environments/prod/kustomization.yaml:2:18",
        "expected each repetition after a character, a class, or a group without repetition or `|`; got '(a+)+'",
        "list the alternatives, as in `churn|fraud`, or use a label",
    ),
    "patch-identity": (
        "patches:\n- target: {kind: Job}\n  patch: |\n    - {op: add, path: /a, value: 1}\n"
        "    - {op: remove, path: /metadata/name}\n",
        "environments/prod/kustomization.yaml:5:26",
        "expected a patch that leaves apiVersion, kind, name and namespace alone, got '/metadata/name'",
        "patch a field below, such as /metadata/labels/team",
    ),
    "patch-removes-object": (
        "patches: [{path: delete.yaml}]\n",
        "environments/prod/delete.yaml:5:9",
        "expected a patch that keeps its object, got `$patch: delete`",
        "switch the object off in environment.yaml or in the model's spec",
    ),
}
BAD: dict[str, str | bytes] = {
    "bad.yaml": "# no\n---\ndata: {}\n",
    "same.yaml": "{apiVersion: v1, kind: ConfigMap, metadata: {name: x}}\n---\n"
    "{apiVersion: v1, kind: ConfigMap, metadata: {name: x}}\n",
    "operations.yaml": "- {op: add, path: /a, value: 1}\n",
    "delete.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n\n$patch: delete\n",
}


@pytest.mark.parametrize("code", FINDINGS)
def test_finding(code: str) -> None:
    text, place, message, hint = FINDINGS[code]
    found = read(text, BAD, ("environments/prod/link.yaml",))
    assert isinstance(found, list)
    assert [(f.code, str(f.location), f.message, f.hint) for f in found] == [
        (f"kustomize/{code}", place, message, hint)
    ]


@pytest.mark.parametrize(
    ("version", "kind", "name", "namespace", "expected"),
    [
        ("v1", "ConfigMap", "../../outside", "growth", "metadata.name"),
        ("v1", "ConfigMap", "a/b", "growth", "metadata.name"),
        ("v1", "ConfigMap", "..", "growth", "metadata.name"),
        ("v1", "ConfigMap", "a" * 254, "growth", "metadata.name"),
        ("v1", "ConfigMap", "a", "../growth", "metadata.namespace"),
        ("v1", "../Config", "a", "growth", "kind"),
        ("../v1", "ConfigMap", "a", "growth", "apiVersion"),
    ],
)
def test_an_object_whose_name_could_lead_elsewhere(
    version: str, kind: str, name: str, namespace: str, expected: str
) -> None:
    text = f'apiVersion: {version}\nkind: "{kind}"\nmetadata: {{name: "{name}", namespace: "{namespace}"}}\n'
    found = read("resources: [extra.yaml]\n", {"extra.yaml": text})
    assert isinstance(found, list)
    assert [(f.code, f.message.split(" of ")[0]) for f in found] == [("kustomize/resource", f"expected {expected}")]


def test_a_name_of_another_form_that_kubernetes_takes() -> None:
    text = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: system:metrics-reader}\n"
    found = read("resources: [extra.yaml]\n", {"extra.yaml": text})
    assert found is not None
    assert not isinstance(found, list)


def test_finding_of_another_name() -> None:
    found = read("{}", {"kustomization.yml": "{}"})
    assert isinstance(found, list)
    assert [(f.code, str(f.location), f.hint) for f in found] == [
        ("kustomize/file-name", "environments/prod/kustomization.yml:1:1", "rename the file to kustomization.yaml")
    ]


def test_all_findings_are_told_at_once() -> None:
    found = read("namePrefix: x\nresources: [a.yaml]\npatches: [{path: b.yaml}]\nlabels: 3\n")
    assert isinstance(found, list)
    assert [(f.code, f.location.line) for f in found] == [
        ("kustomize/refused-key", 1),
        ("kustomize/missing-file", 2),
        ("kustomize/missing-file", 3),
        ("kustomize/type", 4),
    ]


@pytest.mark.parametrize(
    ("patch", "place"),
    [
        ('    [{"op": "add", "path": "/x"},\n     {"op": 1}]\n', (6, 6)),
        ("    - op: add\n      path: /x\n      value: 1\n    - op: 1\n", (8, 7)),
    ],
)
def test_places_in_inline_operations_are_exact(patch: str, place: tuple[int, int]) -> None:
    found = read(f"patches:\n- target: {{kind: Job}}\n  # why\n  patch: |-\n{patch}")
    assert isinstance(found, list)
    assert (found[-1].location.line, found[-1].location.column) == place


def test_the_reader_speaks_of_the_right_line_in_files_and_inline() -> None:
    found = read(
        "patches:\n- path: p.yaml\n- patch: |-\n    a: 1\n    a: 2\n",
        {"p.yaml": "# first\n---\n- op: add\n- op: &x\n"},
    )
    assert isinstance(found, list)
    assert [(f.code, str(f.location)) for f in found] == [
        ("yaml/duplicate-key", "environments/prod/kustomization.yaml:5:5"),
        ("yaml/anchor", "environments/prod/p.yaml:4:7"),
    ]


def test_every_key_of_kustomize_is_known_or_refused() -> None:
    """The fields of kustomize 5.8.1's Kustomization."""
    fields = (
        *("apiVersion", "kind", "metadata", "openapi", "namePrefix", "nameSuffix", "namespace"),
        *("commonLabels", "labels", "commonAnnotations", "patchesStrategicMerge", "patchesJson6902"),
        *("patches", "images", "imageTags", "replacements", "replicas", "vars", "sortOptions", "resources"),
        *("components", "crds", "bases", "configMapGenerator", "secretGenerator", "helmGlobals"),
        *("helmCharts", "helmChartInflationGenerator", "generatorOptions", "configurations", "generators"),
        *("transformers", "validators", "buildMetadata"),
    )
    assert sorted((*KNOWN, *REFUSED)) == sorted(fields)
