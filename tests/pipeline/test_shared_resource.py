"""One object in several Applications: found through the whole pipeline, and again from what is remembered."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from mlgitops.spec.digests import record_digest
from tests.pipeline.conftest import Copy
from tests.pipeline.miniature import TRAIN, edit, mlgitops, model, rendered, version, write

pytestmark = pytest.mark.usefixtures("_words")

TEMPLATE = "environments/dev/templates/notes.yaml"
NAME = '"{{ metadata.name }}-notes"'
SAYS = "an object must belong to one target, got "


def found(root: Path, *words: str) -> set[tuple[str, str, str]]:
    """(place, subject, what was got) of each object that is shared."""
    ran = mlgitops(root, *(words or ("policy", "check")), "--format", "json", "--jobs", "1")
    findings = json.loads(ran.out)["findings"]
    shared = [one for one in findings if one["code"] == "gitops/shared-resource"]
    assert [one["code"] for one in findings if one["severity"] == "error"] == [one["code"] for one in shared]
    assert (ran.code == 1) == bool(shared)
    assert all(one["message"].startswith(SAYS) for one in shared)
    return {(f"{f['path']}:{f['line']}:{f['column']}", f["subject"], f["message"].removeprefix(SAYS)) for f in shared}


def test_a_template_with_one_name_for_all_models(copy: Copy) -> None:
    root = copy("customized")
    before = rendered(root)
    edit(root, TEMPLATE, NAME, "notes")
    expected = {
        (f"{TEMPLATE}:4:9", "@dev", "ConfigMap dev-models/notes of alpha@dev, beta@dev and gamma@dev"),
    }
    assert found(root, "render") == expected
    assert rendered(root) == before
    assert found(root, "render") == expected
    write(root, {"specs/alpha/train.py": "def train_loop(config):\n    return 2\n"})
    assert found(root, "render") == expected
    edit(root, TEMPLATE, "name: notes", 'name: "{{ metadata.name }}-notes"')
    assert found(root, "render") == set()


def test_a_template_for_one_model_alone_may_have_any_name(copy: Copy) -> None:
    root = copy("customized")
    edit(root, TEMPLATE, NAME, "notes")
    part = "mlgitops.dev/part: train"
    edit(root, TEMPLATE, part, f"{part}, mlgitops.dev/when: \"{{{{ metadata.name == 'beta' }}}}\"")
    assert found(root) == set()


def test_an_environment_s_own_object_is_no_model_s(copy: Copy) -> None:
    root = copy("customized")
    text = (root / TEMPLATE).read_text().replace("v1\n", "networking.k8s.io/v1\n").replace("ConfigMap", "NetworkPolicy")
    text = text.replace(NAME, "default-deny").replace('data: {team: "{{ metadata.team }}"}', "spec: {podSelector: {}}")
    (root / TEMPLATE).write_text(text)
    message = "NetworkPolicy dev-models/default-deny of _environment@dev, alpha@dev, beta@dev and gamma@dev"
    assert found(root) == {(f"{TEMPLATE}:4:9", "@dev", message)}


ROLE = """\
    apiVersion: rbac.authorization.k8s.io/v1
    kind: ClusterRole
    metadata:
      name: "{{ metadata.name }}-reader"
      annotations: {mlgitops.dev/part: serve, mlgitops.dev/when: "{{ metadata.name == 'alpha' }}"}
    rules: []
    """


def one_cluster(root: Path) -> None:
    text = (root / "environments/prod/environment.yaml").read_text()
    (root / "environments/prod/environment.yaml").write_text(text.replace("cluster: two", "cluster: one"))


def test_a_cluster_wide_object_in_two_environments_of_one_cluster(copy: Copy) -> None:
    root = copy("plain")
    write(root, {f"environments/{name}/templates/role.yaml": ROLE for name in ("dev", "prod")})
    assert found(root) == set()
    one_cluster(root)
    message = "ClusterRole alpha-reader of alpha@dev and alpha@prod"
    assert found(root) == {("environments/prod/templates/role.yaml:4:9", "alpha@prod", message)}


def test_an_extra_object_in_two_environments_of_one_cluster(copy: Copy) -> None:
    root = copy("plain")
    kustomization = "kind: Kustomization\nresources: [class.yaml]\n"
    priority = "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: high}\nvalue: 1\n"
    for name in ("dev", "prod"):
        folder = f"environments/{name}"
        write(root, {f"{folder}/kustomization.yaml": kustomization, f"{folder}/class.yaml": priority})
    assert found(root) == set()
    one_cluster(root)
    message = "PriorityClass high of _environment@dev and _environment@prod"
    assert found(root) == {("environments/prod/class.yaml:3:18", "_environment@prod", message)}


def test_a_cluster_queue_of_two_environments_on_one_cluster(copy: Copy) -> None:
    root = copy("plain")
    for name in ("dev", "prod"):
        with (root / f"environments/{name}/environment.yaml").open("a") as file:
            file.write("  queue: {name: ml, clusterQueue: ml}\n")
    edit(root, "environments/prod/environment.yaml", "trains: false", "trains: true")
    with (root / "environments/prod/environment.yaml").open("a") as file:
        file.write("  signing: {secret: model-signing}\n")
    assert found(root) == set()
    one_cluster(root)
    line = (
        (root / "environments/prod/environment.yaml")
        .read_text()
        .split("\n")
        .index("  queue: {name: ml, clusterQueue: ml}")
    )
    message = "ClusterQueue ml of _environment@dev and _environment@prod"
    assert found(root) == {(f"environments/prod/environment.yaml:{line + 1}:35", "_environment@prod", message)}


def serving(root: Path, name: str, version_name: str) -> None:
    """A model of which a version serves in dev."""
    folder = f"specs/{name}/versions/{version_name}"
    record = version(name).replace("name: v1", f"name: {version_name}").replace("entrypoint: serve:Predictor, ", "")
    write(
        root,
        {f"specs/{name}/model.yaml": model(name), f"specs/{name}/train.py": TRAIN, f"{folder}/version.yaml": record},
    )
    digest = record_digest({"version.yaml": (root / folder / "version.yaml").read_bytes()})
    release = f"""\
        apiVersion: mlgitops.dev/v1alpha1
        kind: Release
        metadata: {{name: {name}, environment: dev}}
        spec: {{version: {version_name}, recordDigest: "{digest}", requestedBy: "@growth"}}
        """
    write(root, {f"environments/dev/releases/{name}.yaml": release})


def test_two_services_whose_names_read_alike(copy: Copy) -> None:
    root = copy("plain")
    serving(root, "reach", "eu-v1")
    serving(root, "reach-eu", "v2")
    assert found(root) == set()
    serving(root, "reach-eu", "v1")
    message = "RayService dev-models/reach-eu-v1 of reach-eu@dev and reach@dev"
    assert found(root) == {("environments/dev/releases/reach.yaml:4:17", "reach@dev", message)}


def test_a_plan_says_so_too(copy: Copy) -> None:
    root = copy("customized")
    for words in (
        ["init", "-q"],
        ["add", "-A"],
        ["-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm", "a"],
    ):
        subprocess.run(["git", *words], cwd=root, check=True)
    edit(root, TEMPLATE, NAME, "notes")
    ran = mlgitops(root, "plan", "--base", "HEAD", "--jobs", "1")
    assert f"{TEMPLATE}:4:9: error[gitops/shared-resource]: an object must belong to one target" in ran.out + ran.err


POLICY = """\
    apiVersion: networking.k8s.io/v1
    kind: NetworkPolicy
    metadata:
      name: alpha-serve
      namespace: dev-models
      annotations: {mlgitops.dev/part: serve, mlgitops.dev/when: "{{ metadata.name == 'beta' }}"}
    spec: {podSelector: {}, policyTypes: [Egress]}
    """
OWN = "environments/dev/templates/policy.yaml"


@pytest.mark.parametrize("words", [(), ("--model", "beta"), ("--env", "dev")])
def test_a_template_that_takes_an_object_which_another_model_has_by_itself(copy: Copy, words: tuple[str, ...]) -> None:
    root = copy("plain")
    write(root, {OWN: POLICY})
    message = "NetworkPolicy dev-models/alpha-serve of alpha@dev and beta@dev"
    assert found(root, "policy", "check", *words) == {(f"{OWN}:4:9", "beta@dev", message)}
    assert found(root, "render", *words) == {(f"{OWN}:4:9", "beta@dev", message)}
    edit(root, OWN, "alpha-serve", "alpha-beta")
    assert found(root, "policy", "check", *words) == set()


def test_who_has_an_object_by_itself_is_told_where_it_alone_is_asked_about(copy: Copy) -> None:
    root = copy("plain")
    write(root, {OWN: POLICY})
    message = "NetworkPolicy dev-models/alpha-serve of alpha@dev and beta@dev"
    expected = {("specs/alpha/model.yaml:3:18", "alpha@dev", message)}
    assert found(root, "policy", "check", "--model", "alpha") == expected
    assert found(root, "policy", "check", "--model", "gamma") == set()


def test_an_environment_s_object_that_a_model_has_by_itself(copy: Copy) -> None:
    root = copy("plain")
    account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: alpha-serve, namespace: prod-models}\n"
    folder = "environments/prod"
    write(
        root,
        {
            f"{folder}/kustomization.yaml": "kind: Kustomization\nresources: [account.yaml]\n",
            f"{folder}/account.yaml": account,
        },
    )
    message = "ServiceAccount prod-models/alpha-serve of _environment@prod and alpha@prod"
    expected = {(f"{folder}/account.yaml:3:18", "_environment@prod", message)}
    for words in (("policy", "check"), ("render", "--check"), ("policy", "check", "--model", "alpha")):
        assert found(root, *words) == expected
    edit(root, f"{folder}/account.yaml", "alpha-serve", "alpha-train")  # alpha does not train there
    assert found(root, "policy", "check") == set()


@pytest.mark.parametrize("namespace", ["", "      namespace: dev-models\n"])
def test_a_template_that_takes_an_object_which_the_model_has_by_itself(copy: Copy, namespace: str) -> None:
    root = copy("plain")
    write(root, {OWN: POLICY.replace("      namespace: dev-models\n", namespace).replace("'beta'", "'alpha'")})
    ran = mlgitops(root, "policy", "check", "--format", "json", "--jobs", "1")
    findings = json.loads(ran.out)["findings"]
    found = [(f["line"], f["column"], f["code"], f["subject"], f["message"], f["pointer"]) for f in findings]
    message = "metadata.name: expected an object of its own, got another 'NetworkPolicy alpha-serve'"
    assert found == [(4, 9, "template/object-clash", "alpha@dev", message, "/metadata/name")]


def test_what_only_begins_with_a_model_s_name_is_nobody_s(copy: Copy) -> None:
    root = copy("plain")
    write(root, {OWN: POLICY.replace("alpha-serve", "alpha-serve-more")})
    assert found(root) == set()
    write(root, {OWN: POLICY.replace("NetworkPolicy", "Service").replace("networking.k8s.io/v1", "v1")})
    assert found(root) == set()


COMMIT = (["add", "-A"], ["-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm", "a"])


def commit(root: Path) -> None:
    for words in (["init", "-q"], *COMMIT):
        subprocess.run(["git", *words], cwd=root, check=True)


@pytest.mark.parametrize("cache", [(), ("--no-cache",)])
def test_a_plan_in_which_a_template_s_condition_comes_to_hold_for_a_second_model(
    copy: Copy, cache: tuple[str, ...]
) -> None:
    root = copy("customized")
    edit(root, TEMPLATE, NAME, "notes")
    part = "mlgitops.dev/part: train"
    when = 'mlgitops.dev/when: "{{ spec.training.hyperparameters.rate == 0.25 }}"'
    edit(root, TEMPLATE, part, f"{part}, {when}")
    edit(root, "specs/beta/model.yaml", "rate: 0.5", "rate: 0.25")
    assert found(root, "render") == set()
    commit(root)
    edit(root, "specs/gamma/model.yaml", "rate: 0.5", "rate: 0.25")
    message = "ConfigMap dev-models/notes of beta@dev and gamma@dev"
    assert found_by_plan(root, *cache) == {(f"{TEMPLATE}:4:9", "gamma@dev", message)}


def found_by_plan(root: Path, *words: str) -> set[tuple[str, str, str]]:
    ran = mlgitops(root, "plan", "--base", "HEAD", "--format", "json", "--jobs", "1", *words)
    findings = json.loads(ran.out)["report"]["findings"]
    shared = [one for one in findings if one["code"] == "gitops/shared-resource"]
    assert (ran.code == 1) == bool(shared), ran
    return {(f"{f['path']}:{f['line']}:{f['column']}", f["subject"], f["message"].removeprefix(SAYS)) for f in shared}


@pytest.mark.parametrize("cache", [(), ("--no-cache",)])
def test_a_plan_of_a_model_whose_own_object_a_template_gives_already(copy: Copy, cache: tuple[str, ...]) -> None:
    root = copy("plain")
    write(root, {OWN: POLICY.replace("alpha-serve", "delta-train")})
    assert found(root, "render") == set()
    commit(root)
    write(root, {"specs/delta/model.yaml": model("delta"), "specs/delta/train.py": TRAIN})
    message = "NetworkPolicy dev-models/delta-train of beta@dev and delta@dev"
    assert found_by_plan(root, *cache) == {("specs/delta/model.yaml:3:18", "delta@dev", message)}


def test_a_plan_of_an_environment_s_object_that_a_model_has_by_itself(copy: Copy) -> None:
    root = copy("plain")
    commit(root)
    account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: alpha-serve, namespace: prod-models}\n"
    write(root, {"environments/prod/kustomization.yaml": "kind: Kustomization\nresources: [account.yaml]\n"})
    write(root, {"environments/prod/account.yaml": account})
    message = "ServiceAccount prod-models/alpha-serve of _environment@prod and alpha@prod"
    assert found_by_plan(root) == {("environments/prod/account.yaml:3:18", "_environment@prod", message)}
