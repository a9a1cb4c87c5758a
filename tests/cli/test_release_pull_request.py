"""`release --new --pull-request`: one branch for each model, made by nobody twice, and its pull request."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from mlgitops.contract.registered import version_name
from tests.cli.conftest import Answer, Call
from tests.cli.test_release_new import NEW, RELEASE, files, row
from tests.deliver.handed_off import Made, Place, register, repository, run_of
from tests.pipeline.miniature import mlgitops
from tests.programs.test_pull_requests import TOKEN, Host, host
from tests.registry.examples import new_key

__all__ = ["host"]

ASK = (*NEW, "--pull-request", "--engine", "opa", "--as-of", "2026-11-21")
BRANCH = "mlgitops/release/dev/digits"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[Place, str]:
    """A repository, rendered, whose registry has a version of the run that it asks for; and that run."""
    folder = tmp_path_factory.mktemp("original")
    (folder / "key").mkdir()
    place = repository(folder, new_key(folder / "key"), rendered=True)
    run = run_of(place)
    register(place, Made(run))
    return place, run


@pytest.fixture
def run(original: tuple[Place, str]) -> str:
    return original[1]


@pytest.fixture
def place(original: tuple[Place, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A clone with a remote of its own; the registry is the original's, which no test writes to."""
    theirs = original[0]
    shutil.copytree(theirs.root, tmp_path / "clone")
    shutil.copytree(theirs.remote, tmp_path / "remote.git")
    mine = Place(tmp_path / "clone", tmp_path / "remote.git", theirs.registry, theirs.key)
    mine.git("remote", "set-url", "origin", mine.remote.as_uri())
    monkeypatch.chdir(mine.root)
    monkeypatch.setenv("GIT_COMMITTER_NAME", "release bot")
    monkeypatch.setenv("GIT_COMMITTER_EMAIL", "bot@example.com")
    return mine


@pytest.fixture
def github(host: Host, monkeypatch: pytest.MonkeyPatch) -> Host:
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.setenv("GITHUB_API_URL", host.address)
    return host


def on_main(place: Place, message: str, **changes: tuple[str, str]) -> str:
    """A commit on the remote's main, as somebody else makes it."""
    for path, (before, after) in changes.items():
        place.edit(path.replace("__", "/"), before, after)
    commit = place.commit(message)
    place.push()
    return commit


def proposed(place: Place) -> str:
    return place.heads()[BRANCH]


def test_the_branch(call: Call, place: Place, run: str) -> None:
    base, before = place.git("rev-parse", "HEAD"), files(place.root)
    name = version_name(run)
    answer = call(*ASK)
    assert answer == Answer(
        0,
        "MODEL          VERSION      STATE     WHY\n"
        "breast-cancer  v2           current   v2 serves in dev\n"
        "diabetes       v1           current   v1 serves in dev\n"
        f"digits         {name}  proposed  its branch was made\n"
        "\n"
        "3 models in dev: 2 current, 1 proposed\n",
        "",
    )
    assert (files(place.root), place.git("status", "--short")) == (before, "")
    assert set(place.heads()) == {"main", BRANCH}
    commit = proposed(place)
    assert place.git("log", "-1", "--format=%P|%an <%ae>|%cn <%ce>|%aI|%cI", commit) == (
        f"{base}|release bot <bot@example.com>|release bot <bot@example.com>"
        "|2026-11-20T00:00:00+00:00|2026-11-20T00:00:00+00:00"
    )
    assert place.git("log", "-1", "--format=%B", commit) == (
        f"Release digits {name} in dev\n\n"
        f"The version that run {name[1:]} of the present spec left in the registry. It supersedes v2.\n\n"
        f"Mlgitops-Release: dev/digits {name}"
    )
    folder = f"specs/digits/versions/{name}"
    changed = place.git("diff", "--name-only", base, commit).splitlines()
    assert changed == [
        RELEASE,
        "rendered/dev/digits/render-key.json",
        "rendered/dev/digits/serve/configmap-code-previous.yaml",
        "rendered/dev/digits/serve/rayservice.yaml",
        "rendered/dev/digits/train/configmap-evaluate.yaml",
        "rendered/dev/digits/train/job-evaluate.yaml",
        *(f"{folder}/{file}" for file in ("card.md", "network.py", "serve.py", "version.yaml")),
    ]


