"""Git, writing: commits that are functions of what they are made of, and branches that nobody loses work on."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from mlgitops.errors import MlgitopsError, UsageError
from mlgitops.programs.git import RevisionMissing
from mlgitops.programs.git_branches import (
    Identity,
    Remote,
    committed,
    described,
    fetch,
    heads,
    identity_of,
    is_ancestor,
    last_change,
    must_be_whole,
    push,
    tree_of,
)
from tests.pipeline.test_plan import git

BOT = Identity("release bot", "bot@example.com")
BRANCH = "mlgitops/release/dev/churn"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of `remote.git` with the commit of specs/churn and, after it, one beside it."""
    root = tmp_path / "clone"
    (root / "specs/churn").mkdir(parents=True)
    (root / "specs/churn/model.yaml").write_text("one\n")
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "first")
    (root / "README.md").write_text("beside\n")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "second")
    subprocess.run(
        ["git", "init", "--quiet", "--bare", "--initial-branch=main", str(tmp_path / "remote.git")], check=True
    )
    git(root, "remote", "add", "origin", (tmp_path / "remote.git").as_uri())
    git(root, "push", "--quiet", "origin", "main")
    return root


def head(root: Path) -> str:
    return git(root, "rev-parse", "HEAD")


def made(root: Path, text: bytes = b"two\n", message: str = "Release\n\nMlgitops-Release: dev/churn r1\n") -> str:
    files = {"specs/churn/model.yaml": text, "new/deep/file": b"\0\xff", "README.md": None}
    return committed(str(root), head(root), files, message, BOT)


def test_a_commit(clone: Path) -> None:
    before = git(clone, "status", "--short")
    commit = made(clone)
    assert git(clone, "log", "-1", "--format=%an <%ae> %aI|%cn <%ce> %cI|%P|%B", commit) == (
        "release bot <bot@example.com> 2026-11-20T00:00:00+00:00|release bot <bot@example.com> "
        f"2026-11-20T00:00:00+00:00|{head(clone)}|Release\n\nMlgitops-Release: dev/churn r1"
    )
    assert git(clone, "ls-tree", "-r", "--name-only", commit).split() == ["new/deep/file", "specs/churn/model.yaml"]
    assert git(clone, "show", f"{commit}:specs/churn/model.yaml") == "two"
    assert (git(clone, "status", "--short"), git(clone, "stash", "list")) == (before, "")
    assert made(clone) == commit
    assert made(clone, b"three\n") != commit
    there = described(str(clone), commit)
    assert there.parents == (head(clone),)
    assert there.author == there.committer == "release bot <bot@example.com> 1795132800 +0000"
    assert {path: mode for path, (mode, _) in there.files.items()} == {
        "README.md": "000000",
        "new/deep/file": "100644",
        "specs/churn/model.yaml": "100644",
    }


def test_a_commit_of_a_repository_below_its_checkout(clone: Path) -> None:
    commit = committed(str(clone / "specs"), head(clone), {"churn/model.yaml": b"two\n"}, "x\n", BOT)
    assert git(clone, "diff", "--name-only", "HEAD", commit) == "specs/churn/model.yaml"
    assert tree_of(str(clone / "specs"), commit, "churn") == git(clone, "rev-parse", f"{commit}:specs/churn")


def test_where_code_comes_from(clone: Path) -> None:
    first = git(clone, "rev-parse", "HEAD~1")
    assert last_change(str(clone), head(clone), "specs/churn") == first
    assert tree_of(str(clone), head(clone), "specs/churn") == git(clone, "rev-parse", f"{first}:specs/churn")


