"""`plan` against commits: only what can differ is built, and nothing that differs is left out."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.pipeline.conftest import Copy
from tests.pipeline.miniature import Ran, edit, mlgitops, write

pytestmark = pytest.mark.usefixtures("_words")

AUTHOR = {
    "GIT_AUTHOR_NAME": "test",
    "GIT_AUTHOR_EMAIL": "test@example.com",
    "GIT_COMMITTER_NAME": "test",
    "GIT_COMMITTER_EMAIL": "test@example.com",
    "GIT_AUTHOR_DATE": "2026-11-20T00:00:00Z",
    "GIT_COMMITTER_DATE": "2026-11-20T00:00:00Z",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}
DEADLINE = ("deadline: 2h", "deadline: 3h")


def git(root: Path, *words: str) -> str:
    env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", **AUTHOR}
    done = subprocess.run(["git", *words], cwd=root, env=env, capture_output=True, check=True, text=True)
    return done.stdout.strip()


def committed(root: Path, message: str = "all") -> str:
    if not (root / ".git").exists():
        git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", "--all", ".")
    git(root, "commit", "--quiet", "--allow-empty", "--message", message)
    return git(root, "rev-parse", "HEAD")


@pytest.fixture
def root(copy: Copy) -> Path:
    place = copy("plain")
    committed(place)
    return place


def plan(root: Path, *words: str, base: str = "HEAD") -> Ran:
    return mlgitops(root, "plan", "--base", base, *words)


def document(root: Path, *words: str, base: str = "HEAD") -> Any:
    ran = plan(root, "--format", "json", *words, base=base)
    assert ran.err == ""
    return json.loads(ran.out)


def brief(found: Any) -> dict[str, list[str]]:
    """Target → what happens to which file."""
    return {t["target"]: [f"{o['change']} {o['file']}" for o in t["objects"]] for t in found["targets"]}


def test_nothing_differs(root: Path) -> None:
    ran = plan(root)
    head = git(root, "rev-parse", "--short=12", "HEAD")
    assert ran.code == 0
    assert ran.out == (
        f"compared with {head}\n\nNothing happens on any cluster.\n\n"
        "0 of 0 targets compared change: no object changes\n\n"
        "0 targets checked, 0 failed, 0 skipped, 0 waived\n"
    )


def test_one_model_changed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edit(root, "specs/alpha/model.yaml", *DEADLINE)
    built: list[tuple[str, ...]] = []
    from mlgitops import pipeline

    build = pipeline.build_models

    def recorded(tree: Any, place: str, names: Any, prepared: Any, engine: Any, order: Any) -> Any:
        built.append((order.depth, *names))
        return build(tree, place, names, prepared, engine, order)

    monkeypatch.setattr(pipeline, "build_models", recorded)
    found = document(root)
    assert brief(found) == {
        "dev/alpha": ["changed train/job-evaluate.yaml", "changed train/job-sign.yaml", "changed train/rayjob.yaml"]
    }
    assert found["summary"] == {"changedTargets": 1, "unchangedTargets": 1, "untouchedModels": 2}
    assert built == [("policy", "alpha"), ("policy", "alpha"), ("documents", "beta", "gamma")]
    assert mlgitops(root, "render").code == 0
    built.clear()
    assert document(root)["targets"] == found["targets"]
    assert built == [("policy", "alpha"), ("policy", "alpha")], "the render knows the others"


def test_text_of_a_new_run(root: Path) -> None:
    edit(root, "environments/dev/runs/alpha.yaml", "attempt: 1", "attempt: 2")
    found = document(root)
    assert list(brief(found)) == ["dev/alpha"]
    jobs = [o for t in found["targets"] for o in t["objects"] if o["kind"] == "RayJob"]
    (job,) = jobs
    assert job["change"] == "replaced"
    assert job["name"] != job["formerName"]
    ran = plan(root)
    assert ran.code == 0
    assert "\n  dev/alpha\n" in ran.out
    assert f"    ! RayJob {job['formerName']} → {job['name']}\n" in ran.out
    assert f'        metadata.name: "{job["formerName"]}" → "{job["name"]}"\n' in ran.out


def test_a_renamed_model(root: Path) -> None:
    (root / "specs/gamma").rename(root / "specs/delta")
    edit(root, "specs/delta/model.yaml", "name: gamma", "name: delta")
    edit(root, "specs/delta/model.yaml", "route: /gamma", "route: /delta")
    found = document(root)
    assert {t["target"]: t["change"] for t in found["targets"]} == {"dev/delta": "added", "dev/gamma": "removed"}
    assert found["notCompared"] == []


def test_a_deleted_model(root: Path) -> None:
    shutil.rmtree(root / "specs/gamma")
    found = document(root)
    assert {t["target"]: t["change"] for t in found["targets"]} == {"dev/gamma": "removed"}
    # it took no namespace along: those of both environments, and what Argo CD knows, are the same
    assert found["summary"] == {"changedTargets": 1, "unchangedTargets": 3, "untouchedModels": 2}


def test_a_model_of_a_new_team_brings_its_namespace(root: Path) -> None:
    edit(
        root,
        "environments/dev/environment.yaml",
        "serving: {cluster: one, namespace: dev-models}",
        "serving: {cluster: one, namespace: dev-models, namespaces: {new: dev-new}}",
    )
    base = committed(root)
    edit(root, "specs/gamma/model.yaml", "team: lab", "team: new")
    found = document(root, base=base)
    assert "dev/_environment" in brief(found)
    assert "added namespace-dev-new.yaml" in brief(found)["dev/_environment"]
    assert found["summary"]["untouchedModels"] == 2


def test_a_changed_environment_builds_everything(root: Path) -> None:
    edit(
        root,
        "environments/prod/environment.yaml",
        "cpu: 1, memory: 2Gi}}\n    serving",
        "cpu: 1, memory: 3Gi}}\n    serving",
    )
    edit(
        root,
        "environments/prod/environment.yaml",
        "serving: {resources: {cpu: 1, memory: 2Gi}}",
        "serving: {resources: {cpu: 1, memory: 3Gi}}",
    )
    found = document(root)
    assert brief(found) == {"prod/alpha": ["changed serve/rayservice.yaml"]}
    # five targets of models, two of environments, and Argo CD's
    assert found["summary"] == {"changedTargets": 1, "unchangedTargets": 7, "untouchedModels": 0}


def test_a_changed_policy_changes_verdicts_and_no_object(root: Path) -> None:
    edit(root, "specs/beta/model.yaml", 'forbidden: "no"', "forbidden: fleet")
    assert mlgitops(root, "render").code == 0
    base = committed(root)
    edit(root, "environments/dev/environment.yaml", "kind: Environment\n", "kind: Environment\n# a remark\n")
    found = document(root, base=base)
    assert found["targets"] == []
    assert found["verdicts"] == []


def test_verdicts_of_all_three_scopes_change(root: Path) -> None:
    edit(root, "specs/alpha/model.yaml", 'forbidden: "no"', "forbidden: model")
    edit(
        root,
        "specs/beta/model.yaml",
        "framework: sklearn",
        f"framework: sklearn\n    image: registry.example.com/forbidden@sha256:{'a' * 64}",
    )
    edit(root, "specs/gamma/model.yaml", "team: lab", 'team: lab, owner: "@forbidden"')
    ran = plan(root, "--format", "json")
    assert ran.code == 1
    changes = {(v["subject"], v["rule"]): (v["before"], v["after"]) for v in json.loads(ran.out)["verdicts"]}
    assert changes == {
        ("alpha@dev", "words.label"): ("allowed", "denied"),
        ("alpha@prod", "words.label"): ("allowed", "denied"),
        ("beta@dev", "words.image"): ("allowed", "denied"),
        ("gamma@dev", "words.owner"): ("allowed", "denied"),
    }
    base = committed(root)
    edit(root, "specs/alpha/model.yaml", "forbidden: model", 'forbidden: "no"')
    assert {(v["subject"], v["before"], v["after"]) for v in document(root, base=base)["verdicts"]} == {
        ("alpha@dev", "denied", "allowed"),
        ("alpha@prod", "denied", "allowed"),
    }


def test_a_fleet_verdict_on_a_model_that_did_not_change_is_told(root: Path) -> None:
    """The fleet rule points at the first model alone; removing it moves the finding to nobody."""
    edit(root, "specs/beta/model.yaml", "team: growth", 'team: growth, owner: "@forbidden"')
    base = committed(root)
    edit(root, "specs/alpha/model.yaml", *DEADLINE)
    ran = plan(root, base=base)
    assert ran.code == 1, "the fleet is denied still"
    found = document(root, base=base)
    assert found["verdicts"] == []
    assert {f["code"] for f in found["report"]["findings"]} == {"policy/words.owner"}


def test_a_new_model_that_is_denied_was_undecided(root: Path) -> None:
    shutil.copytree(root / "specs/gamma", root / "specs/delta")
    text = (root / "specs/delta/model.yaml").read_text().replace("gamma", "delta")
    (root / "specs/delta/model.yaml").write_text(text.replace('forbidden: "no"', "forbidden: model"))
    found = document(root)
    assert [(v["subject"], v["before"], v["after"]) for v in found["verdicts"]] == [
        ("delta@dev", "undecided", "denied")
    ]


@pytest.mark.parametrize("side", ["base", "working tree", "both"])
def test_what_has_errors_cannot_be_compared(root: Path, side: str) -> None:
    """Of a base that was never rendered; one that was is compared as it is committed."""
    wrong = ("task: regression", "task: nonsense")
    if side != "working tree":
        edit(root, "specs/alpha/model.yaml", *wrong)
        for environment in ("dev", "prod"):
            shutil.rmtree(root / f"rendered/{environment}/alpha")
    base = committed(root)
    if side == "base":
        edit(root, "specs/alpha/model.yaml", *reversed(wrong))
    elif side == "working tree":
        edit(root, "specs/alpha/model.yaml", *wrong)
    else:
        edit(root, "specs/alpha/model.yaml", *DEADLINE)
    found = document(root, base=base)
    assert found["notCompared"] == [{"target": f"{env}/alpha", "side": side} for env in ("dev", "prod")]
    assert found["targets"] == []
    where = "in both" if side == "both" else f"in the {side}"
    ran = plan(root, base=base)
    assert f"dev/alpha cannot be compared: it has errors {where}\n" in ran.out
    assert ran.code == (0 if side == "base" else 1)


def test_a_base_before_there_were_models(copy: Copy) -> None:
    root = copy("plain")
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "commit", "--quiet", "--allow-empty", "--message", "nothing")
    found = document(root)
    assert {t["change"] for t in found["targets"]} == {"added"}
    assert len(found["targets"]) == 8
    assert found["summary"]["untouchedModels"] == 0


def test_what_an_environment_shares_is_not_removed_by_a_patch_that_matches_nothing(root: Path) -> None:
    patch = "- target: {kind: RayJob, name: nobody}\n  patch: '[{op: remove, path: /spec/suspend}]'\n"
    text = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\npatches:\n" + patch
    write(root, {"environments/dev/kustomization.yaml": text})
    ran = plan(root)
    assert ran.code == 1
    assert "environments/dev/kustomization.yaml:4:3: error[kustomize/patch-matches-nothing]" in ran.out
    assert "dev/_environment cannot be compared: it has errors in the working tree\n" in ran.out
    assert document(root)["targets"] == []


def test_filters(root: Path) -> None:
    for name in ("alpha", "beta"):
        edit(root, f"specs/{name}/model.yaml", *DEADLINE)
    assert list(brief(document(root, "--model", "beta"))) == ["dev/beta"]
    assert list(brief(document(root, "--env", "prod"))) == []
    ran = plan(root, "--env", "none")
    assert ran.code == 2
    assert ran.err.startswith("mlgitops: --env must be one of dev, prod; got 'none'\n")


def test_unknown_bases(root: Path, memory: Path) -> None:
    ran = plan(root, base="no-such-branch")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("mlgitops: no-such-branch names no commit of this repository\n")
    ran = plan(root, base="--upload-pack=touch")
    assert ran.code == 2
    first = git(root, "rev-parse", "HEAD")
    committed(root, "second")
    shallow = memory / "shallow"
    git(root, "clone", "--quiet", "--depth=1", f"file://{root}", str(shallow))
    try:
        ran = plan(shallow, base=first)
        assert ran.code == 3
        assert ran.err.startswith(f"mlgitops: {first} is not in this shallow clone\n")
        assert plan(shallow).code == 0
    finally:
        shutil.rmtree(shallow)


def test_an_unrelated_history_is_compared_like_any_other(root: Path) -> None:
    git(root, "checkout", "--quiet", "--orphan", "other")
    edit(root, "specs/alpha/model.yaml", *DEADLINE)
    committed(root, "unrelated")
    assert list(brief(document(root, base="main"))) == ["dev/alpha"]


def test_outside_of_git(copy: Copy) -> None:
    root = copy("plain")
    ran = plan(root)
    assert ran.code == 3
    assert "is in no Git repository" in ran.err


def test_a_repository_below_the_top_of_a_checkout(copy: Copy, memory: Path) -> None:
    outer = memory / "outer"
    outer.mkdir()
    try:
        root = Path(shutil.copytree(copy("plain"), outer / "platform/models"))
        committed(outer)
        edit(root, "specs/alpha/model.yaml", *DEADLINE)
        write(outer, {"unrelated.txt": "x"})
        assert list(brief(document(root))) == ["dev/alpha"]
    finally:
        shutil.rmtree(outer)


def test_markdown_holds_plan_and_report(root: Path) -> None:
    edit(root, "specs/alpha/model.yaml", 'forbidden: "no"', "forbidden: model")
    ran = plan(root, "--format", "markdown")
    assert ran.code == 1
    assert ran.out.startswith("<!-- mlgitops:plan -->\n### mlgitops plan: denied\n")
    assert "\n- **`policy/words.label`** on `alpha@dev, alpha@prod` (allowed → denied" in ran.out
    assert "\n  expected another label, got the forbidden  \n  at `specs/alpha/model.yaml:" in ran.out
    assert len(ran.out) <= 65_536


EXTRA_POD = """\
    apiVersion: v1
    kind: Pod
    metadata: {name: extra, namespace: dev-models}
    spec: {containers: [{name: a, image: registry.example.com/good}]}
    """


def with_extra(root: Path, image: str) -> None:
    """Gives dev a kustomization that adds a pod of an image."""
    file = root / "environments/dev/kustomization.yaml"
    resources = "resources: [quota.yaml, pod.yaml]" if (root / "environments/dev/quota.yaml").exists() else ""
    head = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
    file.write_text(f"{head}{resources or 'resources: [pod.yaml]'}\n")
    write(root, {"environments/dev/pod.yaml": EXTRA_POD.replace("good", image)})


@pytest.mark.parametrize("repository", ["plain", "customized"])
def test_an_object_that_an_environment_adds_is_decided(copy: Copy, repository: str) -> None:
    root = copy(repository)
    committed(root)
    with_extra(root, "forbidden")
    found = document(root)
    assert found["verdicts"] == [
        {
            "subject": "_environment@dev",
            "rule": "words.image",
            "before": "allowed",
            "after": "denied",
            "message": "expected another image, got a forbidden one",
        }
    ]
    assert [(f["path"], f["line"], f["column"], f["code"], f["subject"]) for f in found["report"]["findings"]] == [
        ("environments/dev/pod.yaml", 4, 38, "policy/words.image", "_environment@dev")
    ]
    committed(root)
    with_extra(root, "good")
    (verdict,) = document(root)["verdicts"]
    assert (verdict["subject"], verdict["before"], verdict["after"]) == ("_environment@dev", "denied", "allowed")


def test_what_an_environment_adds_is_not_asked_about_when_a_model_changes(copy: Copy) -> None:
    root = copy("customized")
    with_extra(root, "forbidden")
    committed(root)
    edit(root, "specs/alpha/model.yaml", *DEADLINE)
    found = document(root)
    assert (found["verdicts"], found["report"]["findings"]) == ([], [])


def test_an_object_that_cannot_be_made_is_undecided(copy: Copy) -> None:
    root = copy("customized")
    with_extra(root, "forbidden")
    committed(root)
    (root / "environments/dev/pod.yaml").write_text("apiVersion: v1\nkind: Pod\nmetadata: {name: extra}\n")
    patch = "patches: [{target: {kind: Pod, name: extra}, patch: '[{op: remove, path: /spec}]'}]\n"
    file = root / "environments/dev/kustomization.yaml"
    file.write_text(file.read_text() + patch)
    (verdict,) = document(root)["verdicts"]
    assert (verdict["subject"], verdict["before"], verdict["after"]) == ("_environment@dev", "denied", "undecided")
