"""What Argo CD is told: whole objects, what projects permit, and what may be removed."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
import ryaml

from mlgitops.render.argocd import Kind, project_name, render_argocd
from mlgitops.render.environment_objects import render_environment
from mlgitops.render.health import health_customizations
from mlgitops.render.objects import Object
from mlgitops.render.preflight import preflight
from mlgitops.render.serving import render_serving
from mlgitops.render.training import render_training
from mlgitops.spec.code import code_of
from mlgitops.spec.documents.environment import Environment
from mlgitops.spec.documents.repository import Repository
from tests.render.resolved_models import FULL_ENVIRONMENT, resolved_model, written
from tests.render.serving_models import ENVIRONMENT as PROD
from tests.render.serving_models import PREVIOUS_CODE, released

EXPECTED = Path(__file__).parent / "expected" / "argocd"
REPOSITORY = """\
apiVersion: mlgitops.dev/v1alpha1
kind: Repository
metadata: {name: models}
spec:
  repoURL: https://git.example.com/ml/models.git
  targetRevision: main
  argocd: {namespace: argo}
"""
STAGING = FULL_ENVIRONMENT
"""Trains and serves, on two clusters; has a queue; is not protected."""


def environment(text: str) -> Environment:
    return written(text, "environments/env/environment.yaml", Environment).value


def rendered(*environments: str, extras=None) -> dict[str, Object]:
    repository = written(REPOSITORY, "mlgitops.yaml", Repository).value
    found = render_argocd(repository, [environment(text) for text in environments], extras)
    return {one.file: one.data for one in found}


def test_whole_objects():
    """The expected files were read line by line; the Lua is tested in test_health."""
    found = rendered(STAGING, PROD)
    settings = found.pop("configmap-argocd-cm.yaml")
    assert found == {file.name: ryaml.loads(file.read_text()) for file in sorted(EXPECTED.iterdir())}
    assert settings == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": "argocd-cm",
            "namespace": "argo",
            "labels": {"app.kubernetes.io/part-of": "argocd"},
            "annotations": {
                "argocd.argoproj.io/sync-options": "Prune=false,ServerSideApply=true",
                "argocd.argoproj.io/sync-wave": "-1",
            },
        },
        "data": health_customizations(),
    }


def test_the_preflight_finds_nothing():
    assert [violation for data in rendered(STAGING, PROD).values() for violation in preflight(data)] == []


def permitted(project: Object, cluster: str, data: Object) -> bool:
    """As AppProject's IsGroupKindNamePermitted and IsDestinationPermitted judge an object on a cluster."""
    spec, metadata = project["spec"], data["metadata"]
    group, kind = data["apiVersion"].rpartition("/")[0], data["kind"]
    namespace = metadata.get("namespace")
    if namespace is None:
        return any(
            (one["group"], one["kind"]) == (group, kind) and fnmatchcase(metadata["name"], one.get("name", "*"))
            for one in spec.get("clusterResourceWhitelist", [])
        )
    return {"group": group, "kind": kind} in spec["namespaceResourceWhitelist"] and {
        "name": cluster,
        "namespace": namespace,
    } in spec["destinations"]


def everything() -> list[tuple[str, str, Object]]:
    """(environment, cluster, object) of all that is rendered for a model in both environments."""
    staging, prod = environment(STAGING), environment(PROD)
    found = [("staging", "ml-train", one.data) for one in render_training(resolved_model())]
    found += [("prod", "ml-prod", one.data) for one in render_serving(released(), code_of(PREVIOUS_CODE, "serve"))]
    for one in render_environment(staging, {"training": ["growth-train"], "serving": ["growth-serve"]}):
        found.append(("staging", "ml-train" if one.file.startswith("training/") else "ml-serve", one.data))
    found += [("prod", "ml-prod", one.data) for one in render_environment(prod, {"serving": ["growth-prod"]})]
    return found