def test_what_is_on_the_branch_is_rendered_and_allowed(call: Call, place: Place) -> None:
    call(*ASK)
    place.git("fetch", "--quiet", "origin", BRANCH)
    place.git("checkout", "--quiet", "FETCH_HEAD")
    done = mlgitops(place.root, "render", "--check", engine="opa")
    assert done.code == 0, done
    done = mlgitops(place.root, "plan", "--base", "main", engine="opa")
    assert (done.code, "RayService" in done.out) == (0, True)


def test_the_same_files_as_in_a_working_tree(call: Call, place: Place, run: str) -> None:
    call(*ASK)
    call(*NEW)
    for path in (RELEASE, f"specs/digits/versions/{version_name(run)}/version.yaml"):
        assert place.git("show", f"{proposed(place)}:{path}") == (place.root / path).read_text().rstrip("\n")


def test_twice_and_from_elsewhere_pushes_nothing(
    call: Call, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call(*ASK)
    first = proposed(place)
    assert row(call(*ASK))[1:] == ["standing", "its branch proposes it"]
    place.git("clone", "--quiet", place.remote.as_uri(), str(tmp_path / "other"))
    place.git("push", "--quiet", "origin", f":{BRANCH}")
    monkeypatch.chdir(tmp_path / "other")
    assert row(call(*ASK))[1] == "proposed"
    assert proposed(place) == first


def test_what_is_checked_out_decides_nothing(call: Call, place: Place) -> None:
    call(*ASK)
    first = proposed(place)
    place.git("push", "--quiet", "origin", f":{BRANCH}")
    place.git("checkout", "--quiet", "--detach")
    place.edit("specs/digits/serve.py", "class Digits", "class  Digits")
    place.commit("not on main")
    (place.root / "specs/digits/serve.py").write_text("not committed\n")
    assert row(call(*ASK))[1] == "proposed"
    assert proposed(place) == first


def test_a_base_that_goes_on_beside_it_leaves_the_branch(call: Call, place: Place) -> None:
    call(*ASK)
    first = proposed(place)
    (place.root / "README.md").write_text("Beside it.\n")
    on_main(place, "beside it")
    assert row(call(*ASK))[1:] == ["standing", "its branch proposes it, on an earlier base"]
    assert proposed(place) == first


def test_a_base_that_releases_another_version_changes_it(call: Call, place: Place) -> None:
    call(*ASK)
    first = proposed(place)
    call("rollback", "digits", "--env", "dev", "--at", "2026-11-21T10:00:00Z")
    assert mlgitops(place.root, "render", engine="opa").code == 0
    head = on_main(place, "rolled back meanwhile")
    assert row(call(*ASK))[1:] == ["proposed", "its branch was brought up to date"]
    assert proposed(place) != first
    assert place.git("rev-parse", f"{proposed(place)}^") == head
    assert "  supersedes: v1\n" in place.git("show", f"{proposed(place)}:{RELEASE}")


def test_nobody_elses_commit_is_lost(call: Call, place: Place) -> None:
    call(*ASK)
    place.git("fetch", "--quiet", "origin", BRANCH)
    place.git("checkout", "--quiet", "FETCH_HEAD")
    with (place.root / RELEASE).open("a") as file:
        file.write('  approvals: [{role: model-owner, by: "@documents/lead", at: "2026-11-21T10:00:00Z"}]\n')
    theirs = place.commit("Approve it")
    place.git("push", "--quiet", "origin", f"HEAD:{BRANCH}")
    kept = ["kept", "somebody else committed to its branch; delete the branch to have it made anew"]
    assert row(call(*ASK))[1:] == kept
    words = place.git("log", "-1", "--format=%B", "HEAD^")
    place.git("commit", "--quiet", "--amend", "--reset-author", "--message", words)
    amended = place.git("rev-parse", "HEAD")
    place.git("push", "--quiet", "--force", "origin", f"HEAD:{BRANCH}")
    assert row(call(*ASK))[1:] == kept
    assert theirs != amended == proposed(place)


def test_two_runs_at_once(call: Call, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another run makes the branch between this one's look and its push."""
    from mlgitops.cli import release_branches

    push = release_branches.push

    def late(remote: object, branch: str, commit: str | None, expected: str | None) -> bool:
        place.git("push", "--quiet", "origin", f"{theirs or commit}:refs/heads/{branch}")
        return push(remote, branch, commit, expected)  # type: ignore[arg-type]

    monkeypatch.setattr(release_branches, "push", late)
    theirs = ""
    assert row(call(*ASK))[1] in ("proposed", "standing")
    place.git("push", "--quiet", "origin", f":{BRANCH}")
    theirs = place.git("rev-parse", "HEAD")
    assert row(call(*ASK))[1:] == ["kept", "its branch moved meanwhile; the next run looks again"]
    assert proposed(place) == theirs


def test_what_is_not_due_any_more_is_withdrawn(call: Call, place: Place, github: Host) -> None:
    call(*ASK)
    place.edit("specs/digits/model.yaml", "seed: 12", "seed: 13")
    assert mlgitops(place.root, "render", engine="opa").code == 0
    on_main(place, "another spec")
    version, state, why = row(call(*ASK))
    assert (version, state) == ("-", "withdrawn")
    assert why.startswith("run ")
    assert BRANCH not in place.heads()
    (pull,) = github.pulls
    assert (pull["state"], pull["title"].startswith("Withdrawn: Release digits ")) == ("closed", True)
    place.edit("specs/digits/model.yaml", "seed: 13", "seed: 12")
    assert mlgitops(place.root, "render", engine="opa").code == 0
    on_main(place, "and back")
    assert row(call(*ASK))[1] == "proposed"
    assert [one["state"] for one in github.pulls] == ["closed", "open"]


def test_a_registry_that_lost_it_withdraws_nothing(call: Call, place: Place, tmp_path: Path) -> None:
    call(*ASK)
    first = proposed(place)
    place.edit("environments/dev/environment.yaml", place.registry.as_uri(), (tmp_path / "unmounted").as_uri())
    on_main(place, "another registry")
    _, state, why = row(call(*ASK))
    assert (state, why.startswith("its branch proposes a version that is no longer in the registry; ")) == (
        "kept",
        True,
    )
    assert proposed(place) == first


def test_merged_it_is_current(call: Call, place: Place, github: Host) -> None:
    call(*ASK)
    place.git("fetch", "--quiet", "origin", BRANCH)
    place.git("merge", "--quiet", "--no-ff", "--message", "merged", "FETCH_HEAD")
    place.push()
    github.pulls[0] |= {"state": "closed", "merged_at": "2026-11-21T10:00:00Z"}
    version, state, why = row(call(*ASK))
    assert (state, why) == ("current", f"{version} serves in dev; its branch was removed")
    assert set(place.heads()) == {"main"}
    assert row(call(*ASK))[2] == f"{version} serves in dev"


BODY = """\
`{name}` of `digits` in `dev` supersedes `v2`.
It was trained of the spec as it is on the base. Its signature and digests were verified before this was written.

Reason: Drift of pixel\\_2\\_3 over 0.1 for six hours.

### Evidence

| what | value |
| ---|--- |
| run | `{run}, monitoring, attempt 1` |
| trained | `2026-11-20T10:00:00Z to 2026-11-20T10:39:00Z` |
| artifact | `{artifact} (safetensors)` |
| signed by | `ml-platform-2026` |
| image | `{image}` |
| code | `tree {tree} of {revision}` |
| training data | `pictures v1 sha256:00b6fbb19d7d8692aff04aba8d6a4e6b49c415b503089e75f099a5504c570e69` |
| validation data | `pictures-holdout v1 sha256:a956151ccb0d1a7f73d2e0abfcd063564bb28c102341c89e71f1a54eabcc3596` |
| record | `{record}` |

### Metrics

| metric | data | value | in service |
| ---|---|---|--- |
| `accuracy` | `pictures-holdout` | 0.9861 | 0.9806 |
| `f1Macro` | `pictures-holdout` | 0.986 | 0.9804 |

### Policy

Nothing speaks against it.

### Verify

```sh
mlgitops release show digits --env dev   # the record's digest is that of its files
mlgitops plan --base origin/HEAD    # what changes, and that it supersedes what serves
mlgitops release --new --env dev digits    # on the base: makes the same files, to the byte
```

<details><summary>Model card</summary>

```text
# digits

Reads one digit.
```

</details>
"""


def test_the_pull_request(call: Call, place: Place, github: Host, run: str) -> None:
    name, url = version_name(run), "https://git.example.com/ml/models/pull/1"
    assert row(call(*ASK)) == [name, "proposed", f"its branch was made: {url}"]
    (pull,) = github.pulls
    assert (pull["head"], pull["base"], pull["title"]) == (BRANCH, "main", f"Release digits {name} in dev")
    record = place.git("show", f"{proposed(place)}:specs/digits/versions/{name}/version.yaml")

    def said(key: str) -> str:
        return next(line.split()[-1] for line in record.splitlines() if line.strip().startswith(f"{key}:"))

    released = place.git("show", f"{proposed(place)}:{RELEASE}")
    assert pull["body"] == BODY.format(
        name=name,
        run=run,
        artifact=said("digest"),
        image=said("image"),
        tree=said("tree"),
        revision=said("revision"),
        record=next(line.split()[1] for line in released.splitlines() if "recordDigest" in line),
    )
    assert row(call(*ASK)) == [name, "standing", f"its branch proposes it: {url}"]
    assert len(github.pulls) == 1
    document = json.loads(call(*ASK, "--format", "json").out)
    assert document["models"][2]["pullRequest"] == {
        "branch": BRANCH,
        "title": pull["title"],
        "body": pull["body"],
        "url": url,
    }


def test_a_pull_request_that_somebody_closed_stays_closed(call: Call, place: Place, github: Host) -> None:
    call(*ASK)
    github.pulls[0]["state"] = "closed"
    place.git("push", "--quiet", "origin", f":{BRANCH}")
    assert row(call(*ASK))[1:] == ["declined", "its pull request was closed without merging; reopen it, or train anew"]
    assert set(place.heads()) == {"main"}
    assert len(github.pulls) == 1


def test_what_policy_has_against_it_is_said(call: Call, place: Place, github: Host) -> None:
    path = place.root / "policies/data/signers.yaml"
    path.write_text(path.read_text().replace("ml-platform-2026", "ml-platform-2027"))
    place.commit("only another signer counts")
    place.push()
    answer = call(*ASK)
    assert (answer.code, row(answer)[1]) == (0, "proposed")
    assert row(answer)[2].startswith("its branch was made; 1 error of policy or rendering: https://")
    assert "\n- error `policy/governance.release-evidence` at `" in github.pulls[0]["body"]


def test_the_host_does_not_answer(call: Call, place: Place, github: Host) -> None:
    github.answers = [(503, {"message": "Unicorn"}, {})]
    answer = call(*ASK)
    assert (answer.code, answer.out) == (3, "")
    assert "the Git host answers 503: Unicorn" in answer.err
    assert TOKEN not in answer.err
    assert row(call(*ASK))[1] == "proposed"


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--base", "release"), 2, "origin must have the branch 'release', got none"),
        (("--remote", "upstream"), 2, "there is no remote upstream"),
        (("--remote", "--upload-pack=x"), 2, ""),
    ],
)
def test_no_base(call: Call, place: Place, words: tuple[str, ...], code: int, says: str) -> None:
    answer = call(*ASK, *words)
    assert (answer.code, says in answer.err) == (code, True)
    assert set(place.heads()) == {"main"}


def test_a_remote_that_is_gone(call: Call, place: Place) -> None:
    shutil.rmtree(place.remote)
    answer = call(*ASK)
    assert (answer.code, "git ls-remote origin failed: " in answer.err) == (3, True)
