"""Bases and working trees that are not as one would wish: each is told, and nothing of a stranger's is run."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.pipeline.conftest import Copy
from tests.pipeline.miniature import edit, mlgitops
from tests.pipeline.test_plan import DEADLINE, brief, committed, document, git, plan

pytestmark = pytest.mark.usefixtures("_words")


@pytest.fixture
def root(copy: Copy) -> Path:
    place = copy("plain")
    committed(place)
    return place


def notes(root: Path, base: str = "main") -> list[str]:
    found: list[str] = document(root, base=base)["notes"]
    return found


def test_nothing_to_say(root: Path) -> None:
    edit(root, "specs/alpha/model.yaml", *DEADLINE)
    assert notes(root) == []


def test_a_base_that_went_on(root: Path) -> None:
    git(root, "switch", "--quiet", "--create", "change")
    edit(root, "specs/alpha/model.yaml", *DEADLINE)
    committed(root)
    git(root, "switch", "--quiet", "main")
    edit(root, "specs/beta/model.yaml", *DEADLINE)
    assert mlgitops(root, "render").code == 0
    committed(root)
    git(root, "switch", "--quiet", "change")
    assert notes(root) == ["HEAD lacks 1 commit of the base, whose changes read as undone here: take the base in first"]


def test_an_unrelated_history(root: Path) -> None:
    git(root, "checkout", "--quiet", "--orphan", "other")
    edit(root, "specs/alpha/model.yaml", *DEADLINE)
    committed(root, "unrelated")
    assert notes(root) == ["the base shares no history with HEAD: everything is compared, as of two repositories"]


def test_a_shallow_clone_that_cannot_know(root: Path, memory: Path) -> None:
    committed(root, "second")
    git(root, "branch", "base")
    git(root, "switch", "--quiet", "--create", "change")
    edit(root, "specs/alpha/model.yaml", *DEADLINE)
    committed(root, "third")
    shallow = memory / "shallow"
    git(root, "clone", "--quiet", "--depth=1", "--no-single-branch", f"file://{root}", str(shallow))
    try:
        git(shallow, "switch", "--quiet", "change")
        (note,) = notes(shallow, "origin/base")
        assert note.startswith("this clone is shallow and does not know how the base stands to HEAD: fetch its history")
    finally:
        shutil.rmtree(shallow)


def test_a_merge_under_way(root: Path) -> None:
    git(root, "switch", "--quiet", "--create", "change")
    edit(root, "specs/alpha/model.yaml", "deadline: 2h", "deadline: 3h")
    committed(root)
    git(root, "switch", "--quiet", "main")
    edit(root, "specs/alpha/model.yaml", "deadline: 2h", "deadline: 4h")
    committed(root)
    with pytest.raises(subprocess.CalledProcessError):
        git(root, "merge", "--quiet", "change")
    ran = plan(root, base="main")
    assert ran.code == 1
    said = " ".join(ran.out.split())
    assert (
        "note: a merge is under way, with 1 file in conflict: specs/alpha/model.yaml; "
        "the working tree is compared as it stands" in said
    )
    assert "dev/alpha cannot be compared: it has errors in the working tree" in said


def rendered_otherwise(root: Path) -> None:
    """What another version of mlgitops rendered of the same sources."""
    for environment in ("dev", "prod"):
        service = root / f"rendered/{environment}/alpha/serve/rayservice.yaml"
        service.write_text(
            service.read_text().replace("terminationGracePeriodSeconds: 90", "terminationGracePeriodSeconds: 60")
        )
        key = root / f"rendered/{environment}/alpha/render-key.json"
        key.write_text(key.read_text().replace('"objects": "sha256:', '"objects": "sha256:0000'))


def test_a_base_that_another_version_rendered(root: Path) -> None:
    rendered_otherwise(root)
    base = committed(root)
    assert mlgitops(root, "render").code == 0
    found = document(root, base=base)
    assert brief(found) == {
        "dev/alpha": ["changed serve/rayservice.yaml"],
        "prod/alpha": ["changed serve/rayservice.yaml"],
    }
    assert [one["effect"] for one in found["effects"]] == ["new-cluster", "new-cluster"]
    assert found["notes"] == [
        "rendered/ of the base is not what this version of mlgitops makes of its sources in 2 targets: "
        "dev/alpha, prod/alpha; compared with what is committed there, which another version or a hand wrote"
    ]


def test_a_base_that_only_a_later_version_can_read(root: Path) -> None:
    """Its objects stand in the commit: what changes on a cluster is known, whatever its documents say."""
    path = root / "specs/alpha/model.yaml"
    text = path.read_text()
    path.write_text(text.replace("  task: regression", "  task: regression\n  somethingNew: true"))
    base = committed(root)
    path.write_text(text.replace(*DEADLINE))
    found = document(root, base=base)
    assert found["notCompared"] == []
    assert brief(found) == {
        "dev/alpha": ["changed train/job-evaluate.yaml", "changed train/job-sign.yaml", "changed train/rayjob.yaml"]
    }


def test_a_file_of_a_base_that_is_no_object(root: Path) -> None:
    (root / "rendered/dev/alpha/serve/service.yaml").write_text("\t- : [")
    base = committed(root)
    edit(root, "specs/alpha/model.yaml", *DEADLINE)
    assert "replaced serve/service.yaml" in brief(document(root, base=base))["dev/alpha"]


def test_a_renamed_model(root: Path) -> None:
    (root / "specs/gamma").rename(root / "specs/delta")
    edit(root, "specs/delta/model.yaml", "name: gamma", "name: delta")
    edit(root, "specs/delta/model.yaml", "route: /gamma", "route: /delta")
    assert notes(root) == [
        "gamma leaves and delta comes with the same data and training: a renamed model is a new one, which trains "
        "anew; versions, releases and runs of the old one do not go along"
    ]


@pytest.mark.parametrize("name", ["a;touch${IFS}pwned", "$(touch)", "`touch`", "a|b", "héllo"])
def test_hostile_branches(root: Path, name: str) -> None:
    git(root, "branch", name)
    edit(root, "specs/alpha/model.yaml", *DEADLINE)
    before = sorted(path.name for path in root.iterdir())
    assert list(brief(document(root, base=name))) == ["dev/alpha"]
    assert sorted(path.name for path in root.iterdir()) == before


@pytest.mark.parametrize(
    "name", ["--output=pwned", "-p", "main..other", ":/x", "main:specs", "main^{tree}", "a\nb", ""]
)
def test_revisions_that_are_none(root: Path, name: str) -> None:
    before = sorted(path.name for path in root.iterdir())
    ran = mlgitops(root, "plan", f"--base={name}")
    assert (ran.code, ran.out) == (2, "")
    assert "\n" not in ran.err.splitlines()[0]
    assert sorted(path.name for path in root.iterdir()) == before


def test_hostile_files_and_titles(root: Path) -> None:
    (root / "specs/alpha/$(touch pwned).py").write_text("pass\n")
    (root / "specs/alpha/\x1b[31m.txt").write_text("x\n")
    committed(root, "$(touch pwned) `touch pwned` <script>alert(1)</script>\n\n::error::x")
    edit(root, "specs/alpha/model.yaml", *DEADLINE)
    ran = plan(root, base="HEAD~1")
    assert "\x1b" not in ran.out
    assert not (root / "pwned").exists()