def test_a_shallow_clone_is_refused(clone: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--depth=1", (tmp_path / "remote.git").as_uri(), "shallow")
    with pytest.raises(RevisionMissing, match="this clone is shallow"):
        must_be_whole(str(tmp_path / "shallow"))
    must_be_whole(str(clone))


def test_a_branch_moves_from_where_it_was_seen(clone: Path) -> None:
    remote = Remote(str(clone))
    one, two = made(clone), made(clone, b"three\n")
    assert heads(remote, ["main", BRANCH]) == {"main": head(clone)}
    assert push(remote, BRANCH, one, None)
    assert heads(remote, ["main", BRANCH]) == {"main": head(clone), BRANCH: one}
    assert not push(remote, BRANCH, two, None)
    assert not push(remote, BRANCH, two, head(clone))
    assert heads(remote, [BRANCH]) == {BRANCH: one}
    assert push(remote, BRANCH, two, one)
    assert not push(remote, BRANCH, None, one)
    assert push(remote, BRANCH, None, two)
    assert heads(remote, [BRANCH]) == {}
    assert not push(remote, BRANCH, None, two)


def test_fetching_what_others_pushed(clone: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", (tmp_path / "remote.git").as_uri(), "other")
    other = tmp_path / "other"
    theirs = committed(str(other), head(other), {"a": b"b"}, "theirs\n", BOT)
    push(Remote(str(other)), BRANCH, theirs, None)
    remote = Remote(str(clone))
    refs = git(clone, "for-each-ref")
    fetch(remote, BRANCH, heads(remote, [BRANCH])[BRANCH])
    assert described(str(clone), theirs).message == "theirs\n"
    assert git(clone, "for-each-ref") == refs
    assert not (clone / ".git/FETCH_HEAD").exists()
    assert is_ancestor(str(clone), head(clone), theirs)
    assert not is_ancestor(str(clone), theirs, head(clone))
    with pytest.raises(MlgitopsError, match="moved while it was fetched"):
        fetch(remote, BRANCH, "0" * 39 + "1")


def test_hooks_do_not_run(clone: Path, tmp_path: Path) -> None:
    for name in ("pre-push", "reference-transaction", "post-index-change"):
        hook = clone / ".git/hooks" / name
        hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
        hook.chmod(0o755)
    assert push(Remote(str(clone)), BRANCH, made(clone), None)
    assert not (tmp_path / "ran").exists()


def test_a_server_that_refuses(clone: Path, tmp_path: Path) -> None:
    hook = tmp_path / "remote.git/hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho protected >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(MlgitopsError, match=r"cannot push mlgitops/release/dev/churn: .*pre-receive hook declined"):
        push(Remote(str(clone)), BRANCH, made(clone), None)


def test_remotes_that_cannot_be(clone: Path, tmp_path: Path) -> None:
    for name in ("--upload-pack=x", "", "a b"):
        with pytest.raises(UsageError, match="--remote must be a remote's name"):
            heads(Remote(str(clone), name), ["main"])
    with pytest.raises(UsageError, match="there is no remote upstream"):
        heads(Remote(str(clone), "upstream"), ["main"])
    git(clone, "remote", "set-url", "origin", "https://bot:hunter2@git.example.com/ml/models.git")
    with pytest.raises(UsageError) as caught:
        heads(Remote(str(clone)), ["main"])
    assert "holds a password" in str(caught.value)
    assert "hunter2" not in f"{caught.value}{caught.value.hint}"
    git(clone, "remote", "set-url", "origin", f"file://{tmp_path}/gone.git")
    with pytest.raises(MlgitopsError, match="git ls-remote origin failed: "):
        heads(Remote(str(clone)), ["main"])
    git(clone, "remote", "set-url", "origin", "ext::sh -c touch% ran")
    with pytest.raises(MlgitopsError, match="transport 'ext' not allowed"):
        heads(Remote(str(clone)), ["main"])


def test_a_token_is_in_no_argument_and_no_message(clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A git in front of the real one writes down what it is called with."""
    import shutil

    real, fake = shutil.which("git"), tmp_path / "bin/git"
    fake.parent.mkdir()
    fake.write_text(
        f"#!/bin/sh\nprintf '%s\\n' \"$@\" >> {tmp_path}/words\nenv | grep ^GIT_CONFIG >> {tmp_path}/variables\n"
        f'exec {real} "$@"\n'
    )
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    git(clone, "remote", "set-url", "origin", "https://127.0.0.1:9/ml/models.git")
    with pytest.raises(MlgitopsError) as caught:
        heads(Remote(str(clone), "origin", "hunter2"), ["main"])
    secret = "eC1hY2Nlc3MtdG9rZW46aHVudGVyMg=="  # x-access-token:hunter2
    variables = (tmp_path / "variables").read_text()
    assert f"GIT_CONFIG_VALUE_0=Authorization: Basic {secret}\n" in variables
    assert "GIT_CONFIG_KEY_0=http.https://127.0.0.1:9/.extraHeader\n" in variables
    told = (tmp_path / "words").read_text() + str(caught.value) + caught.value.hint
    assert "hunter2" not in told
    assert secret not in told


def test_who_commits(clone: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert identity_of(str(clone)) == Identity("mlgitops", "mlgitops@localhost")
    git(clone, "config", "user.name", "Bot <x>")
    git(clone, "config", "user.email", "bot@example.com")
    assert identity_of(str(clone)) == Identity("Bot x", "bot@example.com")
    monkeypatch.setenv("GIT_COMMITTER_NAME", "CI")
    assert identity_of(str(clone)) == Identity("CI", "bot@example.com")
