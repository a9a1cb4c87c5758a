"""`verdict`: a commit decided by the rules of its base and by its own, whatever it says of itself."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from mlgitops.plan.verdict import BY_BASE, BY_CHANGE
from tests.pipeline.conftest import Copy
from tests.pipeline.miniature import Ran, edit, mlgitops, write
from tests.pipeline.test_plan import committed, git

LABEL = "policies/words/label/label.rego"
SPEC = "specs/alpha/model.yaml"
FORBIDDEN = ('labels: {forbidden: "no"}', "labels: {forbidden: model}")
LOOSER = ('forbidden == "model"', 'forbidden == "other"')
CANARY = "policies/words/label/fixtures/canary.yaml"
WAIVER = """\
    apiVersion: mlgitops.dev/v1alpha1
    kind: Waiver
    metadata: {name: alpha-label}
    spec:
      rule: words.label
      model: alpha
      environment: dev
      owner: "@growth"
      reason: It is only a word.
      ticket: https://tickets.example.com/1
      issued: "2026-11-20"
      expires: "2026-12-20"
    """


@pytest.fixture
def root(copy: Copy) -> Path:
    place = copy("plain")
    committed(place)
    return place


def verdict(root: Path, *words: str, base: str = "HEAD~1") -> Ran:
    return mlgitops(root, "verdict", "--base", base, *words, engine="opa")


def loosened(root: Path) -> None:
    edit(root, LABEL, *LOOSER)
    edit(root, CANARY, "{forbidden: model}", "{forbidden: other}")


def rendered(root: Path) -> str:
    """A commit of what `render` makes of it."""
    assert mlgitops(root, "render", engine="opa").code == 0
    return committed(root)


def test_an_allowed_change_is_clean(root: Path) -> None:
    edit(root, SPEC, "deadline: 2h", "deadline: 3h")
    rendered(root)
    ran = verdict(root)
    assert ran.code == 0, ran
    assert ran.err == ""
    assert ran.out == (
        "skipped beta@prod, gamma@dev: no release: everything but serving is rendered\n\n"
        "5 targets checked, 0 failed, 2 skipped, 0 waived; policy by opa 1.21.4\n"
    )


def test_the_working_tree_is_not_read(root: Path) -> None:
    edit(root, SPEC, "deadline: 2h", "deadline: 3h")
    rendered(root)
    shutil.rmtree(root / "specs")
    shutil.rmtree(root / "policies")
    assert verdict(root).code == 0


def test_what_was_not_rendered_is_told_though_the_change_says_otherwise(root: Path) -> None:
    edit(
        root,
        "rendered/dev/alpha/train/rayjob.yaml",
        "shutdownAfterJobFinishes: true",
        "shutdownAfterJobFinishes: false",
    )
    committed(root)
    ran = verdict(root)
    assert ran.code == 1
    assert "error[render/differs]: rendered/dev/alpha is stale: 1 file would change; edited by hand\n" in ran.out


def test_a_rule_loosened_for_its_own_change_does_not_help_it(root: Path) -> None:
    loosened(root)
    edit(root, SPEC, *FORBIDDEN)
    rendered(root)
    ran = verdict(root)
    assert ran.code == 1
    assert (
        "specs/alpha/model.yaml:3:59: error[policy/words.label]: expected another label, got the forbidden "
        "(by the rules of the base; those of this change do not say it)\n" in ran.out
    )
    assert "  for: alpha@dev, alpha@prod\n" in ran.out
    assert "  hint: land the change of what decides first, reviewed by itself\n" in ran.out
    assert (
        "note[verdict/rules-changed]: rules: this change edits policies/words/label/fixtures/canary.yaml and 1 more; "
        "it is decided by the base's and by its own\n" in ran.out
    )


def test_a_rule_loosened_alone_is_told_and_allowed(root: Path) -> None:
    loosened(root)
    rendered(root)
    ran = verdict(root)
    assert ran.code == 0, ran
    assert "note[verdict/rules-changed]" in ran.out


def test_a_rule_tightened_is_told_by_what_it_denies(root: Path) -> None:
    edit(root, LABEL, 'forbidden == "model"', 'forbidden in {"model", "no"}')
    committed(root)
    ran = verdict(root)
    assert ran.code == 1
    assert "got the forbidden (by the rules of this change; those of the base do not say it)\n" in ran.out
    assert "land the change" not in ran.out


def test_a_waiver_does_not_cover_the_change_that_brings_it(root: Path) -> None:
    for name in ("dev", "prod"):
        text = WAIVER.replace("alpha-label", f"{name}-label").replace("environment: dev", f"environment: {name}")
        write(root, {f"policies/waivers/{name}-label.yaml": text})
    edit(root, SPEC, *FORBIDDEN)
    rendered(root)
    ran = verdict(root, "--format", "json")
    assert ran.code == 1
    told = [
        (one["subject"], one["severity"], one["waivedBy"], one["message"].partition(" (")[2])
        for one in json.loads(ran.out)["findings"]
        if one["code"] == "policy/words.label"
    ]
    assert told == [
        ("alpha@dev", "error", None, f"{BY_BASE})"),
        ("alpha@prod", "error", None, f"{BY_BASE})"),
        ("alpha@dev", "error", "policies/waivers/dev-label.yaml", f"{BY_CHANGE})"),
        ("alpha@prod", "error", "policies/waivers/prod-label.yaml", f"{BY_CHANGE})"),
    ]


def test_a_changed_tool_is_not_believed(root: Path) -> None:
    """What the base's tool would not have made is decided as it was committed."""
    write(root, {"mlgitops/render/emit.py": "FORGED = True\n"})
    job = root / "rendered/dev/alpha/train/rayjob.yaml"
    job.write_text(job.read_text().replace("registry.example.com/ml/ray-sklearn", "registry.example.com/ml/forbidden"))
    committed(root)
    ran = verdict(root)
    assert ran.code == 1
    assert "rendered/dev/alpha/train/rayjob.yaml:1:1: error[policy/words.image]: expected another image" in ran.out
    assert "warning[render/differs]: rendered/dev/alpha is stale" in ran.out
    assert "note[verdict/tool-changed]: what renders and decides: this change edits mlgitops/render/emit.py" in ran.out


