"""`plan` tells whose approval a change needs, and which approvals count: in releases and in a Git host's reviews."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from mlgitops.files.disk import DiskTree
from mlgitops.spec.approvals import LOWERED, policy_of
from mlgitops.spec.approvals import RELEASE as RULE
from mlgitops.spec.digests import record_digest
from mlgitops.spec.load import load_environment
from mlgitops.stages.approvals import rule_sources
from tests.pipeline.conftest import Copy
from tests.pipeline.miniature import edit, mlgitops, write
from tests.pipeline.test_plan import committed, document, git, plan

pytestmark = pytest.mark.usefixtures("_words")

DEV = "environments/dev/environment.yaml"
RELEASE = "environments/dev/releases/alpha.yaml"
SPEC = "specs/alpha/model.yaml"
LEAD = {"role": "lead", "owners": ["@growth/lead"], "givenBy": None, "void": None}


@pytest.fixture
def root(copy: Copy) -> Path:
    """A repository where a lead approves all that is done in dev, v1 of alpha serves, and v2 takes other inputs."""
    place = copy("plain")
    more = "  approvals: {low: [lead], medium: [lead], high: [lead, platform]}\n"
    (place / DEV).write_text((place / DEV).read_text().rstrip("\n") + f"\n{more}  strategies: {{medium: canary}}\n")
    write(place, {".github/CODEOWNERS": "* @growth/all\n/environments/dev/releases/ @growth/lead\n"})
    shutil.copytree(place / "specs/alpha/versions/v1", place / "specs/alpha/versions/v2")
    record = "specs/alpha/versions/v2/version.yaml"
    edit(place, record, "name: v1,", "name: v2,")
    text = (place / record).read_text()
    created = text[text.index("createdAt:") :].split("\n")[0]
    edit(place, record, created, 'createdAt: "2026-11-19T10:00:00Z"')
    edit(
        place,
        record,
        "entrypoint: serve:Predictor, ",
        "entrypoint: serve:Predictor, inputs: [{name: rooms, type: float32}], ",
    )
    committed(place)
    return place


def digest(root: Path, version: str) -> str:
    folder = root / f"specs/alpha/versions/{version}"
    return record_digest({path.name: path.read_bytes() for path in folder.iterdir()})


def release(root: Path, more: str, *, rollout: bool = True) -> None:
    """v2 in the place of v1."""
    previous = f'{{version: v1, recordDigest: "{digest(root, "v1")}"}}'
    shift = f"  rollout: {{strategy: canary, weight: 0, previous: {previous}}}\n" if rollout else ""
    (root / RELEASE).write_text(
        "apiVersion: mlgitops.dev/v1alpha1\nkind: Release\nmetadata: {name: alpha, environment: dev}\n"
        f"spec:\n  version: v2\n  recordDigest: {digest(root, 'v2')}\n  supersedes: v1\n"
        f'  requestedBy: "@growth"\n{shift}{more}'
    )


def told(root: Path, *words: str, base: str = "HEAD") -> dict[str, Any]:
    """The one row about risk."""
    (row,) = document(root, *words, base=base)["risks"]
    assert (row["model"], row["environment"]) == ("alpha", "dev")
    return dict(row)


def findings(root: Path, *words: str) -> list[tuple[str, int, str]]:
    found = document(root, *words)["report"]["findings"]
    codes = ("release/approval-void", "release/approver-unknown", "release/risk-lowered", "release/rollout-missing")
    return [(one["code"], one["line"], one["message"]) for one in found if one["code"] in codes]


def approval(by: str, more: str = "") -> str:
    return f'  approvals: [{{role: lead, by: "{by}", at: "2026-11-21T10:00:00Z"{more}}}]\n'


def test_a_release_and_what_it_needs(root: Path) -> None:
    release(root, "  riskLevel: medium\n")
    row = told(root)
    assert (row["level"], row["computed"], row["strategy"]) == ("medium", "medium", "canary")
    assert [(one["change"], one["level"]) for one in row["factors"]] == [("inputs", "medium")]
    assert row["approvals"] == [LEAD]
    release(root, "  riskLevel: high\n")
    assert [one["role"] for one in told(root)["approvals"]] == ["lead", "platform"]


def test_an_approval_in_the_file(root: Path) -> None:
    release(root, "  riskLevel: medium\n" + approval("@growth/lead"))
    assert told(root)["approvals"] == [{**LEAD, "givenBy": "@growth/lead"}]
    assert findings(root) == []


def test_an_approval_by_somebody_else(root: Path) -> None:
    release(root, "  riskLevel: medium\n" + approval("@eve"))
    doubt = "nobody said who is in @growth/lead"
    assert told(root)["approvals"] == [{**LEAD, "void": f"@eve: {doubt}"}]
    message = f"who approves as lead must be known to be one of those who may, got @eve: {doubt}"
    assert findings(root) == [("release/approver-unknown", 11, message)]
    assert plan(root).code == 0
    write(root, {"none.json": '{"@growth/lead": ["kim"]}'})
    none = ("--teams", str(root / "none.json"))
    assert told(root, *none)["approvals"] == [{**LEAD, "void": "@eve: @eve is none of @growth/lead"}]
    message = "the approval of lead by @eve must be for what is released by who may give it, got one that does not "
    message += "count: @eve is none of @growth/lead"
    assert findings(root, *none) == [("release/approval-void", 11, message)]
    assert plan(root, *none).code == 1
    write(root, {"teams.json": '{"@growth/lead": ["eve"]}'})
    teams = ("--teams", str(root / "teams.json"))
    assert told(root, *teams)["approvals"] == [{**LEAD, "givenBy": "@eve"}]
    assert findings(root, *teams) == []


def test_the_base_says_who_owns_what(root: Path) -> None:
    release(root, "  riskLevel: medium\n" + approval("@eve"))
    write(root, {".github/CODEOWNERS": "* @eve\n"})
    rows = [row for row in document(root)["risks"] if row["model"] == "alpha" and row["environment"] == "dev"]
    assert rows[0]["approvals"][0]["void"] == "@eve: nobody said who is in @growth/lead"


def test_roles_that_the_environment_names(root: Path) -> None:
    (root / DEV).write_text((root / DEV).read_text() + '  roles: {lead: ["@kim"]}\n')
    committed(root, "kim leads")
    release(root, "  riskLevel: medium\n" + approval("@kim"))
    assert told(root)["approvals"] == [{**LEAD, "owners": ["@kim"], "givenBy": "@kim"}]


def bound(root: Path, risk: str, version: str = "v2", changes: str = "inputs") -> str:
    """What an approval was given for, by what asks for it now."""
    tree = DiskTree(str(root))
    environment, _ = load_environment(tree, "dev")
    assert environment is not None
    policy = policy_of(RULE, rule_sources(tree), environment.spec.value.spec)
    return f', of: {{version: {version}, risk: {risk}, changes: [{changes}], policy: "{policy}"}}'


@pytest.mark.parametrize(
    ("risk", "version", "changes", "why"),
    [
        ("medium", "v2", "inputs", None),
        ("high", "v2", "inputs, serving API", None),
        ("low", "v2", "inputs", "the risk is medium, and was low"),
        ("medium", "v1", "inputs", "version is v2, and was v1"),
        ("medium", "v2", "serving API", "inputs changed since"),
    ],
)
def test_what_an_approval_was_given_for(root: Path, risk: str, version: str, changes: str, why: str | None) -> None:
    of = bound(root, risk, version, changes)
    release(root, "  riskLevel: medium\n" + approval("@growth/lead", of))
    (row,) = told(root)["approvals"]
    assert row["void"] == (why and f"@growth/lead: {why}")
    assert row["givenBy"] == (None if why else "@growth/lead")
    assert [code for code, _, _ in findings(root)] == (["release/approval-void"] if why else [])


def test_an_approval_under_another_rule(root: Path) -> None:
    of = bound(root, "medium")
    edit(root, DEV, "strategies: {medium: canary}", "strategies: {medium: canary, low: canary}")
    committed(root, "the environment asks otherwise")
    release(root, "  riskLevel: medium\n" + approval("@growth/lead", of))
    (row,) = told(root)["approvals"]
    assert row["void"] == "@growth/lead: what governance.approvals asks for was changed since"


def test_a_risk_that_was_lowered(root: Path) -> None:
    release(root, "  riskLevel: low\n", rollout=False)
    message = "riskLevel must be medium, as computed from what differs (inputs), or its lowering be "
    message += "approved, got low"
    assert findings(root) == [("release/risk-lowered", 9, message)]
    row = told(root)
    assert (row["level"], row["computed"]) == ("medium", "medium")
    of = bound(root, "low").replace("of: {", "of: {rule: release.risk-lowered, ")
    release(root, "  riskLevel: low\n" + approval("@growth/lead", of), rollout=False)
    assert [code for code, _, _ in findings(root)] == ["release/risk-lowered", "release/approval-void"]
    of = bound_to(root, LOWERED)
    release(root, "  riskLevel: low\n" + approval("@growth/lead", of), rollout=False)
    assert findings(root) == []
    assert told(root)["level"] == "low"
    release(root, "  riskLevel: low\n" + approval("@growth", of), rollout=False)
    assert "release/risk-lowered" in [code for code, _, _ in findings(root)]


def bound_to(root: Path, rule: str) -> str:
    environment, _ = load_environment(DiskTree(str(root)), "dev")
    assert environment is not None
    policy = policy_of(rule, {}, environment.spec.value.spec)
    return f', of: {{rule: {rule}, version: v2, risk: low, changes: [inputs], policy: "{policy}"}}'


def test_a_newer_version_needs_the_steps_that_the_environment_asks_for(root: Path) -> None:
    release(root, "  riskLevel: medium\n", rollout=False)
    message = "a release of medium risk must begin with the rollout that the environment asks for, canary, got none"
    assert findings(root) == [("release/rollout-missing", 5, message)]
    release(root, "  riskLevel: medium\n")
    assert findings(root) == []


def reviews(root: Path, *given: tuple[str, str]) -> tuple[str, str]:
    """The option for reviews: who approved which commit."""
    found = [{"user": {"login": who}, "state": "APPROVED", "commit_id": commit} for who, commit in given]
    (root.parent / "reviews.json").write_text(json.dumps(found))
    return "--reviews", str(root.parent / "reviews.json")


def branch(root: Path) -> None:
    """A change of two things, on a branch of its own."""
    git(root, "checkout", "--quiet", "-b", "change")
    edit(root, SPEC, "rate: 0.5", "rate: 0.6")
    edit(root, SPEC, "deadline: 2h", "deadline: 3h")


@pytest.fixture
def reviewed(root: Path) -> tuple[Path, str]:
    """The branch, and the commit that was looked at; `eve` leads."""
    (root / DEV).write_text((root / DEV).read_text() + '  roles: {lead: ["@eve"]}\n')
    committed(root, "eve leads")
    branch(root)
    return root, committed(root, "two things")


def lead_of(root: Path, *words: str) -> tuple[str | None, str | None]:
    (row,) = told(root, *words, base="main")["approvals"]
    return row["givenBy"], row["void"]


def test_a_review_of_what_is_there(reviewed: tuple[Path, str]) -> None:
    root, commit = reviewed
    assert lead_of(root) == (None, None)
    assert lead_of(root, *reviews(root, ("eve", commit))) == ("@eve", None)
    assert lead_of(root, *reviews(root, ("kim", commit))) == (None, None)
    assert lead_of(root, *reviews(root, ("eve", commit), ("kim", commit))) == ("@eve", None)


def test_it_survives_a_rebase(reviewed: tuple[Path, str]) -> None:
    root, commit = reviewed
    git(root, "checkout", "--quiet", "main")
    edit(root, "specs/beta/model.yaml", "deadline: 2h", "deadline: 4h")
    edit(root, SPEC, "replicas: {min: 1, max: 2}", "replicas: {min: 1, max: 3}")  # of the same model, too
    assert mlgitops(root, "render").code == 0
    committed(root, "elsewhere")
    git(root, "checkout", "--quiet", "change")
    git(root, "rebase", "--quiet", "main")
    assert git(root, "rev-parse", "HEAD") != commit
    assert lead_of(root, *reviews(root, ("eve", commit))) == ("@eve", None)


def test_it_survives_a_smaller_change_and_no_bigger_one(reviewed: tuple[Path, str]) -> None:
    root, commit = reviewed
    given = reviews(root, ("eve", commit))
    edit(root, SPEC, "deadline: 3h", "deadline: 2h")
    assert lead_of(root, *given) == ("@eve", None)
    edit(root, SPEC, "rate: 0.6", "rate: 0.7")
    assert lead_of(root, *given) == (None, "@eve: spec.training.hyperparameters.rate changed since")
    edit(root, SPEC, "rate: 0.7", "rate: 0.6")
    edit(root, SPEC, "framework: sklearn", "framework: sklearn\n    seed: 3")
    assert lead_of(root, *given) == (None, "@eve: spec.training.seed changed since")


def test_code_counts_too(reviewed: tuple[Path, str]) -> None:
    root, commit = reviewed
    (root / "specs/alpha/train.py").write_text((root / "specs/alpha/train.py").read_text() + "\nMORE = 1\n")
    assert lead_of(root, *reviews(root, ("eve", commit))) == (None, "@eve: code.training changed since")


def test_nobody_reviews_their_own_work(reviewed: tuple[Path, str]) -> None:
    root, commit = reviewed
    given = reviews(root, ("Eve", commit))
    own = (None, "@eve: it is their own work")
    assert lead_of(root, *given, "--author", "eve") == own
    git(
        root,
        "commit",
        "--quiet",
        "--amend",
        "--message",
        "mine\n\nCo-authored-by: Eve <1+eve@users.noreply.github.com>",
    )
    assert lead_of(root, *given) == own


def test_a_commit_that_is_not_here(reviewed: tuple[Path, str]) -> None:
    root, _ = reviewed
    why = "@eve: the commit that was looked at, abababababab, is not in this clone: fetch it"
    assert lead_of(root, *reviews(root, ("eve", "ab" * 20))) == (None, why)


def test_a_line_of_its_own(reviewed: tuple[Path, str]) -> None:
    root, _ = reviewed
    git(root, "checkout", "--quiet", "--orphan", "other")
    lonely = committed(root, "lonely")
    git(root, "checkout", "--quiet", "change")
    given = reviews(root, ("eve", lonely))
    why = f"@eve: the commit that was looked at, {lonely[:12]}, has nothing in common with the base"
    assert lead_of(root, *given) == (None, why)


def test_each_role_is_filled_by_a_person_of_its_own(reviewed: tuple[Path, str]) -> None:
    root, _ = reviewed
    edit(root, DEV, 'roles: {lead: ["@eve"]}', 'roles: {lead: ["@eve"], platform: ["@eve", "@kim"]}')
    text = (root / DEV).read_text()
    git(root, "checkout", "--quiet", "--force", "main")
    (root / DEV).write_text(text)
    committed(root, "platform")
    git(root, "checkout", "--quiet", "change")
    git(root, "rebase", "--quiet", "main")
    (root / "specs/alpha/train.py").write_text((root / "specs/alpha/train.py").read_text() + "\ndef layers(): ...\n")
    commit = committed(root, "another architecture")
    row = told(root, *reviews(root, ("eve", commit)), base="main")
    assert row["level"] == "high"
    platform = row["approvals"][1]
    assert (platform["givenBy"], platform["void"]) == (None, "@eve: each role is filled by a person of its own")
    row = told(root, *reviews(root, ("eve", commit), ("kim", commit)), base="main")
    assert [one["givenBy"] for one in row["approvals"]] == ["@eve", "@kim"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{}", "--reviews {}: a list of reviews is expected, got dict"),
        (None, "cannot read {} of --reviews: No such file or directory"),
    ],
)
def test_files_that_are_none(root: Path, text: str | None, says: str) -> None:
    file = root.parent / "none.json"
    file.unlink(missing_ok=True)
    if text is not None:
        file.write_text(text)
    ran = plan(root, "--reviews", str(file))
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"mlgitops: {says.format(file)}")


def test_a_commit_is_asked_the_same(root: Path) -> None:
    release(root, "  riskLevel: low\n" + approval("@eve"), rollout=False)
    assert mlgitops(root, "render").code == 0
    committed(root, "lowered")
    ran = mlgitops(root, "verdict", "--base", "HEAD~1", "--format", "json")
    found = {one["code"]: one["severity"] for one in json.loads(ran.out)["findings"]}
    assert ran.code == 1
    assert found["release/risk-lowered"] == "error"
    assert found["release/approver-unknown"] == "warning"
