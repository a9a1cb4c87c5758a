"""`plan` refuses a release that supersedes another version than the one which serves on the base."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from mlgitops.spec.digests import record_digest
from tests.pipeline.conftest import Copy
from tests.pipeline.miniature import edit
from tests.pipeline.test_plan import committed, document, plan

pytestmark = pytest.mark.usefixtures("_words")

RELEASE = "environments/dev/releases/alpha.yaml"
HINT = "take the base in and ask for the release again: promote, rollback and release --new write what it supersedes"


@pytest.fixture
def root(copy: Copy) -> Path:
    """A repository where v1 of alpha serves, and v2 and v3 have records."""
    place = copy("plain")
    for name in ("v2", "v3"):
        shutil.copytree(place / "specs/alpha/versions/v1", place / f"specs/alpha/versions/{name}")
        edit(place, f"specs/alpha/versions/{name}/version.yaml", "name: v1,", f"name: {name},")
    committed(place)
    return place


def release(root: Path, version: str, supersedes: str | None) -> None:
    folder = root / f"specs/alpha/versions/{version}"
    digest = record_digest({path.name: path.read_bytes() for path in folder.iterdir()})
    line = f"  supersedes: {supersedes}\n" if supersedes else ""
    (root / RELEASE).write_text(
        "apiVersion: mlgitops.dev/v1alpha1\nkind: Release\nmetadata: {name: alpha, environment: dev}\n"
        f'spec:\n  version: {version}\n  recordDigest: {digest}\n{line}  requestedBy: "@growth"\n'
    )


def stale(root: Path) -> list[tuple[int, str]]:
    found: list[dict[str, Any]] = document(root)["report"]["findings"]
    return [(one["line"], one["message"]) for one in found if one["code"] == "release/stale-supersedes"]


def test_of_two_pull_requests_only_the_first_lands(root: Path) -> None:
    release(root, "v2", "v1")
    assert stale(root) == []
    committed(root, "the first one lands")
    release(root, "v3", "v1")  # the second one was written when v1 served
    about = "supersedes must be v2, as v2 serves on the base, got v1"
    assert stale(root) == [(7, about)]
    ran = plan(root)
    assert ran.code == 1
    assert f"{RELEASE}:7:15: error[release/stale-supersedes]: {about}\n" in ran.out
    assert f"  hint: {HINT}\n" in ran.out
    release(root, "v3", "v2")
    assert stale(root) == []


@pytest.mark.parametrize(
    ("version", "supersedes", "says"),
    [
        ("v2", None, (5, "supersedes must be v1, as v1 serves on the base, got none")),
        ("v1", "v2", (7, "supersedes must be absent, as the release of v1 on the base says, got v2")),
    ],
)
def test_what_is_left_out_or_made_up(root: Path, version: str, supersedes: str | None, says: tuple[int, str]) -> None:
    release(root, version, supersedes)
    assert stale(root) == [says]


def test_the_first_release(root: Path) -> None:
    (root / RELEASE).unlink()
    committed(root, "withdrawn")
    release(root, "v2", "v1")
    assert stale(root) == [(7, "supersedes must be absent, as nothing serves on the base, got v1")]
    release(root, "v2", None)
    assert stale(root) == []


def test_an_approval_changes_nothing(root: Path) -> None:
    with (root / RELEASE).open("a") as file:
        file.write('  approvals: [{role: model-owner, by: "@growth/lead", at: "2026-11-21T10:00:00Z"}]\n')
    assert stale(root) == []


def test_a_base_with_errors_is_no_base(root: Path) -> None:
    good = (root / RELEASE).read_text()
    (root / RELEASE).write_text(good.replace("kind: Release", "kind: Releas"))
    committed(root, "broken")
    (root / RELEASE).write_text(good)
    assert stale(root) == []
