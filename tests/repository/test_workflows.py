"""The workflows' own steps, run on pull requests as Git repositories: friendly ones, and such as attack their judge.

A checkout is a clone, an artifact a copy; every `run:` is what stands in the workflow. Installing is the one thing that
is stood in for: `.ci/setup` of these repositories links the mlgitops of this test. That of a change also leaves a mark,
which must not be there where nothing of a change may run.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from ryaml import loads

from tests.pipeline.conftest import copy, memory, originals  # noqa: F401  fixtures
from tests.pipeline.miniature import edit, mlgitops
from tests.pipeline.test_plan import committed, git

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = ROOT / ".github/workflows"
SPEC = "specs/alpha/model.yaml"
FORBIDDEN = ('labels: {forbidden: "no"}', "labels: {forbidden: model}")
ENVIRONMENT = "environments/dev/environment.yaml"

SETUP = """\
#!/usr/bin/env bash
set -eu
cd "$(dirname "$0")/.."
{mark}
mkdir -p .venv/bin
printf '#!/bin/sh\\nexec {python} -P -m mlgitops "$@"\\n' > .venv/bin/mlgitops
chmod +x .venv/bin/mlgitops
"""


class Played(NamedTuple):
    """What became of a job."""

    ok: bool
    log: str
    artifacts: Mapping[str, Path]
    marks: list[str]
    """What the change's code left behind when it ran."""
    summary: str


def workflow(name: str) -> dict[str, Any]:
    document: dict[str, Any] = loads((WORKFLOWS / name).read_text())
    return document


def play(origin: Path, head: str, base: str, job: str, place: Path) -> Played:
    """One job of change.yml on a commit."""
    workspace, temporary, marks = place / "workspace", place / "temp", place / "marks"
    for folder in (temporary, marks):
        folder.mkdir(parents=True)
    summary = temporary / "summary.md"
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME")},
        "CI": "true",
        "GITHUB_OUTPUT": str(temporary / "outputs"),
        "GITHUB_STEP_SUMMARY": str(summary),
        "GIT_CONFIG_NOSYSTEM": "1",
        "MARKS": str(marks),
        "PYTHONPATH": str(ROOT),
        "RUNNER_TEMP": str(temporary),
    }
    log, artifacts, failed = "", dict[str, Path](), False
    outputs = temporary / "outputs"
    for step in workflow("change.yml")["jobs"][job]["steps"]:
        judged = outputs.exists() and outputs.read_text() == "judges=true\n"
        conditions = {
            "success()": not failed,
            "failure()": failed,
            "always()": True,
            "steps.base.outputs.judges == 'true'": judged and not failed,
        }
        if not conditions[step.get("if", "success()")]:
            continue
        if "uses" in step:
            action = step["uses"].partition("@")[0]
            if action == "actions/checkout":
                assert step["with"]["persist-credentials"] is False
                git(place, "clone", "--quiet", "--no-local", str(origin), str(workspace))
                git(workspace, "checkout", "--quiet", "--detach", head)
            elif action == "actions/upload-artifact":
                path = Path(step["with"]["path"].replace("${{ runner.temp }}", str(temporary)))
                if path.exists():
                    artifacts[step["with"]["name"]] = path
            else:
                raise AssertionError(f"this test does not know {action}")
            continue
        words = {name: value.replace("${{ inputs.base }}", base) for name, value in step.get("env", {}).items()}
        assert "${{" not in step["run"] + "".join(words.values())
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        done = subprocess.run(
            command, cwd=workspace, env={**environment, **words}, capture_output=True, text=True, check=False
        )
        log += done.stdout + done.stderr
        failed = failed or done.returncode != 0
    told = summary.read_text() if summary.exists() else ""
    return Played(not failed, log, artifacts, sorted(path.name for path in marks.iterdir()), told)


@pytest.fixture
def origin(copy: Any) -> Path:  # noqa: F811
    """A repository with the workflows' scripts, in which the base is committed."""
    place: Path = copy("plain")
    shutil.copytree(ROOT / ".ci", place / ".ci")
    setup(place, "")
    shutil.copytree(WORKFLOWS, place / ".github/workflows")
    (place / ".gitignore").write_text("/.venv/\n/.cache/\n")
    committed(place)
    return place


def setup(place: Path, mark: str) -> None:
    path = place / ".ci/setup"
    path.write_text(SETUP.format(mark=mark, python=sys.executable))
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def rendered(place: Path) -> str:
    assert mlgitops(place, "render", engine="opa").code == 0
    return committed(place)


