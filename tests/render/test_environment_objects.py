"""An environment's own objects: whole, for one cluster and for two."""

from __future__ import annotations

from pathlib import Path

import ryaml

from mlgitops.render.environment_objects import environment_folders, render_environment
from mlgitops.render.objects import Object
from mlgitops.spec.documents.environment import Environment
from tests.render.resolved_models import FULL_ENVIRONMENT, MINIMAL_ENVIRONMENT, written

EXPECTED = Path(__file__).parent / "expected" / "environment"
LIMITS = """\
  limits: {accelerators: {A100: {total: 16}}}
  quota: {cpu: 64, memory: 256Gi, accelerators: 8}
"""
NAMESPACES = {"training": ["growth-train", "shared"], "serving": ["growth-serve", "shared"]}


def environment(text: str) -> Environment:
    return written(text, "environments/env/environment.yaml", Environment).value


def rendered(text: str, namespaces=NAMESPACES) -> dict[str, Object]:
    return {one.file: one.data for one in render_environment(environment(text), namespaces)}


def test_whole_objects_of_an_environment_on_one_cluster():
    """The expected files were read line by line."""
    text = FULL_ENVIRONMENT.replace("ml-train,", "ml,").replace("ml-serve,", "ml,") + LIMITS
    expected = {file.name: ryaml.loads(file.read_text()) for file in sorted(EXPECTED.iterdir())}
    assert rendered(text, {"training": ["growth"], "serving": ["growth"]}) == expected


def test_each_cluster_has_its_folder_where_there_are_two():
    text = FULL_ENVIRONMENT + LIMITS
    assert environment_folders(environment(text).spec) == {"training": "ml-train", "serving": "ml-serve"}
    assert sorted(rendered(text)) == [
        "serving/namespace-growth-serve.yaml",
        "serving/namespace-shared.yaml",
        "serving/networkpolicy-growth-serve.yaml",
        "serving/networkpolicy-shared.yaml",
        "serving/resourcequota-growth-serve.yaml",
        "serving/resourcequota-shared.yaml",
        "training/clusterqueue.yaml",
        "training/localqueue-growth-train.yaml",
        "training/localqueue-shared.yaml",
        "training/namespace-growth-train.yaml",
        "training/namespace-shared.yaml",
        "training/networkpolicy-growth-train.yaml",
        "training/networkpolicy-shared.yaml",
        "training/resourceflavor-a100.yaml",
        "training/resourceflavor-general.yaml",
        "training/resourceflavor-t4.yaml",
        "training/resourcequota-growth-train.yaml",
        "training/resourcequota-shared.yaml",
    ]


def test_a_minimal_environment_has_guarded_namespaces_alone():
    assert environment_folders(environment(MINIMAL_ENVIRONMENT).spec) == {"": "in-cluster"}
    assert sorted(rendered(MINIMAL_ENVIRONMENT, {"training": ["models"], "serving": ["ignored"]})) == [
        "namespace-models.yaml",
        "networkpolicy-models.yaml",
    ]


def test_an_environment_that_does_not_train_has_no_queue():
    text = FULL_ENVIRONMENT.replace("trains: true", "trains: false")
    assert not [file for file in rendered(text) if "queue" in file or "flavor" in file]
    assert environment_folders(environment(text).spec) == {"": "ml-serve"}


def test_an_environment_without_models_has_nothing():
    assert rendered(FULL_ENVIRONMENT, {"training": [], "serving": []}) == {}


def test_accelerators_of_other_makers_are_groups_of_their_own():
    text = FULL_ENVIRONMENT.replace("    T4: {}", "    MI300: {resource: amd.com/gpu}") + LIMITS
    objects = rendered(text)
    groups = objects["training/clusterqueue.yaml"]["spec"]["resourceGroups"]
    assert [(group["coveredResources"], [flavor["name"] for flavor in group["flavors"]]) for group in groups] == [
        (["cpu", "memory", "ephemeral-storage"], ["staging-general"]),
        (["amd.com/gpu"], ["staging-mi300"]),
        (["nvidia.com/gpu"], ["staging-a100"]),
    ]
    hard = objects["training/resourcequota-shared.yaml"]["spec"]["hard"]
    assert {"requests.amd.com/gpu": "8", "requests.nvidia.com/gpu": "8"}.items() <= hard.items()
