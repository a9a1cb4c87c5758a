"""A schedule fires in CI, data has changed, a pull request is merged: a RayJob appears, by nobody's hand."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.lab.component import wait_until
from tests.lab.delivery import Person
from tests.lab.lab import SimulatedLab
from tests.lab.repository import GIT

TRAIN = "dev.diabetes.train"
RUN = "rendered/dev/diabetes/train/rayjob.yaml"


def git(folder: Path, *words: str) -> str:
    return subprocess.run([*GIT, *words], cwd=folder, check=True, capture_output=True, text=True).stdout


def test_a_schedule_a_pull_request_a_merge_a_run(lab: SimulatedLab, tmp_path: Path) -> None:
    main = lab.repository
    former = {each["metadata"]["name"] for each in lab.objects("rayjobs", "dev-diagnostics")}
    # What CI does in a checkout of its own, as docs/models.md says it: the new file, its digest, and a run asked for.
    checkout = tmp_path / "checkout"
    git(tmp_path, "clone", "--quiet", str(main.folder), str(checkout))
    person = Person(lab)
    person.folder = checkout
    data = tmp_path / "patients.csv"
    data.write_text("age,bmi,target\n0.04,0.06,151\n-0.01,0.05,75\n")
    words = ("--data", f"patients={data}", "--version", "v9", "--run", "dev", "--at", "2026-11-21T03:00:00Z")
    ran = person.run("data", "update", "diabetes", *words)
    assert ran.code == 0, ran
    ran = person.run("render")
    assert ran.code == 0, ran
    git(checkout, "switch", "--quiet", "--create", "data/diabetes")
    git(checkout, "add", "specs", "environments", "rendered")
    git(checkout, "commit", "--quiet", "--message", "Train diabetes on v9 of its patients")
    git(checkout, "push", "--quiet", "--force", "origin", "data/diabetes")
    # A second firing finds the data as they are, and asks for nothing.
    assert person.run("data", "update", "diabetes", *words).code == 0
    assert git(checkout, "status", "--porcelain", "specs", "environments") == ""
    # People merge it.
    git(main.folder, "merge", "--quiet", "--no-ff", "--message", "Merge the data of the night", "data/diabetes")
    found = re.search(r"(?m)^  name: (diabetes-\w+)$", (main.folder / RUN).read_text())
    assert found
    assert found[1] not in former
    lab.refresh(TRAIN)
    wait_until(
        lambda: found[1] in {each["metadata"]["name"] for each in lab.objects("rayjobs", "dev-diagnostics")},
        f"there is a RayJob {found[1]}",
        60,
    )
    person.folder = main.folder
    row = person.see_row("dev", "diabetes", lambda row: row["run"]["state"] == "succeeded", "has been trained")
    assert row["run"]["name"] == found[1]
    assert row["state"] == "live"
