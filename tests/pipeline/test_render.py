"""What `render` writes, leaves and removes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.pipeline.conftest import Copy
from tests.pipeline.miniature import Ran, edit, environment, mlgitops, rendered, write
from tests.pipeline.test_stale import found

Files = dict[str, bytes]
ROOT = Path(__file__).parents[2]
EDIT = ("deadline: 2h", "deadline: 3h")


def below(files: Files, *places: str) -> Files:
    return {path: content for path, content in files.items() if path.startswith(tuple(f"{p}/" for p in places))}


def changed(before: Files, after: Files) -> set[str]:
    """The targets in which a file differs."""
    paths = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    return {"/".join(path.split("/")[1 : 2 if path.startswith("rendered/argocd") else 3]) for path in paths}


def last(ran: Ran) -> str:
    return ran.out.rstrip("\n").rpartition("\n")[2]


def with_a_namespace_of_lab(copy: Copy) -> tuple[Path, Files]:
    """A rendered repository in which a team has a namespace of its own in dev, and what is rendered."""
    root = copy("plain")
    text = environment("dev", "one", trains=True, more="signing: {secret: model-signing}\n")
    text = text.replace("namespace: dev-models}", "namespace: dev-models, namespaces: {lab: dev-lab}}")
    write(root, {"environments/dev/environment.yaml": text})
    assert mlgitops(root, "render").code == 0
    return root, rendered(root)


@pytest.mark.usefixtures("_words")
class TestWriting:
    def test_only_what_changed(self, copy: Copy) -> None:
        root = copy("plain")
        before = rendered(root)
        edit(root, "specs/alpha/model.yaml", *EDIT)
        ran = mlgitops(root, "render")
        assert ran.code == 0
        assert changed(before, rendered(root)) == {"dev/alpha"}
        counts = "5 targets checked, 0 failed, 2 skipped, 0 waived; 4 files written, 79 unchanged, 0 removed"
        assert last(ran) == f"{counts}; policy by words 1"
        again = mlgitops(root, "render")
        assert last(again) == f"{counts}; policy by words 1".replace("4 files written, 79", "0 files written, 83")

    @pytest.mark.parametrize(
        ("path", "edits", "targets", "failed"),
        [
            ("specs/alpha/model.yaml", ('forbidden: "no"', "forbidden: model"), {"dev/alpha", "prod/alpha"}, 2),
            ("specs/alpha/model.yaml", ("task: regression", "task: nonsense"), {"dev/alpha", "prod/alpha"}, 2),
            ("specs/alpha/model.yaml", ("  target: price", "  target: [price"), {"dev/alpha", "prod/alpha"}, 2),
            ("environments/dev/releases/alpha.yaml", ("version: v1", "version: v9"), {"dev/alpha"}, 2),
        ],
    )
    def test_denied_and_broken_targets_keep_their_bytes(
        self, copy: Copy, path: str, edits: tuple[str, str], targets: set[str], failed: int
    ) -> None:
        root = copy("plain")
        before = rendered(root)
        edit(root, path, *edits)
        edit(root, "specs/beta/model.yaml", *EDIT)
        if path == "specs/alpha/model.yaml":
            edit(root, "specs/alpha/train.py", "return 1", "return 2")
        ran = mlgitops(root, "render")
        assert ran.code == 1
        assert f", {failed} failed, " in last(ran)
        after = rendered(root)
        assert changed(before, after) == {"dev/beta"}
        assert not targets & changed(before, after)
        again = mlgitops(root, "render")
        assert again.code == 1
        assert found(again.out) == found(ran.out)
        assert rendered(root) == after

    def test_a_fleet_that_is_denied_as_a_whole_writes_nothing_there(self, copy: Copy) -> None:
        root = copy("plain")
        before = rendered(root)
        edit(root, "specs/gamma/model.yaml", "team: lab", 'team: lab, owner: "@forbidden"')
        edit(root, "specs/gamma/model.yaml", *EDIT)
        edit(root, "specs/beta/model.yaml", *EDIT)
        ran = mlgitops(root, "render")
        assert ran.code == 1
        assert {code for _, code in found(ran.out)} == {"policy/words.owner"}
        assert changed(before, rendered(root)) == {"dev/beta"}

    def test_a_target_denied_once_is_written_when_it_is_allowed(self, copy: Copy) -> None:
        """Its model is not edited in between: what was found of it must not be used again."""
        root = copy("plain")
        before = rendered(root)
        edit(root, "specs/gamma/model.yaml", "team: lab", 'team: lab, owner: "@forbidden"')
        edit(root, "specs/gamma/model.yaml", *EDIT)
        assert mlgitops(root, "render").code == 1
        rule = root / "policies/words/owner/owner.rego"
        waiver = """\
            apiVersion: mlgitops.dev/v1alpha1
            kind: Waiver
            metadata: {name: gamma-owner}
            spec:
              rule: words.owner
              model: gamma
              environment: dev
              owner: "@ml-platform"
              reason: It is known.
              ticket: ML-1
              issued: "2026-11-01"
              expires: "2026-12-31"
            """
        assert rule.exists()
        write(root, {"policies/waivers/gamma-owner.yaml": waiver})
        ran = mlgitops(root, "render")
        assert ran.code == 0, ran
        assert changed(before, rendered(root)) == {"dev/gamma"}

    def test_a_namespace_does_not_go_because_its_only_model_has_a_mistake(self, copy: Copy) -> None:
        root, before = with_a_namespace_of_lab(copy)
        assert "rendered/dev/_environment/namespace-dev-lab.yaml" in before
        edit(root, "specs/gamma/model.yaml", "task: regression", "task: nonsense")
        ran = mlgitops(root, "render")
        assert ran.code == 1
        reason = "a model there has errors: what its models share stays as it was"
        assert f"skipped _environment@dev, _environment@prod: {reason}\n" in ran.out
        assert rendered(root) == before

    def test_a_namespace_does_not_go_with_a_team_that_is_denied(self, copy: Copy) -> None:
        root, before = with_a_namespace_of_lab(copy)
        edit(root, "specs/gamma/model.yaml", "team: lab", 'team: growth, owner: "@forbidden"')
        ran = mlgitops(root, "render")
        assert ran.code == 1
        assert "skipped _environment@dev" in ran.out
        assert rendered(root) == before

    @pytest.mark.parametrize(
        "change",
        [
            lambda folder: (folder / "releases/alpha.yaml").rename(folder / "releases/alpha.yml"),
            lambda folder: (folder / "releases").rename(folder / "release"),
            lambda folder: (
                (folder / "releases/alpha.yaml").rename(folder / "kept.yaml"),
                (folder / "releases/alpha.yaml").symlink_to("../kept.yaml"),
            ),
            lambda folder: edit(folder, "environment.yaml", "models: {teams: [growth]}", "models: {exclude: [alhpa]}"),
        ],
        ids=["another ending", "another folder", "a link", "a model that does not exist"],
    )
    def test_an_environment_with_an_error_keeps_its_bytes(self, copy: Copy, change: Callable[[Path], None]) -> None:
        root = copy("plain")
        before = rendered(root)
        change(root / "environments/prod")
        ran = mlgitops(root, "render")
        assert ran.code == 1
        assert "skipped *@prod: its environment has errors\n" in ran.out
        assert rendered(root) == before

    @pytest.mark.parametrize(
        ("expires", "code", "targets"), [("2027-01-20", 0, {"dev/alpha"}), ("2028-01-20", 1, set())]
    )
    def test_a_waiver_with_an_error_waives_nothing(
        self, copy: Copy, expires: str, code: int, targets: set[str]
    ) -> None:
        root = copy("plain")
        before = rendered(root)
        edit(root, "specs/alpha/model.yaml", 'forbidden: "no"', "forbidden: model")
        waiver = f"""\
            apiVersion: mlgitops.dev/v1alpha1
            kind: Waiver
            metadata: {{name: label}}
            spec:
              rule: words.label
              model: alpha
              environment: dev
              owner: "@growth"
              reason: For now.
              ticket: ML-1
              issued: "2026-11-01"
              expires: "{expires}"
            """
        write(root, {"policies/waivers/label.yaml": waiver})
        ran = mlgitops(root, "render", "--env", "dev")
        assert ran.code == code, ran.out
        assert changed(before, rendered(root)) == targets

    def test_extra_objects_of_one_name_stand_beside_each_other(self, copy: Copy) -> None:
        root = copy("customized")
        extra = "apiVersion: %s\nkind: Widget\nmetadata: {name: shared, namespace: dev-models}\nof: %s\n"
        groups = {"one": "one.example.com/v1", "two": "two.example.com/v1"}
        text = "---\n".join(extra % (version, name) for name, version in groups.items())
        write(root, {"environments/dev/quota.yaml": text})
        assert mlgitops(root, "render").code == 0
        there = [path for path in rendered(root) if path.startswith("rendered/dev/_environment/extra-")]
        assert there == [
            "rendered/dev/_environment/extra-widget-shared-2c01b228a2.yaml",
            "rendered/dev/_environment/extra-widget-shared-8339374cf7.yaml",
        ]
        assert {rendered(root)[path][-5:] for path in there} == {b" one\n", b" two\n"}

    def test_a_custom_resource_without_a_namespace_may_belong_to_none(self, copy: Copy) -> None:
        root = copy("customized")
        store = "apiVersion: external-secrets.io/v1\nkind: ClusterSecretStore\nmetadata: {name: vault}\n"
        write(root, {"environments/dev/quota.yaml": store})
        assert mlgitops(root, "render").code == 0
        project = rendered(root)["rendered/argocd/appproject-dev.yaml"].decode()
        wide, _, inside = project.partition("namespaceResourceWhitelist:")
        permitted = "  - group: external-secrets.io\n    kind: ClusterSecretStore\n"
        assert permitted in wide.partition("clusterResourceWhitelist:")[2]
        assert permitted in inside

    def test_rules_with_errors_decide_nothing_and_write_nothing(self, copy: Copy) -> None:
        root = copy("plain")
        before = rendered(root)
        edit(root, "specs/alpha/model.yaml", *EDIT)
        edit(root, "policies/words/label/label.rego", "package mlgitops.words.label", "package mlgitops.words.lable")
        ran = mlgitops(root, "render")
        assert ran.code == 1
        assert ("policies/words/label/label.rego", "policy/package") in found(ran.out)
        assert "skipped policy and rendering: the rules have errors" in ran.out
        assert rendered(root) == before


@pytest.mark.usefixtures("_words")
class TestRemoving:
    def test_where_nothing_is_protected(self, copy: Copy) -> None:
        root = copy("plain")
        shutil.rmtree(root / "specs/gamma")
        told = mlgitops(root, "render", "--check")
        assert found(told.out) == {("rendered/dev/gamma", "render/unexpected")}
        ran = mlgitops(root, "render")
        assert ran.code == 0
        assert last(ran) == (
            "4 targets checked, 0 failed, 1 skipped, 0 waived; "
            "0 files written, 70 unchanged, 13 removed; policy by words 1"
        )
        assert not (root / "rendered/dev/gamma").exists()
        assert mlgitops(root, "render", "--check").code == 0
        assert last(mlgitops(root, "render")).endswith("0 files written, 70 unchanged, 0 removed; policy by words 1")

    def test_the_counts_are_those_of_files(self, copy: Copy) -> None:
        root = copy("plain")
        before = rendered(root)
        edit(root, "specs/alpha/model.yaml", *EDIT)
        for name in ("rendered/dev/alpha/train/more.yaml", "rendered/dev/none/a.yaml", "rendered/dev/none/b/c.yaml"):
            write(root, {name: "a: 1\n"})
        (root / "rendered/argocd/application-root.yaml").unlink()
        report = json.loads(mlgitops(root, "render", "--format", "json").out)
        after = rendered(root)
        written = [path for path in after if after[path] != before[path]] + ["rendered/argocd/application-root.yaml"]
        assert after.keys() == before.keys()
        assert sorted(report["written"]) == sorted(written)
        assert report["removed"] == [
            "rendered/dev/alpha/train/more.yaml",
            "rendered/dev/none/a.yaml",
            "rendered/dev/none/b/c.yaml",
        ]
        assert report["summary"]["filesUnchanged"] == len(after) - len(written)

    def test_files_of_a_denied_target_are_none_of_them(self, copy: Copy) -> None:
        root = copy("plain")
        edit(root, "specs/gamma/model.yaml", 'forbidden: "no"', "forbidden: model")
        ran = mlgitops(root, "render")
        kept = len(rendered(root)) - len(below(rendered(root), "rendered/dev/gamma", "rendered/dev/_environment"))
        assert last(ran).endswith(f"; 1 error; 0 files written, {kept} unchanged, 0 removed; policy by words 1")

    def test_a_protected_environment_wants_a_tombstone(self, copy: Copy) -> None:
        root = copy("plain")
        before = rendered(root)
        shutil.rmtree(root / "specs/alpha")
        for path in ("dev/releases", "prod/releases", "dev/runs"):
            (root / f"environments/{path}/alpha.yaml").unlink()
        ran = mlgitops(root, "render")
        assert ran.code == 1
        assert ran.out.startswith(
            "rendered/prod/alpha:1:1: error[render/removal-refused]: 'alpha' is no longer declared in the protected"
            " environment 'prod', and is rendered there\n"
            "  for: alpha@prod\n"
            "  hint: to remove it, add it to `removals` in environments/prod/environment.yaml; else restore it\n"
        )
        after = rendered(root)
        assert changed(before, after) == {"dev/alpha"}
        assert below(after, "rendered/prod") == below(before, "rendered/prod")
        edit(
            root,
            "environments/prod/environment.yaml",
            "protected: true",
            'protected: true\n  removals: [{model: alpha, reason: Replaced by beta, date: "2026-11-20"}]',
        )
        ran = mlgitops(root, "render")
        assert ran.code == 0, ran
        assert not (root / "rendered/prod/alpha").exists()
        gone = len(below(after, "rendered/prod/alpha"))
        assert f", {gone} removed" in last(ran)

    @pytest.mark.parametrize("words", [("--model", "beta"), ("--env", "dev"), ("--env", "dev", "--model", "alpha")])
    def test_a_part_of_a_run_removes_nothing(self, copy: Copy, words: tuple[str, ...]) -> None:
        root = copy("plain")
        shutil.rmtree(root / "specs/gamma")
        write(root, {"rendered/none/file.yaml": "a: 1\n"})
        before = rendered(root)
        ran = mlgitops(root, "render", *words)
        assert ran.code == 0, ran
        assert rendered(root) == before
        assert "skipped fleet rules: they need every model: run without --model and --env" in ran.out
        assert mlgitops(root, "render", "--check", *words).code == 0

    def test_a_part_of_a_run_writes_its_targets_alone(self, copy: Copy) -> None:
        root = copy("plain")
        before = rendered(root)
        for name in ("alpha", "beta", "gamma"):
            edit(root, f"specs/{name}/model.yaml", *EDIT)
        assert mlgitops(root, "render", "--model", "beta").code == 0
        assert changed(before, rendered(root)) == {"dev/beta"}

    def test_an_empty_repository_removes_nothing(self, copy: Copy) -> None:
        root = copy("plain")
        before = rendered(root)
        shutil.rmtree(root / "specs")
        ran = mlgitops(root, "render")
        assert ran.code == 2
        assert ran.err.startswith("mlgitops: expected models under specs/, found none\n")
        assert rendered(root) == before


@pytest.mark.usefixtures("_words")
@pytest.mark.parametrize("words", [("--jobs", "1"), ("--jobs", "2"), ("--jobs", "4"), ("--no-cache",)])
def test_the_number_of_processes_and_the_cache_change_no_byte(
    copy: Copy, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    root = copy("plain")
    before = rendered(root)
    shutil.rmtree(root / "rendered")
    monkeypatch.setattr("mlgitops.pipeline.BATCH", 1)
    ran = mlgitops(root, "render", *words)
    assert ran.code == 0, ran
    assert rendered(root) == before


SURROUNDINGS: list[tuple[Callable[[Path], Path], dict[str, str]]] = [
    (lambda root: Path("/"), {"LC_ALL": "C", "TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "1"}),
    (lambda root: root / "specs/alpha", {"LC_ALL": "tr_TR.UTF-8", "TZ": "America/Adak", "PYTHONHASHSEED": "4242"}),
]


@pytest.mark.parametrize(("place", "variables"), SURROUNDINGS)
def test_nothing_around_a_run_changes_a_byte(
    copy: Copy, place: Callable[[Path], Path], variables: dict[str, str]
) -> None:
    root = copy("plain")
    before = rendered(root)
    shutil.rmtree(root / "rendered")
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": "/nonexistent", **variables}
    argv = [sys.executable, "-m", "mlgitops", "-C", str(root), "render", "--engine", "opa", "--as-of", "2026-11-21"]
    done = subprocess.run(argv, cwd=place(root), env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done
    assert rendered(root) == before