def test_a_changed_tool_cannot_hide_objects_in_what_is_no_object(root: Path) -> None:
    write(root, {"mlgitops/render/emit.py": "FORGED = True\n"})
    job = root / "rendered/dev/alpha/train/rayjob.yaml"
    job.write_text("- {apiVersion: v1, kind: Pod}\n")
    committed(root)
    ran = verdict(root)
    assert ran.code == 1
    assert "rayjob.yaml:1:1: error[verdict/not-an-object]: rendered/ must hold one object a file" in ran.out


def test_what_was_denied_before_does_not_stop_another_model(root: Path) -> None:
    edit(root, SPEC, *FORBIDDEN)
    committed(root)
    edit(root, "specs/beta/model.yaml", "deadline: 2h", "deadline: 3h")
    mlgitops(root, "render", engine="opa")
    committed(root)
    ran = verdict(root)
    assert "warning[policy/words.label]: expected another label, got the forbidden (not of this change)\n" in ran.out
    assert ran.code == 0, ran
    assert verdict(root, base="HEAD~2").code == 1


def test_an_environment_that_the_base_lacks_is_decided_by_the_bases_rules(root: Path) -> None:
    edit(root, SPEC, *FORBIDDEN)
    loosened(root)
    shutil.copytree(root / "environments/dev", root / "environments/test")
    shutil.rmtree(root / "environments/test/releases")
    shutil.rmtree(root / "environments/test/runs")
    path = root / "environments/test/environment.yaml"
    text = path.read_text().replace("name: dev}", "name: test}").replace("dev-models", "test-models")
    path.write_text(text.replace("dev.example.com", "test.example.com"))
    committed(root)
    ran = verdict(root, "--format", "json")
    denied = [one for one in json.loads(ran.out)["findings"] if one["code"] == "policy/words.label"]
    assert [one["subject"] for one in denied if one["severity"] == "error"] == ["alpha@dev", "alpha@prod", "alpha@test"]


@pytest.mark.parametrize("path", [".github/CODEOWNERS", "CODEOWNERS", ".github/workflows/pull-request.yml"])
def test_who_approves_and_what_runs_is_told(root: Path, path: str) -> None:
    write(root, {path: "* @nobody\n"})
    committed(root)
    ran = verdict(root)
    assert ran.code == 0
    assert f"this change edits {path}; it is decided by the base's" in ran.out


def test_the_first_commit_is_decided_by_its_own_rules(copy: Copy) -> None:
    place = copy("plain")
    git(place, "init", "--quiet", "--initial-branch=main")
    git(place, "commit", "--quiet", "--allow-empty", "--message", "nothing")
    committed(place)
    ran = verdict(place)
    assert ran.code == 0, ran
    assert "skipped rules of the base: it has no models or no environments yet\n" in ran.out


def test_rules_that_do_not_compile(root: Path) -> None:
    text = (root / LABEL).read_text()
    (root / LABEL).write_text(text + "\nbroken := nothing.at.all\n")
    committed(root)
    ran = verdict(root)
    assert ran.code == 1
    assert f"{LABEL}:" in ran.out
    (root / LABEL).write_text(text)
    committed(root)
    mended = verdict(root)
    assert mended.code == 0, mended
    assert f"skipped rules of the base: they have errors: {LABEL}:" in mended.out


@pytest.mark.parametrize("base", ["nowhere", "--output=x", "HEAD~1..HEAD", "HEAD:specs"])
def test_a_base_that_is_no_commit_is_refused(root: Path, base: str) -> None:
    ran = mlgitops(root, "verdict", f"--base={base}", engine="opa")
    assert ran.code == 2
    assert ran.out == ""
