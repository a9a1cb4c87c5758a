"""Git is read, exactly, and nothing that a stranger can name or configure makes it do more."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from mlgitops.errors import MlgitopsError, UsageError
from mlgitops.programs import git
from mlgitops.programs.git import CommittedFile, NotARepository, RevisionMissing
from mlgitops.programs.git_standing import standing

AUTHOR = {
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.com",
    "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
}


def do(directory: Path, *arguments: str) -> str:
    """Run Git as a person would."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(directory), **AUTHOR}
    done = subprocess.run(["git", *arguments], cwd=directory, env=environment, check=True, capture_output=True)
    return done.stdout.decode().strip()


def commit(directory: Path, files: dict[str, bytes], message: str = "change") -> str:
    for path, content in files.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_bytes(content)
    do(directory, "add", "--all")
    do(directory, "commit", "--quiet", "--allow-empty", "--message", message)
    return do(directory, "rev-parse", "HEAD")


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A HOME with no configuration, and the variables that a hook of Git's would have set."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"):
        monkeypatch.setenv(name, "/nowhere")


def read_many(repository: str, commit: str, paths: Sequence[str] = ()) -> dict[str, bytes]:
    """The plain files of a commit, by path."""
    files = [file for file in git.list_files(repository, commit, paths) if file.is_plain]
    contents = git.read_blobs(repository, {file.blob for file in files})
    return {file.path: contents[file.blob] for file in files}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    directory = tmp_path / "repository"
    directory.mkdir()
    do(directory, "init", "--quiet", "--initial-branch=main")
    return directory