def test_a_change_that_is_fresh_and_allowed(origin: Path, tmp_path: Path) -> None:
    base = git(origin, "rev-parse", "HEAD")
    edit(origin, SPEC, "deadline: 2h", "deadline: 3h")
    head = rendered(origin)
    fresh = play(origin, head, base, "fresh", tmp_path / "fresh")
    assert fresh.ok, fresh.log
    assert fresh.artifacts == {}
    verdict = play(origin, head, base, "verdict", tmp_path / "verdict")
    assert verdict.ok, verdict.log
    report = verdict.artifacts["report"]
    assert sorted(path.name for path in report.iterdir()) == ["plan.md", "verdict.md"]
    assert (report / "verdict.md").read_text().startswith("### mlgitops: clean\n")
    assert "alpha" in (report / "plan.md").read_text()
    assert verdict.summary == (report / "plan.md").read_text() + (report / "verdict.md").read_text()


def test_an_edit_in_the_browser_gets_a_patch_that_makes_it_fresh(origin: Path, tmp_path: Path) -> None:
    base = git(origin, "rev-parse", "HEAD")
    edit(origin, SPEC, "deadline: 2h", "deadline: 3h")
    head = committed(origin)
    fresh = play(origin, head, base, "fresh", tmp_path / "fresh")
    assert not fresh.ok
    git(origin, "apply", "--index", str(fresh.artifacts["rendered-patch"]))
    git(origin, "commit", "--quiet", "--message", "what was missing")
    again = play(origin, git(origin, "rev-parse", "HEAD"), base, "fresh", tmp_path / "again")
    assert again.ok, again.log


def test_two_that_are_fresh_alone_are_stale_together(origin: Path, tmp_path: Path) -> None:
    """The merge queue plays the same jobs on both, with what lands before them as the base."""
    base = git(origin, "rev-parse", "HEAD")
    git(origin, "checkout", "--quiet", "-b", "defaults")
    edit(
        origin,
        ENVIRONMENT,
        "training: {resources: {cpu: 1, memory: 2Gi}}",
        "training: {resources: {cpu: 2, memory: 2Gi}}",
    )
    first = rendered(origin)
    git(origin, "checkout", "--quiet", "-b", "delta", base)
    spec = (origin / "specs/gamma/model.yaml").read_text().replace("gamma", "delta")
    (origin / "specs/delta").mkdir()
    (origin / "specs/delta/model.yaml").write_text(spec)
    shutil.copy(origin / "specs/gamma/train.py", origin / "specs/delta/train.py")
    second = rendered(origin)
    for name, head in (("first", first), ("second", second)):
        assert play(origin, head, base, "fresh", tmp_path / name).ok
    git(origin, "merge", "--quiet", "--no-edit", "defaults")
    together = git(origin, "rev-parse", "HEAD")
    fresh = play(origin, together, first, "fresh", tmp_path / "together")
    assert not fresh.ok
    assert "rendered/dev/delta is stale" in fresh.log
    verdict = play(origin, together, first, "verdict", tmp_path / "verdict")
    assert not verdict.ok
    assert "rendered/dev/delta is stale" in verdict.log
    assert "rendered/dev/alpha" not in verdict.log


def first(origin: Path) -> tuple[str, str]:
    """A repository's first commit, without anything that judges, and the one that brings all of it."""
    git(origin, "checkout", "--quiet", "--orphan", "first")
    git(origin, "reset", "--quiet")
    git(origin, "commit", "--quiet", "--allow-empty", "--message", "nothing")
    setup(origin, HEAD_RAN)
    return git(origin, "rev-parse", "HEAD"), committed(origin, "everything")


def test_the_first_change_has_nothing_to_be_judged_by(origin: Path, tmp_path: Path) -> None:
    """It passes, which is said; and nothing of it judges itself."""
    base, head = first(origin)
    played = play(origin, head, base, "verdict", tmp_path / "verdict")
    assert played.ok, played.log
    assert "::notice title=nothing to judge by::the base has no .ci/verdict yet" in played.log
    assert (played.marks, dict(played.artifacts)) == ([], {})


def test_a_change_that_takes_the_judge_away_is_judged_by_it_and_judges_nobody_after(
    origin: Path, tmp_path: Path
) -> None:
    base = git(origin, "rev-parse", "HEAD")
    edit(origin, SPEC, *FORBIDDEN)
    shutil.rmtree(origin / ".ci")
    head = committed(origin)
    played = play(origin, head, base, "verdict", tmp_path / "verdict")
    assert not played.ok
    assert "expected another label, got the forbidden" in played.log
    edit(origin, SPEC, "deadline: 2h", "deadline: 3h")
    after = play(origin, committed(origin), head, "verdict", tmp_path / "after")
    assert not after.ok
    assert "::error title=nothing to judge by::" in after.log
    assert "took .ci/verdict from the base" in after.log


def test_a_base_that_is_no_commit_is_not_one_without_a_judge(origin: Path, tmp_path: Path) -> None:
    played = play(origin, git(origin, "rev-parse", "HEAD"), "0" * 40, "verdict", tmp_path / "verdict")
    assert not played.ok
    assert "nothing to judge by" not in played.log


HEAD_RAN = 'touch "$MARKS/head-ran"'


