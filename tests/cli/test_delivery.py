"""The commands of delivery on a copy of the example repository: what they write, say and refuse."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Answer, Call

ROOT = Path(__file__).resolve().parents[2]
AT = ("--at", "2026-11-21T10:00:00Z")
RELEASE = "environments/prod/releases/digits.yaml"
PROMOTE = ("promote", "digits", "--from", "staging", "--to", "prod", *AT)

PROMOTED = """\
# yaml-language-server: $schema=../../../schemas/release.json
apiVersion: mlgitops.dev/v1alpha1
kind: Release
metadata: {name: digits, environment: prod}
spec:
  version: v2
  recordDigest: sha256:f2d5865da7eef1d1aafb339e1e24a80d120d1ccc642cd5dff2f36ceb3507078e
  supersedes: v1
  promotedFrom: staging
  riskLevel: medium
  requestedBy: "@documents/recognition"
  requestedAt: "2026-11-21T10:00:00Z"
  reason: Retrained after drift in pixel_2_3.
  rollout:
    strategy: canary
    weight: 0
    previous: {version: v1, recordDigest: "sha256:54f6df82978c1e72908232ad2b000f9bbf17583e4822efa2f37ad935e947e8e4"}
"""

DIFFERS = (
    "  medium risk: serving code: feature: serve.py: functions, parameters, imports or keys of answers differ\n"
    "  medium risk: trained anew: a record says nothing of its recipe: hyperparameters may differ\n"
)


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("specs", "environments", "policies"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "mlgitops.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def files(root: Path) -> dict[str, bytes]:
    found = (path for path in root.rglob("*") if path.is_file() and ".cache" not in path.parts)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}


def edit(root: Path, path: str, before: str, after: str) -> None:
    text = (root / path).read_text()
    assert text.count(before) == 1
    (root / path).write_text(text.replace(before, after))


def test_promote(call: Call, copy: Path) -> None:
    before = files(copy)
    assert call(*PROMOTE) == Answer(
        0,
        f"wrote {RELEASE}\n"
        "digits in prod: v1 → v2, promoted from staging; medium risk\n" + DIFFERS + ""
        "canary: v2 starts beside v1, which answers on\n"
        "environments/prod/environment.yaml:75:13 asks for the approval of model-owner, none of which it has yet\n"
        "next: reviewers add theirs under `approvals`, then `mlgitops render`, which is denied without\n"
        "then: `mlgitops rollout next digits --env prod`, when v2 runs there\n",
        "",
    )
    assert files(copy) == before | {RELEASE: PROMOTED.encode()}
    assert call("validate").code == 0
    stamp = (copy / RELEASE).stat().st_mtime_ns
    later = (*PROMOTE[:6], "--at", "2026-12-24T00:00:00Z")
    assert call(*later) == Answer(0, "nothing to do: digits in prod is v2 already, as in staging\n", "")
    assert (copy / RELEASE).stat().st_mtime_ns == stamp


def test_promote_where_nobody_approves_and_nothing_was_released(call: Call, copy: Path) -> None:
    shutil.rmtree(copy / "environments/staging/releases")
    answer = call("promote", "digits", "--from", "dev", "--to", "staging", "--by", "@documents/lead", *AT)
    assert answer == Answer(
        0,
        "wrote environments/staging/releases/digits.yaml\n"
        "digits in staging: v2, the first version there, promoted from dev; medium risk\n"
        "  medium risk: first release: nothing served here before, so there is nothing to compare it with\n"
        "staging asks for no approval of medium risk\n"
        "next: `mlgitops render`, `mlgitops plan`, and a pull request of the two\n",
        "",
    )
    assert '  requestedBy: "@documents/lead"\n' in (copy / "environments/staging/releases/digits.yaml").read_text()


def test_a_refusal_shows_the_line(call: Call, copy: Path) -> None:
    before = files(copy)
    assert call("promote", "digits", "--from", "dev", "--to", "prod") == Answer(
        1,
        "environments/prod/environment.yaml:9:17: error[release/promotion-path]: prod must be promoted to from "
        "'staging', its promotesFrom, got 'dev'\n"
        "  9 |   promotesFrom: staging\n"
        "    |                 ^\n"
        "  hint: promote --from staging\n"
        "  more: mlgitops explain release/promotion-path\n"
        "\n"
        "1 change checked, 1 failed, 0 skipped, 0 waived; 1 error; 0 files written, 0 removed\n",
        "",
    )
    assert files(copy) == before


@pytest.mark.parametrize(
    "words",
    [
        ("promote", "digits", "--from", "dev", "--to", "staging"),
        ("rollback", "digits", "--env", "staging"),
        ("version", "new", "digits", "--artifact-of", "v2"),
        ("release", "show", "digits"),
        ("release", "list"),
    ],
)
@pytest.mark.parametrize("path", ["specs/digits/model.yaml", "environments/staging/environment.yaml"])
def test_documents_with_errors_come_first(call: Call, copy: Path, words: tuple[str, ...], path: str) -> None:
    (copy / path).write_text((copy / path).read_text() + "  nonsense: 1\n")
    before = files(copy)
    answer = call(*words)
    assert (answer.code, answer.err) == (1, "")
    assert f"{path}:" in answer.out
    assert "error[spec/unknown-key]" in answer.out
    assert files(copy) == before


def test_rollback(call: Call, copy: Path) -> None:
    lower = call(*PROMOTE, "--risk", "low")
    assert lower.out.split("\n")[1:5] == [
        "digits in prod: v1 → v2, promoted from staging; low risk",
        *DIFFERS.splitlines(),
        "medium risk was computed: low needs an approval of that, too",
    ]
    promoted = files(copy)
    words = ("rollback", "digits", "--env", "prod", "--reason", "Reads 7 as 1.", *AT)
    assert call(*words) == Answer(
        0,
        f"wrote {RELEASE}\n"
        "digits in prod: v2 → v1; medium risk\n" + DIFFERS + ""
        "v1 was made before v2: this goes back\n"
        "environments/prod/environment.yaml:75:13 asks for the approval of model-owner, none of which it has yet\n"
        "next: reviewers add theirs under `approvals`, then `mlgitops render`, which is denied without\n",
        "",
    )
    back = files(copy)
    assert back == promoted | {RELEASE: back[RELEASE]}
    text = back[RELEASE].decode()
    assert "  version: v1\n" in text
    assert "  supersedes: v2\n" in text
    assert "  reason: Reads 7 as 1.\n" in text
    assert call("validate").code == 0
    again = call(*words)
    assert (again.code, again.out.startswith("nothing to do: digits in prod is v1, which supersedes v2")) == (0, True)
    assert files(copy) == back


def test_a_new_version_and_its_release(call: Call, copy: Path) -> None:
    edit(copy, "specs/digits/model.yaml", "maxOngoingRequests: 200", "maxOngoingRequests: 150")
    (copy / "specs/digits/serve.py").write_text("class Digits: ...\n")
    before = files(copy)
    words = ("version", "new", "digits", "--artifact-of", "v2", "--release", "dev", "--risk", "low", *AT)
    assert call(*words) == Answer(
        0,
        "wrote specs/digits/versions/v3/network.py\n"
        "wrote specs/digits/versions/v3/serve.py\n"
        "wrote specs/digits/versions/v3/version.yaml\n"
        "v3 has the artifact of v2 and differs in serving.maxOngoingRequests, serve.py\n"
        "defaults and image are those of dev, as for a version trained there\n"
        "its metrics are those of v2: nothing was measured with the new behaviour\n"
        "wrote environments/dev/releases/digits.yaml\n"
        "digits in dev: v2 → v3; low risk\n"
        "  medium risk: serving code: feature: serve.py: functions, parameters, imports or keys of answers differ\n"
        "  low risk: serving limits: serving.maxOngoingRequests differs: requests wait otherwise\n"
        "medium risk was computed: low needs an approval of that, too\n"
        "dev asks for no approval of low risk\n"
        "next: `mlgitops render`, `mlgitops plan`, and a pull request of the two\n",
        "",
    )
    after = files(copy)
    folder = "specs/digits/versions/"
    record = before[f"{folder}v2/version.yaml"].decode()
    for old, new in (
        ("name: v2,", "name: v3,"),
        ("    format: safetensors\n", "    format: safetensors\n  artifactOf: v2\n"),
        ("2026-11-02T09:54:00Z", "2026-11-21T10:00:00Z"),
        ("maxOngoingRequests: 200", "maxOngoingRequests: 150"),
    ):
        assert record.count(old) == 1
        record = record.replace(old, new)
    release = "environments/dev/releases/digits.yaml"
    assert after == before | {
        f"{folder}v3/version.yaml": record.encode(),
        f"{folder}v3/serve.py": b"class Digits: ...\n",
        f"{folder}v3/network.py": before["specs/digits/network.py"],
        release: after[release],
    }
    assert call("validate").code == 0
    assert call(*words) == Answer(
        0,
        "nothing to do: v3 is that version already: the artifact of v2, serving as the working tree says\n"
        "nothing to do: digits in dev is v3 already\n",
        "",
    )
    assert files(copy) == after


def test_a_version_whose_release_is_refused_is_not_written(call: Call, copy: Path) -> None:
    edit(copy, "specs/digits/model.yaml", "maxOngoingRequests: 200", "maxOngoingRequests: 150")
    before = files(copy)
    answer = call("version", "new", "digits", "--artifact-of", "v2", "--release", "prod")
    assert (answer.code, "error[release/promotion-path]" in answer.out) == (1, True)
    assert files(copy) == before


def test_a_disk_that_is_full_leaves_no_half_of_a_version(
    call: Call, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(copy, "specs/digits/model.yaml", "maxOngoingRequests: 200", "maxOngoingRequests: 150")
    before = files(copy)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    answer = call("version", "new", "digits", "--artifact-of", "v2")
    assert (answer.code, "cannot write specs/digits/versions/v3: No space left on device" in answer.err) == (3, True)
    assert files(copy) == before
    assert sorted(path.name for path in (copy / "specs/digits/versions").iterdir()) == ["v1", "v2"]


def test_no_difference_is_a_finding(call: Call, copy: Path) -> None:
    answer = call("version", "new", "digits", "--artifact-of", "v2")
    assert answer.code == 1
    assert answer.out.startswith("specs/digits/model.yaml:50:5: error[release/no-difference]: ")


LISTED = """\
MODEL   ENVIRONMENT  VERSION  SINCE       SUPERSEDES  PROMOTED FROM  STANDING
digits  dev          v2       2026-11-02  v1          -              -
digits  staging      v2       2026-11-03  v1          dev            same as dev
digits  prod         v1       2026-09-02  -           staging        behind staging (v2)