def test_projects_permit_all_that_is_rendered_and_only_where_it_belongs():
    found = rendered(STAGING, PROD)
    projects = {name: found[f"appproject-{name}.yaml"] for name in ("staging", "prod")}
    objects = everything()
    assert {data["kind"] for _, _, data in objects} >= {
        "RayJob",
        "RayService",
        "Namespace",
        "ClusterQueue",
        "HTTPRoute",
    }
    for name, cluster, data in objects:
        what = (name, data["kind"], data["metadata"]["name"])
        assert permitted(projects[name], cluster, data), what
        if "namespace" in data["metadata"]:
            other = "prod" if name == "staging" else "staging"
            assert not permitted(projects[other], cluster, data), what


@pytest.mark.parametrize(
    ("kind", "api", "namespace", "name"),
    [
        ("ClusterRoleBinding", "rbac.authorization.k8s.io/v1", None, "admin"),
        ("RoleBinding", "rbac.authorization.k8s.io/v1", "growth-prod", "admin"),
        ("Namespace", "v1", None, "kube-system"),
        ("Secret", "v1", "growth-prod", "key"),
        ("ConfigMap", "v1", "argo", "argocd-cm"),
        ("Application", "argoproj.io/v1alpha1", "growth-prod", "other"),
        ("CustomResourceDefinition", "apiextensions.k8s.io/v1", None, "rayjobs.ray.io"),
    ],
)
def test_an_environment_s_project_does_not_permit(kind, api, namespace, name):
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    project = rendered(PROD)["appproject-prod.yaml"]
    assert not permitted(project, "ml-prod", {"apiVersion": api, "kind": kind, "metadata": metadata})


def test_the_root_project_permits_argo_cd_s_objects_in_its_namespace_and_nothing_else():
    found = rendered(STAGING, PROD)
    project = found["appproject-root.yaml"]
    assert all(permitted(project, "in-cluster", data) for data in found.values())
    assert "clusterResourceWhitelist" not in project["spec"]
    assert not any(permitted(project, cluster, data) for _, cluster, data in everything())
    assert project["spec"]["sourceRepos"] == ["https://git.example.com/ml/models.git"]


def test_what_templates_and_kustomizations_add_is_permitted():
    load_test = {
        "apiVersion": "k6.io/v1alpha1",
        "kind": "TestRun",
        "metadata": {"name": "a", "namespace": "growth-prod"},
    }
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "metrics"},
    }
    assert not any(permitted(rendered(PROD)["appproject-prod.yaml"], "ml-prod", one) for one in (load_test, binding))
    kinds = [
        Kind("k6.io", "TestRun"),
        Kind("rbac.authorization.k8s.io", "ClusterRole", namespaced=False, name="metrics"),
    ]
    found = rendered(STAGING, PROD, extras={"prod": kinds})
    assert all(permitted(found["appproject-prod.yaml"], "ml-prod", one) for one in (load_test, binding))
    assert found["appproject-staging.yaml"] == rendered(STAGING)["appproject-staging.yaml"]


def test_projects_and_health_checks_are_there_before_what_needs_them():
    found = rendered(STAGING, PROD)
    wave = "argocd.argoproj.io/sync-wave"
    first = {name for name, each in found.items() if each["metadata"].get("annotations", {}).get(wave) == "-1"}
    assert first == {name for name in found if name.startswith("appproject-")} | {"configmap-argocd-cm.yaml"}


def test_training_is_a_set_of_its_own_that_waits_for_nothing():
    found = rendered(STAGING)
    options = {
        part: found[f"applicationset-staging-{part}.yaml"]["spec"]["template"]["spec"]["syncPolicy"]["syncOptions"]
        for part in ("train", "serve", "score")
    }
    assert options == {
        "train": ["ServerSideApply=true", "FailOnSharedResource=true"],
        "serve": ["ServerSideApply=true", "FailOnSharedResource=true", "PruneLast=true"],
        "score": ["ServerSideApply=true", "FailOnSharedResource=true"],
    }
    sets = [each for each in found.values() if each["kind"] != "AppProject" and each["metadata"]["name"] != "argocd-cm"]
    assert not re.search(r"sync-wave|argocd.argoproj.io/hook", str(sets))


def test_no_option_lets_a_sync_pass_over_what_git_says():
    for data in rendered(STAGING, PROD).values():
        text = str(data)
        for option in ("RespectIgnoreDifferences", "CreateNamespace", "Replace=true", "Force=true", "Validate=false"):
            assert option not in text