def attack(origin: Path, name: str) -> None:
    """A change that is denied, and tries to have it otherwise."""
    if name == "not rendered":
        edit(origin, SPEC, "deadline: 2h", "deadline: 3h")
    else:
        edit(origin, SPEC, *FORBIDDEN)
    if name == "scripts":
        setup(origin, HEAD_RAN)
        for script in ("fresh", "verdict"):
            (origin / ".ci" / script).write_text(f"#!/bin/sh\n{HEAD_RAN}\nexit 0\n")
        (origin / "Makefile").write_text(f"all setup tools:\n\t{HEAD_RAN}\n")
    elif name == "python":
        for path in ("mlgitops/__init__.py", "sitecustomize.py", "usercustomize.py", "argparse.py", "json.py"):
            (origin / path).parent.mkdir(exist_ok=True)
            (origin / path).write_text("import os, pathlib\npathlib.Path(os.environ['MARKS'], 'head-ran').touch()\n")
    elif name == "git":
        (origin / ".gitattributes").write_text("* filter=x diff=x merge=x\n*.md export-subst\n")
        (origin / ".gitmodules").write_text('[submodule "x"]\n\tpath = x\n\turl = ext::sh -c touch% $MARKS/head-ran\n')
        (origin / "hooks").mkdir()
        (origin / "hooks/post-checkout").write_text(f"#!/bin/sh\n{HEAD_RAN}\n")
        (origin / "hooks/post-checkout").chmod(0o755)
    elif name == "names":
        (origin / "specs/alpha/$(touch $MARKS\\head-ran);`id`\n::set-output name=a::b.py").write_text("pass\n")
        (origin / "specs/--base=HEAD").mkdir()
        (origin / "specs/--base=HEAD/model.yaml").write_text("{}\n")
    elif name == "links":
        (origin / "specs/linked").symlink_to("/etc")
        shutil.rmtree(origin / "policies")
        (origin / "policies").symlink_to("/etc")
    elif name == "policy":
        edit(origin, "policies/words/label/label.rego", 'forbidden == "model"', 'forbidden == "other"')
        edit(origin, "policies/words/label/fixtures/canary.yaml", "{forbidden: model}", "{forbidden: other}")
    elif name == "workflow":
        (origin / ".github/workflows/pull-request.yml").write_text("on: pull_request\njobs: {}\n")


@pytest.mark.parametrize("name", ["not rendered", "scripts", "python", "git", "names", "links", "policy", "workflow"])
def test_an_attack_on_the_verdict_is_denied_and_runs_nothing(name: str, origin: Path, tmp_path: Path) -> None:
    base = git(origin, "rev-parse", "HEAD")
    attack(origin, name)
    mlgitops(origin, "render", engine="opa")
    if name == "not rendered":
        git(origin, "checkout", "--quiet", "--", "rendered")
    head = committed(origin)
    played = play(origin, head, base, "verdict", tmp_path / "verdict")
    assert not played.ok, played.log
    assert played.marks == []
    said = "is stale" if name == "not rendered" else "expected another label, got the forbidden"
    assert said in played.log + played.summary, played.log
    assert not re.search(r"(?m)^::(?!error|warning|notice|group|endgroup)", played.log)


def test_no_workflow_has_a_secret_or_a_privilege_that_it_does_not_need() -> None:
    """Only the one that runs nothing of a change may write, and it writes comments."""
    writes = {}
    for path in sorted(WORKFLOWS.glob("*.yml")):
        text, document = path.read_text(), workflow(path.name)
        assert not re.search(r"secrets\s*[.[:]", text.replace("no secrets.", ""))
        assert "pull_request_target" not in text
        assert document["permissions"] == {}
        for name, job in document["jobs"].items():
            found = {scope for scope, level in job["permissions"].items() if level != "read"}
            if found:
                writes[f"{path.stem}/{name}"] = found
    assert writes == {"report/comment": {"pull-requests"}}


def test_what_may_write_runs_main_alone() -> None:
    steps = workflow("report.yml")["jobs"]["comment"]["steps"]
    assert [step["run"] for step in steps if "run" in step] == [
        ".ci/setup",
        '.venv/bin/mlgitops comment --report "$RUNNER_TEMP/report"',
    ]
    checkout = next(step for step in steps if "checkout" in step.get("uses", ""))
    assert checkout["with"] == {"persist-credentials": False}


def test_the_merge_queue_asks_what_a_pull_request_is_asked() -> None:
    """On what lands before it as the base."""
    pull_request, queue = workflow("pull-request.yml")["jobs"], workflow("merge-queue.yml")["jobs"]
    assert queue["check"] == pull_request["check"]
    bases = [jobs["change"].pop("with") for jobs in (pull_request, queue)]
    assert queue["change"] == pull_request["change"]
    assert bases == [
        {"base": "${{ github.event.pull_request.base.sha }}"},
        {"base": "${{ github.event.merge_group.base_sha }}"},
    ]