class TestRoot:
    def test_is_the_same_from_any_directory_within(self, repository: Path) -> None:
        (repository / "a" / "b").mkdir(parents=True)
        assert git.root(str(repository / "a" / "b")) == git.root(str(repository)) == os.path.realpath(repository)

    def test_outside_a_repository(self, tmp_path: Path) -> None:
        with pytest.raises(NotARepository) as caught:
            git.root(str(tmp_path))
        assert str(caught.value) == f"{tmp_path} is in no Git repository"
        assert caught.value.hint == "run `git init`, or name one with -C"

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
    def test_one_of_another_user_is_not_trusted(self, repository: Path) -> None:
        os.chown(repository, 12345, 12345)
        os.chown(repository / ".git", 12345, 12345)
        with pytest.raises(NotARepository) as caught:
            git.root(str(repository))
        assert str(caught.value) == f"Git does not trust {repository}: it belongs to another user"
        assert caught.value.hint.endswith(f"git config --global --add safe.directory {repository}")
        do(Path(os.environ["HOME"]), "config", "--file", ".gitconfig", "safe.directory", str(repository))
        assert git.root(str(repository)) == str(repository)

    def test_a_bare_repository_among_the_files_is_refused(self, repository: Path) -> None:
        do(repository, "init", "--quiet", "--bare", "specs/evil")
        with pytest.raises(NotARepository, match=r"is in a bare repository$"):
            git.root(str(repository / "specs" / "evil"))

    def test_a_missing_git_says_so(self, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", "/nowhere")
        with pytest.raises(MlgitopsError) as caught:
            git.root(str(repository))
        assert str(caught.value) == "git is not installed: neither in tools/bin nor on the PATH"
        assert caught.value.hint == "install git"


class TestRevision:
    def test_every_way_people_name_a_commit(self, repository: Path) -> None:
        first = commit(repository, {"a": b"1"})
        do(repository, "tag", "--annotate", "v1.0", "--message", "one")
        do(repository, "branch", "feature/ü-1")
        do(repository, "update-ref", "refs/remotes/origin/main", first)
        second = commit(repository, {"a": b"2"})
        named = {name: git.revision(str(repository), name) for name in ("HEAD", "@", "main", second, second[:10])}
        assert named == dict.fromkeys(named, second)
        older = ("HEAD~1", "HEAD^", "main~", "v1.0", "v1.0^{}", "feature/ü-1", "origin/main", "refs/heads/feature/ü-1")
        assert {name: git.revision(str(repository), name) for name in older} == dict.fromkeys(older, first)

    def test_what_names_nothing(self, repository: Path) -> None:
        commit(repository, {"a": b"1"})
        with pytest.raises(UsageError) as caught:
            git.revision(str(repository), "origin/mian")
        assert str(caught.value) == "origin/mian names no commit of this repository"
        assert caught.value.hint == (
            "if origin is a remote: git fetch origin mian; `git branch --all` and `git tag` list what there is"
        )
        with pytest.raises(UsageError, match=r"^feature names no commit of this repository$"):
            git.revision(str(repository), "feature")
        blob = do(repository, "rev-parse", "HEAD:a")
        with pytest.raises(UsageError, match=f"^{blob} names no commit of this repository$"):
            git.revision(str(repository), blob)
        with pytest.raises(UsageError, match=f"^{'0' * 40} names no commit"):
            git.revision(str(repository), "0" * 40)

    def test_before_the_first_commit(self, repository: Path) -> None:
        with pytest.raises(UsageError) as caught:
            git.revision(str(repository), "HEAD~1")
        assert (str(caught.value), caught.value.hint) == (
            "HEAD names no commit: nothing is committed yet",
            "commit first",
        )

    def test_a_shallow_clone_is_told_from_a_missing_revision(self, repository: Path, tmp_path: Path) -> None:
        commit(repository, {"a": b"1"})
        do(repository, "tag", "v1")
        commit(repository, {"a": b"2"})
        do(tmp_path, "clone", "--quiet", "--depth=1", "--no-tags", f"file://{repository}", "shallow")
        with pytest.raises(RevisionMissing) as caught:
            git.revision(str(tmp_path / "shallow"), "v1")
        assert str(caught.value) == "v1 is not in this shallow clone"
        assert caught.value.hint == "fetch its history: git fetch --unshallow (in CI: fetch-depth: 0)"
        assert caught.value.exit_code == 3

    def test_outside_a_repository(self, tmp_path: Path) -> None:
        with pytest.raises(NotARepository):
            git.revision(str(tmp_path), "HEAD")


WORDS = ["--help", "--output=made", "-c", "--git-dir=/", "--exec=touch made", "--upload-pack=touch made", "-", "--"]
HOSTILE = [
    "",
    *WORDS,
    *(f"{prefix}{middle}{suffix}" for prefix in ("main", "HEAD") for middle in ("..", "...", ":", "\0", "\n", " ", "\t")
      for suffix in ("a", "main", "touch made", "$(touch made)")),
    *(f"{name}\u202e" for name in ("main", "HEAD")),
    *(f"{name}\u200b" for name in ("main", "HEAD")),
    *(f"{name}\x1b[2J" for name in ("main", "HEAD")),
    "^main", "^HEAD", ":/.", ":0:a", ":a", "HEAD^{/.*}", "main^{/a}", "a\\b", "ma?n", "ma*", "m[a]in",
    "main x", "x" * 251, "main@{1 day ago}", "é\udcff",
]  # fmt: skip
STRANGE = [
    "$(touch made)", "`touch`", "main;touch", "main|touch", "main&touch", "main>made", "main^{tree}", "main^{blob}",
    "main~99999999999999999999", "main^99", "@{", "@{u}", "@{upstream}", "@{push}", "@{-1}", "@{-99}",
    "HEAD@{9}",
    "../../etc/passwd", "refs/../HEAD", "refs/heads/", "refs/heads//main", "/main", "main/", "main.lock", ".main",
    "HEAD^{commit}^{x}", "{", "}", "%00", "%2e", "'", '"', "main'", "#", "~", "FETCH_HEAD", "ORIG_HEAD", "stash",
    "ext::touch made", "file:///etc", "e" * 250, "漢字", "ext..main", "0" * 39, "0" * 41, "deadbeef",
]  # fmt: skip


class TestHostileNames:
    @pytest.mark.parametrize("name", HOSTILE)
    def test_what_could_be_more_than_a_name_starts_nothing(
        self, repository: Path, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        def started(*_: object, **__: object) -> None:
            pytest.fail("a program was started")

        monkeypatch.setattr(git, "run", started)
        with pytest.raises(UsageError, match="expected a branch, a tag or a commit, got ") as caught:
            git.revision(str(repository), name)
        assert str(caught.value).isprintable()
        assert len(str(caught.value)) < 200

    def test_what_may_be_a_name_names_nothing_else(self, repository: Path) -> None:
        commit(repository, {"a": b"1"})
        before = sorted(repository.rglob("*"))
        for name in STRANGE:
            with pytest.raises(UsageError, match=r"names no commit of this repository|expected a branch"):
                git.revision(str(repository), name)
        assert sorted(repository.rglob("*")) == before

    def test_paths_are_not_options_or_patterns(self, repository: Path) -> None:
        files = {"--output=made": b"1", "a*": b"2", ":(top)b": b"3", "c d\n": b"4", "ab": b"5", "-": b"6"}
        sha = commit(repository, files)
        for path, content in files.items():
            assert read_many(str(repository), sha, [path]) == {path: content}
        assert read_many(str(repository), sha, ["absent", "*", "a?"]) == {}

    @pytest.mark.parametrize("sha", ["HEAD", "--help", "", "0" * 39, "0" * 40 + "\n"])
    def test_a_commit_is_given_by_its_id(self, repository: Path, sha: str) -> None:
        with pytest.raises(ValueError, match="expected the id of a commit"):
            git.list_files(str(repository), sha)


def test_a_hostile_configuration_starts_nothing(repository: Path, tmp_path: Path) -> None:
    sha = commit(repository, {"a": b"1", ".gitattributes": b"* filter=evil diff=evil\n"})
    script = tmp_path / "evil"
    script.write_text(f"#!/bin/sh\ntouch {tmp_path}/made\n")
    script.chmod(0o755)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for name in ("post-checkout", "reference-transaction", "post-index-change", "fsmonitor-watchman"):
        (hooks / name).symlink_to(script)
    for key in (
        "core.fsmonitor", "core.pager", "core.sshCommand", "core.editor", "core.askPass", "core.alternateRefsCommand",
        "core.gitProxy", "pager.rev-parse", "pager.ls-tree", "pager.cat-file", "gpg.program", "diff.external",
        "filter.evil.smudge", "filter.evil.clean", "diff.evil.textconv", "alias.rev-parse", "alias.ls-tree",
        "credential.helper", "uploadpack.packObjectsHook",
    ):  # fmt: skip
        do(repository, "config", key, str(script))
    do(repository, "config", "core.hooksPath", str(hooks))
    assert git.root(str(repository)) == str(repository)
    assert git.revision(str(repository), "main") == sha
    assert read_many(str(repository), sha)["a"] == b"1"
    with pytest.raises(UsageError):
        git.revision(str(repository), "absent")
    assert not (tmp_path / "made").exists()


def test_replacements_do_not_change_what_a_commit_has(repository: Path) -> None:
    sha = commit(repository, {"a": b"reviewed"})
    (repository / "other").write_bytes(b"forged")
    forged = do(repository, "hash-object", "-w", "other")
    do(repository, "replace", do(repository, "rev-parse", f"{sha}:a"), forged)
    assert read_many(str(repository), sha) == {"a": b"reviewed"}


class TestFiles:
    def test_lists_what_is_committed_and_nothing_else(self, repository: Path) -> None:
        (repository / "link").symlink_to("specs")
        sha = commit(repository, {"specs/a.yaml": b"a", "specs/b/c.yaml": b"a", "other": b"o"})
        (repository / "specs" / "a.yaml").write_bytes(b"edited")
        (repository / "specs" / "new.yaml").write_bytes(b"new")
        same = "2e65efe2a145dda7ee51d1741299f848e5bf752e"
        assert git.list_files(str(repository), sha, ["specs"]) == [
            CommittedFile("specs/a.yaml", "100644", same),
            CommittedFile("specs/b/c.yaml", "100644", same),
        ]
        everything = git.list_files(str(repository), sha)
        assert [(file.path, file.mode) for file in everything] == [
            ("link", "120000"), ("other", "100644"), ("specs/a.yaml", "100644"), ("specs/b/c.yaml", "100644"),
        ]  # fmt: skip

    def test_reads_bytes_as_they_are_and_follows_no_link(self, repository: Path) -> None:
        (repository / "link").symlink_to("/etc/passwd")
        files = {
            "empty": b"",
            "newlines": b"\n\n",
            "crlf": b"a\r\nb\r\n",
            "binary": bytes(range(256)),
            "header": b"2e65efe2a145dda7ee51d1741299f848e5bf752e blob 1\na",
            "name with\ttab\nand é": b"x",
            "same": b"x",
            "big": b"0123456789" * 200_000,
        }
        sha = commit(repository, files)
        do(repository, "update-index", "--add", "--cacheinfo", f"160000,{sha},submodule")
        do(repository, "commit", "--quiet", "--message", "submodule")
        head = git.revision(str(repository), "HEAD")
        assert read_many(str(repository), head) == files
        assert read_many(str(repository), head, ["same", "empty"]) == {"same": b"x", "empty": b""}

    def test_paths_are_relative_to_the_directory_given(self, repository: Path) -> None:
        sha = commit(repository, {"platform/specs/a": b"a", "specs/b": b"b"})
        assert read_many(str(repository / "platform"), sha, ["specs"]) == {"specs/a": b"a"}
        assert read_many(str(repository / "platform"), sha) == {"specs/a": b"a"}

    def test_names_that_are_no_text_are_refused(self, repository: Path) -> None:
        with open(os.path.join(os.fsencode(repository), b"\xff\x1b"), "wb"):
            pass
        sha = commit(repository, {})
        with pytest.raises(MlgitopsError) as caught:
            git.list_files(str(repository), sha)
        assert str(caught.value) == "the name of the committed file \ufffd\\x1b is not UTF-8"

    def test_a_partial_clone_is_not_filled_behind_our_back(self, repository: Path, tmp_path: Path) -> None:
        sha = commit(repository, {"a": b"1"})
        do(repository, "config", "uploadpack.allowFilter", "true")
        source = f"file://{repository}"
        do(tmp_path, "clone", "--quiet", "--no-checkout", "--filter=blob:none", source, "partial")
        assert [file.path for file in git.list_files(str(tmp_path / "partial"), sha)] == ["a"]
        with pytest.raises(RevisionMissing) as caught:
            read_many(str(tmp_path / "partial"), sha)
        assert str(caught.value) == "this clone is partial and lacks some of the files asked for"
        do(tmp_path / "partial", "checkout", "--quiet", "main")
        assert read_many(str(tmp_path / "partial"), sha) == {"a": b"1"}

    def test_a_broken_repository_is_an_error(self, repository: Path) -> None:
        sha = commit(repository, {"a": b"1"})
        blob = do(repository, "rev-parse", "HEAD:a")
        (repository / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
        with pytest.raises(RevisionMissing, match=f"^this clone lacks the object {blob}: git says {blob} missing$"):
            read_many(str(repository), sha)


LIES = {
    "rev-parse --verify": ("hello", r"^expected the id of a commit from git, got hello$"),
    "rev-parse --is-shallow": ("", r"^expected true or false from git, got nothing$"),
    "rev-parse --show-toplevel": ("here", r"^expected an absolute path from git, got here$"),
    "ls-tree": ("100644 blob x\tspecs/a", r"^expected a list of files from git, got 100644 blob x\\tspecs/a$"),
    "cat-file": ("{blob} blob 3\nlie", r"^expected the content of the object {blob} from git, got lie$"),
    "cat-file ": ("{blob} blob x\n", r"^this clone lacks the object {blob}: git says {blob} blob x$"),
    "--batch-check": ("MERGE_HEAD gone\n" * 4, r"^expected 4 commits or none from git, got MERGE_HEAD gone"),
    "--batch-check ": ("MERGE_HEAD missing\n" * 3, r"^expected 4 commits or none from git, got MERGE_HEAD missing"),
}


@pytest.mark.parametrize("asked", LIES)
def test_an_answer_that_is_none(asked: str, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a program that ends well: it is not taken for a repository that lacks something."""
    sha = commit(repository, {"specs/a": b"one"})
    blob = do(repository, "rev-parse", f"{sha}:specs/a")
    answer, message = (text.replace("{blob}", blob) for text in LIES[asked])
    (tmp_path / "answer").write_text(answer)
    program = tmp_path / "git"
    program.write_text(f'#!/bin/sh\ncase "$*" in *"{asked.strip()}"*) cat {tmp_path}/answer;; *) exit 1;; esac\n')
    program.chmod(0o755)
    monkeypatch.setattr(git, "require", lambda _: str(program))
    calls: dict[str, Callable[[], object]] = {
        "rev-parse --show-toplevel": lambda: git.root(str(repository)),
        "ls-tree": lambda: git.list_files(str(repository), sha),
        "cat-file": lambda: git.read_blobs(str(repository), [blob]),
        "--batch-check": lambda: standing(str(repository), sha),
    }
    call = calls.get(asked.strip(), lambda: git.revision(str(repository), "main"))
    with pytest.raises(MlgitopsError, match=message) as caught:
        call()
    assert caught.value.exit_code == 3