def test_only_a_queue_s_flag_and_what_argo_cd_is_asked_by_are_left_to_the_cluster():
    found = rendered(STAGING, PROD)
    specs = {file: data["spec"] for file, data in found.items() if "ignoreDifferences" in str(data)}
    ignored = {file: spec.get("template", {"spec": spec})["spec"]["ignoreDifferences"] for file, spec in specs.items()}
    asked_by = "/metadata/annotations/argocd.argoproj.io~1"
    assert ignored == {
        "application-root.yaml": [
            {
                "group": "argoproj.io",
                "kind": "Application",
                "jsonPointers": [f"{asked_by}hydrate", f"{asked_by}refresh", "/operation"],
            },
            {
                "group": "argoproj.io",
                "kind": "ApplicationSet",
                "jsonPointers": [f"{asked_by}application-set-refresh"],
            },
        ],
        "applicationset-staging-train.yaml": [
            {"group": "ray.io", "kind": "RayJob", "jsonPointers": ["/spec/suspend"]},
        ],
    }


def test_where_removing_is_deliberate():
    found = rendered(STAGING, PROD)
    policies = {file: data["spec"]["syncPolicy"] for file, data in found.items() if data["kind"] == "ApplicationSet"}
    assert policies == {
        "applicationset-staging-train.yaml": {"applicationsSync": "sync"},
        "applicationset-staging-serve.yaml": {"applicationsSync": "sync"},
        "applicationset-staging-score.yaml": {"applicationsSync": "sync"},
        "applicationset-prod-score.yaml": {"applicationsSync": "create-update", "preserveResourcesOnDeletion": True},
        "applicationset-prod-serve.yaml": {"applicationsSync": "create-update", "preserveResourcesOnDeletion": True},
    }
    options = {
        file: data["metadata"].get("annotations", {}).get("argocd.argoproj.io/sync-options")
        for file, data in found.items()
    }
    assert options == {
        "application-prod-environment.yaml": "Prune=confirm",
        "application-root.yaml": "Prune=false",
        "application-staging-environment-serving.yaml": None,
        "application-staging-environment-training.yaml": None,
        "applicationset-prod-score.yaml": "Prune=confirm",
        "applicationset-prod-serve.yaml": "Prune=confirm",
        "applicationset-staging-score.yaml": None,
        "applicationset-staging-serve.yaml": None,
        "applicationset-staging-train.yaml": None,
        "appproject-prod.yaml": "Prune=confirm",
        "appproject-root.yaml": "Prune=false",
        "appproject-staging.yaml": None,
        "configmap-argocd-cm.yaml": "Prune=false,ServerSideApply=true",
    }
    assert "finalizers" not in str(found)


def test_names_of_applications_are_parted_by_what_names_do_not_contain():
    """Environment `prod` with model `eu-churn` is not environment `prod-eu` with model `churn`."""
    template = rendered(PROD)["applicationset-prod-serve.yaml"]["spec"]["template"]
    assert template["metadata"]["name"] == "prod.{{index .path.segments 2}}.serve"
    assert template["spec"]["project"] == project_name("prod") == "mlgitops-env-prod"
    assert project_name("root") != "mlgitops-root"


@pytest.mark.parametrize("flag", ["trains", "serves"])
def test_an_environment_that_does_one_thing_has_the_sets_of_that(flag):
    other = "serves" if flag == "trains" else "trains"
    found = rendered(STAGING.replace(f"{flag}: true", f"{flag}: false"))
    parts, cluster = (("score", "serve"), "ml-serve") if other == "serves" else (("train",), "ml-train")
    assert sorted(file for file in found if "root" not in file and "argocd-cm" not in file) == [
        "application-staging-environment.yaml",
        *(f"applicationset-staging-{part}.yaml" for part in parts),
        "appproject-staging.yaml",
    ]
    assert found["application-staging-environment.yaml"]["spec"]["destination"]["name"] == cluster
    assert {one["name"] for one in found["appproject-staging.yaml"]["spec"]["destinations"]} == {cluster}