3 places, 3 with a release, 1 behind the environment before
"""


def test_release_list(call: Call, copy: Path) -> None:
    assert call("release", "list", "--model", "digits") == Answer(0, LISTED, "")
    rows = call("release", "list", "--env", "prod").out.splitlines()
    assert [row.split()[:3] for row in rows[1:3]] == [["breast-cancer", "prod", "v1"], ["digits", "prod", "v1"]]
    document = json.loads(call("release", "list", "--model", "digits", "--env", "prod", "--format", "json").out)
    assert document == {
        "version": 1,
        "releases": [
            {
                "model": "digits",
                "environment": "prod",
                "version": "v1",
                "since": "2026-09-02T13:00:00Z",
                "supersedes": None,
                "promotedFrom": "staging",
                "before": {"environment": "staging", "version": "v2"},
                "standing": "behind",
            }
        ],
        "findings": [],
    }


def test_release_list_shows_the_others_beside_a_model_with_errors(call: Call, copy: Path) -> None:
    edit(copy, "specs/diabetes/model.yaml", "task: regression", "task: regresion")
    answer = call("release", "list")
    assert answer.code == 1
    assert "digits         prod         v1" in answer.out
    assert "specs/diabetes/model.yaml:6:9: error[spec/" in answer.out
    answer = call("release", "list", "--format", "json")
    document = json.loads(answer.out)
    assert (answer.code, len(document["releases"]), len(document["findings"])) == (1, 6, 1)


def test_release_show(call: Call, copy: Path) -> None:
    answer = call("release", "show", "digits", "--env", "staging")
    assert answer == Answer(
        0,
        "digits in staging: v2\n"
        "  since         2026-11-03T09:00:00Z, asked for by @documents/recognition\n"
        "  reason        Retrained after drift in pixel_2_3.\n"
        "  supersedes    v1\n"
        "  promoted from dev\n"
        "  standing      same as dev\n"
        "  risk          low\n"
        "  approvals     none asked for\n"
        "  record        specs/digits/versions/v2/version.yaml "
        "sha256:f2d5865da7eef1d1aafb339e1e24a80d120d1ccc642cd5dff2f36ceb3507078e\n"
        "  artifact      s3://ml-registry/digits/v2/artifact "
        "sha256:e26fd59973d1dddbddf11d727558c571ebbb5febe7ff97a545075e41280618f1 (safetensors)\n"
        "  signed by     ml-platform-2026\n"
        "  run           monitoring, attempt 1, finished 2026-11-02T09:52:10Z\n"
        "  made          2026-11-02T09:54:00Z by @documents/recognition\n"
        "  metrics       accuracy 0.9778 on pictures-holdout (before: 0.9778); "
        "f1Macro 0.9781 on pictures-holdout (before: 0.9776)\n",
        "",
    )
    call(*PROMOTE)
    assert "  approvals     missing: model-owner\n" in call("release", "show", "digits", "--env", "prod").out
    document = json.loads(call("release", "show", "digits", "--env", "prod", "--format", "json").out)
    (only,) = document["releases"]
    assert (only["missingApprovals"], only["release"]["version"]) == (["model-owner"], "v2")
    assert only["record"]["artifact"]["format"] == "safetensors"


def test_release_show_of_what_does_not_fit(call: Call, copy: Path) -> None:
    (copy / "specs/digits/versions/v2/serve.py").write_text("changed = 1\n")
    answer = call("release", "show", "digits")
    assert (answer.code, answer.out.count("error[release/record-digest]")) == (1, 2)
    assert call(*PROMOTE).code == 1


def test_release_show_where_nothing_is_released(call: Call, copy: Path) -> None:
    (copy / RELEASE).unlink()
    answer = call("release", "show", "digits", "--env", "prod")
    assert answer == Answer(0, "digits in prod: nothing released behind staging (v2)\n", "")
    (copy / "environments/prod/environment.yaml").write_text(
        (copy / "environments/prod/environment.yaml").read_text().replace("[breast-cancer, digits]", "[breast-cancer]")
    )
    assert call("release", "show", "digits", "--env", "prod").out == "digits serves in no environment\n"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            ("promote", "digit", "--from", "dev", "--to", "prod"),
            "there is no model 'digit'; known: breast-cancer, diabetes, digits\n  hint: did you mean digits?\n",
        ),
        (
            ("promote", "digits", "--from", "dev", "--to", "nowhere"),
            "there is no environment 'nowhere'; known: dev, prod, staging\n",
        ),
        (("promote", "../digits", "--from", "dev", "--to", "prod"), "there is no model '../digits'; known: "),
        (("promote", "digits", "--from", "dev"), "the following arguments are required: --to\n"),
        ((*PROMOTE, "--by", "growth"), "--by must be an owner: a handle or a mail address, such as @growth/churn; "),
        ((*PROMOTE, "--by", "@a\n"), "--by must be an owner"),
        ((*PROMOTE, "--at", "today"), "--at must be a time in UTC such as 2026-11-21T10:00:00Z, got 'today'\n"),
        ((*PROMOTE, "--at", "2026-02-30T10:00:00Z"), "--at must be a time in UTC such as "),
        ((*PROMOTE, "--reason", "a\u202eb"), "--reason must be one line of 1 to 2000 visible characters, got "),
        ((*PROMOTE, "--reason", ""), "--reason must be one line of 1 to 2000 visible characters, got ''\n"),
        (("rollback", "digits"), "the following arguments are required: --env\n"),
        (("version", "new", "digits", "--artifact-of", "v9"), "digits has no version 'v9'; known: v1, v2\n"),
        (("version", "new", "digits", "--artifact-of", "v2", "--name", "V 3"), "--name must be a version's name: "),
        (
            ("version", "new", "digits", "--artifact-of", "v2", "--risk", "lo"),
            "--risk must be one of low, medium, high",
        ),
        (
            ("version", "new", "digits", "--artifact-of", "v2", "--at", "2026-01-01T00:00:00Z"),
            "--at must be after v2 was made, 2026-11-02T09:54:00Z; got 2026-01-01T00:00:00Z\n",
        ),
        (("release", "list", "--model", "x"), "--model must be one of breast-cancer, diabetes, digits; got 'x'\n"),
        (("release", "list", "--env", "x"), "--env must be one of dev, prod, staging; got 'x'\n"),
        (("release", "list", "--format", "sarif"), "`mlgitops release list` writes text or json, got --format sarif\n"),
        (("release", "show", "digits", "--format", "github"), "`mlgitops release show` writes text or json, got "),
        (("release", "show", "digits", "--env", "x"), "--env must be one of dev, staging, prod; got 'x'\n"),
    ],
)
def test_wrong_words(call: Call, copy: Path, words: tuple[str, ...], says: str) -> None:
    before = files(copy)
    answer = call(*words)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith(f"mlgitops: {says}")
    assert files(copy) == before


def test_a_model_without_an_owner_needs_a_name(call: Call, copy: Path) -> None:
    edit(copy, "specs/digits/model.yaml", '  owner: "@documents/recognition"\n', "")
    says = "mlgitops: digits has no owner to ask for it\n  hint: say who does, with --by @team/name\n"
    assert call(*PROMOTE) == Answer(2, "", says)
    assert call(*PROMOTE, "--by", "@documents/lead").code == 0


def test_the_time_is_now_unless_said(call: Call, copy: Path) -> None:
    from mlgitops.cli.now import now

    before = now()
    call(*PROMOTE[:6])
    text = (copy / RELEASE).read_text()
    stamp = text[text.index('requestedAt: "') + 14 :][:20]
    assert before <= stamp <= now()


def test_no_link_is_written_through(call: Call, copy: Path) -> None:
    target = copy / "elsewhere.yaml"
    target.write_bytes((copy / RELEASE).read_bytes())
    (copy / RELEASE).unlink()
    (copy / RELEASE).symlink_to(target)
    before = target.read_bytes()
    assert call(*PROMOTE).code == 1
    assert target.read_bytes() == before
