"""`render --check` tells everything under rendered/ that is not as its inputs say, with and without a warm cache."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from mlgitops.request import Request, recall
from tests.pipeline.conftest import Copy
from tests.pipeline.miniature import mlgitops, release, rendered

pytestmark = pytest.mark.usefixtures("_words")

TICK = 0.03
"""Longer than what the cache takes for one moment."""


def swap(path: str, before: str, after: str) -> Callable[[Path], None]:
    """An edit of one byte: same size, mtime restored."""
    assert len(before) == len(after)

    def change(root: Path) -> None:
        file = root / path
        facts = file.stat()
        text = file.read_text()
        assert before in text
        file.write_text(text.replace(before, after, 1))
        os.utime(file, ns=(facts.st_atime_ns, facts.st_mtime_ns))
        assert (file.stat().st_size, file.stat().st_mtime_ns) == (facts.st_size, facts.st_mtime_ns)

    return change


def swap_version(root: Path) -> None:
    """A version is immutable: its releases state its digest, and must be renewed with it."""
    swap("specs/alpha/versions/v1/serve.py", "rate = 1", "rate = 2")(root)
    for environment in ("dev", "prod"):
        release(root, "alpha", environment)


def swap_record(root: Path) -> None:
    swap("specs/beta/versions/v1/version.yaml", "route: /beta", "route: /bets")(root)
    release(root, "beta", "dev")


def add(path: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("a: 1\n")

    return change


def delete(path: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        shutil.rmtree(root / path) if (root / path).is_dir() else (root / path).unlink()

    return change


def folder(path: str) -> Callable[[Path], None]:
    return lambda root: (root / path).mkdir(parents=True)


def link(path: str) -> Callable[[Path], None]:
    """The same bytes behind a symbolic link."""

    def change(root: Path) -> None:
        elsewhere = root / "elsewhere"
        (root / path).rename(elsewhere)
        (root / path).symlink_to(elsewhere)

    return change


def _another_model(root: Path) -> None:
    text = (root / "specs/gamma/model.yaml").read_text()
    (root / "specs/delta").mkdir()
    (root / "specs/delta/model.yaml").write_text(text.replace("gamma", "delta"))
    shutil.copy(root / "specs/gamma/train.py", root / "specs/delta/train.py")


DEV, PROD = "rendered/dev", "rendered/prod"
TRAIN = (f"{DEV}/alpha/train/rayjob.yaml", "would change")

CASES: dict[str, tuple[str, Callable[[Path], None], tuple[str, str]]] = {
    "spec": ("plain", swap("specs/alpha/model.yaml", "rate: 0.5", "rate: 0.6"), TRAIN),
    "code": ("plain", swap("specs/alpha/train.py", "return 1", "return 2"), TRAIN),
    "new code": ("plain", add("specs/alpha/more.py"), (f"{DEV}/alpha/train/configmap-code.yaml", "would change")),
    "code gone": (
        "plain",
        delete("specs/alpha/versions/v1/serve.py"),
        ("environments/dev/releases/alpha.yaml", "release/record-digest"),
    ),
    "version's code": ("plain", swap_version, (f"{PROD}/alpha/serve/configmap-code.yaml", "would change")),
    "version's record": ("plain", swap_record, (f"{DEV}/beta/serve/httproute.yaml", "would change")),
    "record alone": (
        "plain",
        swap("specs/beta/versions/v1/version.yaml", "route: /beta", "route: /bets"),
        ("environments/dev/releases/beta.yaml", "release/record-digest"),
    ),
    "release gone": (
        "plain",
        delete("environments/prod/releases/alpha.yaml"),
        (f"{PROD}/alpha", "render/differs"),
    ),
    "release new": (
        "plain",
        lambda root: release(root, "beta", "prod"),
        (f"{PROD}/beta", "render/differs"),
    ),
    "run": ("plain", swap("environments/dev/runs/alpha.yaml", "attempt: 1", "attempt: 2"), TRAIN),
    "run gone": (
        "plain",
        delete("environments/dev/runs/alpha.yaml"),
        TRAIN,
    ),
    "environment": (
        "plain",
        swap("environments/dev/environment.yaml", "cpu: 1, memory: 2Gi", "cpu: 1, memory: 3Gi"),
        (f"{DEV}/gamma/train/rayjob.yaml", "would change"),
    ),
    "repository": (
        "plain",
        swap("mlgitops.yaml", "ml/models.git", "ml/modelz.git"),
        ("rendered/argocd/application-root.yaml", "would change"),
    ),
    "kustomization": (
        "customized",
        swap("environments/dev/kustomization.yaml", "lower", "upper"),
        (f"{DEV}/beta", "render/differs"),
    ),
    "its resource": (
        "customized",
        swap("environments/dev/quota.yaml", '"10"', '"11"'),
        (f"{DEV}/_environment/extra-resourcequota-extra.yaml", "would change"),
    ),
    "template": (
        "customized",
        swap("environments/dev/templates/notes.yaml", "data: {team:", "data: {Team:"),
        (f"{DEV}/beta/train/template-notes.yaml", "would change"),
    ),
    "a new model": ("plain", _another_model, (f"{DEV}/delta", "render/missing")),
    "a model gone": ("plain", delete("specs/gamma"), (f"{DEV}/gamma", "render/unexpected")),
    "a rendered file": (
        "plain",
        swap(f"{DEV}/alpha/serve/service.yaml", "kind: Service", "kind: Servize"),
        (f"{DEV}/alpha/serve/service.yaml", "render/differs"),
    ),
    "an environment's file": (
        "plain",
        swap(f"{PROD}/_environment/namespace-prod-models.yaml", "prod-models", "prod-modelz"),
        (f"{PROD}/_environment/namespace-prod-models.yaml", "would change"),
    ),
    "Argo CD's file": (
        "plain",
        swap("rendered/argocd/appproject-dev.yaml", "kind: AppProject", "kind: AppProjekt"),
        ("rendered/argocd/appproject-dev.yaml", "would change"),
    ),
    "a render key": (
        "plain",
        swap(f"{DEV}/gamma/render-key.json", "sha256:", "sha257:"),
        (f"{DEV}/gamma/render-key.json", "would change"),
    ),
    "a file gone": (
        "plain",
        delete(f"{DEV}/beta/train/job-sign.yaml"),
        (f"{DEV}/beta/train/job-sign.yaml", "render/differs"),
    ),
    "a target gone": (
        "plain",
        delete(f"{PROD}/beta"),
        (f"{PROD}/beta", "render/missing"),
    ),
    "a file more": (
        "plain",
        add(f"{DEV}/alpha/train/more.yaml"),
        (f"{DEV}/alpha/train/more.yaml", "render/differs"),
    ),
    "a file beside": ("plain", add(f"{DEV}/alpha/more.yaml"), (f"{DEV}/alpha/more.yaml", "render/differs")),
    "a hidden file": ("plain", add(f"{DEV}/alpha/train/.more"), (f"{DEV}/alpha/train/.more", "render/differs")),
    "a folder more": ("plain", folder(f"{DEV}/alpha/more"), (f"{DEV}/alpha/more", "render/differs")),
    "a folder deep": ("plain", folder(f"{DEV}/alpha/train/a/b"), (f"{DEV}/alpha/train/a/b", "render/differs")),
    "a target more": ("plain", add(f"{DEV}/none/a.yaml"), (f"{DEV}/none", "render/unexpected")),
    "a file for Argo CD": ("plain", add("rendered/argocd/a.yaml"), ("rendered/argocd/a.yaml", "would be removed")),
    "a link": ("plain", link(f"{DEV}/alpha/serve/service.yaml"), (f"{DEV}/alpha/serve/service.yaml", "render/differs")),
    "a linked target": ("plain", link(f"{DEV}/alpha"), (f"{DEV}/alpha", "render/missing")),
}


def found(out: str) -> set[tuple[str, str]]:
    """(path, code) of all findings in a text report."""
    lines = (line.partition(": error[") for line in out.split("\n") if ": error[" in line)
    return {(place.rsplit(":", 2)[0], rest.partition("]")[0]) for place, _, rest in lines}


def named(out: str) -> set[tuple[str, str]]:
    """(path, words) of all places that the findings of a text report name beside their own."""
    lines = (line.removeprefix("  see: ").rpartition(": ") for line in out.split("\n") if line.startswith("  see: "))
    return {(place.rsplit(":", 2)[0], words) for place, _, words in lines}


def request(root: Path) -> Request:
    return Request(str(root), date(2026, 11, 21), engine="embedded")


def warm(root: Path) -> None:
    """Let the next check be answered by what this one saw."""
    time.sleep(TICK)
    assert mlgitops(root, "render", "--check").code == 0
    recalled = recall(request(root), "render --check")
    assert recalled is not None
    assert recalled.report is not None


@pytest.mark.parametrize("cache", ["cold", "warm"])
@pytest.mark.parametrize("case", CASES)
def test_told_and_mended(copy: Copy, case: str, cache: str) -> None:
    original, change, expected = CASES[case]
    root = copy(original)
    if cache == "warm":
        warm(root)
    change(root)
    told = mlgitops(root, "render", "--check")
    assert told.code == 1, told
    assert expected in found(told.out) | named(told.out), told.out
    if cache == "warm":
        again = mlgitops(root, "render", "--check")
        assert (again.code, again.out) == (1, told.out)
    if expected[1].startswith("release/"):
        return  # nothing to be rendered: mended by a person
    mended = mlgitops(root, "render")
    assert mended.code == 0, mended
    clean = mlgitops(root, "render", "--check")
    assert clean.code == 0, clean
    assert found(clean.out) == set()
    if cache == "cold":
        mended_bytes = rendered(root)
        shutil.rmtree(root / "rendered")
        assert mlgitops(root, "render").code == 0
        assert rendered(root) == mended_bytes


UNKNOWN = {
    "a folder": (folder("rendered/none"), ("rendered/none", "render/unknown-environment")),
    "a file": (add("rendered/none.yaml"), ("rendered/none.yaml", "render/unknown-environment")),
    "a protected target": (add(f"{PROD}/none/a.yaml"), (f"{PROD}/none", "render/removal-refused")),
    "a linked environment": (link(DEV), (DEV, "render/symbolic-link")),
    "all of it linked": (link("rendered"), ("rendered", "render/symbolic-link")),
}


@pytest.mark.parametrize("cache", ["cold", "warm"])
@pytest.mark.parametrize("case", UNKNOWN)
def test_told_and_left_to_a_person(copy: Copy, case: str, cache: str) -> None:
    change, expected = UNKNOWN[case]
    root = copy("plain")
    if cache == "warm":
        warm(root)
    change(root)
    before = rendered(root)
    told = mlgitops(root, "render", "--check")
    assert told.code == 1, told
    assert expected in found(told.out), told.out
    wrote = mlgitops(root, "render")
    assert wrote.code == 1, wrote
    assert found(wrote.out) == {expected}, wrote.out
    assert rendered(root) == before


def test_a_policy_comment_changes_no_byte(copy: Copy) -> None:
    root = copy("plain")
    before = rendered(root)
    rule = root / "policies/words/label/label.rego"
    rule.write_text(rule.read_text() + "\n# a remark\n")
    assert mlgitops(root, "render", "--check").code == 0
    assert mlgitops(root, "render").out.endswith("0 files written, 83 unchanged, 0 removed; policy by words 1\n")
    assert rendered(root) == before


def test_a_stale_target_stays_stale_while_others_are_edited(copy: Copy) -> None:
    """What was found of a model is not used again while what it should have written is not there."""
    root = copy("plain")
    warm(root)
    swap(f"{DEV}/alpha/serve/service.yaml", "kind: Service", "kind: Servize")(root)
    expected = (f"{DEV}/alpha/serve/service.yaml", "render/differs")
    time.sleep(TICK)
    assert found(mlgitops(root, "render", "--check").out) == {expected}
    time.sleep(TICK)
    swap("specs/beta/model.yaml", "deadline: 2h", "deadline: 3h")(root)
    assert expected in found(mlgitops(root, "render", "--check").out)
