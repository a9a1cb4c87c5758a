"""Git, read only: which commit a revision is, and the files it has.

    base = revision(repository, "origin/main")
    files = list_files(repository, base, ["specs", "environments"])
    contents = read_blobs(repository, {file.blob for file in files if file.is_plain})

Revisions come from strangers: pull requests name branches, and people name revisions on the command line. What could
be an option, a range or a search is refused; nothing is fetched, no hook or monitor of a configuration is started, and
no `GIT_*` variable of ours is passed on (inside a hook, they would point Git somewhere else).

A repository is given as a directory within it; paths are relative to that directory, and below it.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from mlgitops.errors import MlgitopsError, UsageError
from mlgitops.programs.process import Completed, ProgramFailed, environment, printable, require, run

TIMEOUT = 120.0
"""Seconds. 24,000 files (44 MB) took 0.3 s packed and 2 s as loose objects."""

SAFEGUARDS = (
    "--no-pager",
    "--no-replace-objects",
    "--literal-pathspecs",
    "-c",
    f"core.hooksPath={os.devnull}",
    "-c",
    "core.fsmonitor=false",
    "-c",
    "protocol.allow=never",
    "-c",
    "safe.bareRepository=explicit",
)
"""Options that keep a repository's own configuration from starting anything or reaching a network. The last one
refuses a bare repository that somebody committed as plain files, with a configuration of theirs."""

VARIABLES = {
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
}

INHERITED = ("HOME", "XDG_CONFIG_HOME")
"""Where `safe.directory` is configured."""

LONGEST_REVISION = 250

REFUSED = re.compile(r"^[-^]|\.\.|[:\\?*\[\s]|\{/")
"""Options, exclusions, ranges, paths, patterns, searches and whitespace: none of them names one commit."""

OBJECT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")

RECORD = re.compile(rb"([0-7]{6}) [a-z]+ ([0-9a-f]{40}(?:[0-9a-f]{24})?)\t(.+)", re.DOTALL)
"""What `ls-tree` says of a file: mode, type, id and path."""

PLAIN_FILES = frozenset({"100644", "100755", "100664"})


class CommittedFile(NamedTuple):
    """A file of a commit."""

    path: str
    mode: str
    """`100644`, `100755`; `120000` is a symbolic link and `160000` a submodule."""
    blob: str
    """The id of its content: the same id means the same bytes."""

    @property
    def is_plain(self) -> bool:
        """Whether it is a file, and no link or submodule."""
        return self.mode in PLAIN_FILES


class NotARepository(MlgitopsError):
    """The directory is in no Git repository, or in one that Git does not trust."""


class RevisionMissing(MlgitopsError):
    """The revision may exist, and this clone does not have it."""


def root(directory: str) -> str:
    """The absolute path of the working tree that a directory belongs to. Raises NotARepository."""
    path = _text(ask(directory, "rev-parse", "--show-toplevel"))
    if not os.path.isabs(path):
        raise senseless("an absolute path", path.encode("utf-8", "replace"))
    return path


def revision(repository: str, name: str) -> str:
    """The id of the commit that a person's revision names: a branch, a tag, `HEAD~2`, an id.

    Raises UsageError when it is no such name or names nothing, RevisionMissing when the clone is shallow and may lack
    it, NotARepository.
    """
    _refuse_unless_name(name)
    done = ask(
        repository, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}", allowed={0, 1, 128}
    )
    if done.code:
        raise _no_such_revision(repository, name)
    return answered_commit(done)


def list_files(repository: str, commit: str, paths: Sequence[str] = ()) -> list[CommittedFile]:
    """The files of a commit below `paths` (all without any), in order; links and submodules are among them.

    A path that the commit does not have adds nothing. Raises MlgitopsError when a name is not UTF-8.
    """
    done = ask(repository, "ls-tree", "-r", "-z", _commit(commit), "--", *paths)
    return [_committed(record) for record in done.stdout.split(b"\0") if record]


def blobs_named(repository: str, commit: str, folder: str, name: str) -> dict[str, str]:
    """The files of one name in a commit below a folder, path → id: `list_files` where few of many are wanted."""
    done = ask(repository, "ls-tree", "-r", "-z", _commit(commit), "--", folder)
    records = done.stdout.split(b"\0")
    if done.stdout:
        _committed(records[0])  # raises for what is no list of files; of the others only those wanted are read
    if records[-1]:
        raise senseless("records that end", done.stdout[-200:])
    ending = f"/{name}".encode()
    found = (_committed(record) for record in records if record.endswith(ending))
    return {file.path: file.blob for file in found if file.is_plain}


def changed_paths(repository: str, before: str, after: str) -> list[str]:
    """The paths that differ between two commits, renames as two of them; those above the directory are left out,
    but for `.github/` at the checkout's top, which runs what checks all that is below.
    """
    prefix = _text(ask(repository, "rev-parse", "--show-prefix"))
    words = ("diff-tree", "-r", "-z", "--name-only", "--no-renames", _commit(before), _commit(after))
    found = ask(repository, *words).stdout.decode("utf-8", "surrogateescape").split("\0")
    mine = [path.removeprefix(prefix) for path in found if path and path.startswith(prefix)]
    return mine + [path for path in found if prefix and path.startswith(".github/")]


def read_blobs(repository: str, blobs: Iterable[str]) -> dict[str, bytes]:
    """The content of objects, by id, from one process; each is what its id is the digest of.

    Raises RevisionMissing when a clone lacks some of them.
    """
    asked = sorted(blobs)
    if not asked:
        return {}
    stdin = "".join(f"{blob}\n" for blob in asked).encode()
    output = memoryview(ask(repository, "cat-file", "--batch", "--buffer", stdin=stdin).stdout)
    contents: dict[str, bytes] = {}
    position = 0
    for blob in asked:
        head, start = _line(output, position)
        size = head.removeprefix(f"{blob} blob ")
        if size == head or not size.isdecimal():
            raise RevisionMissing(f"this clone lacks the object {blob}: git says {printable(head)}", _complete())
        end = start + int(size)
        contents[blob] = _genuine(blob, bytes(output[start:end]))
        position = end + 1
    return contents


def _genuine(blob: str, content: bytes) -> bytes:
    """The content of an object. Raises MlgitopsError where its id is another content's."""
    if object_id(content, len(blob)) != blob:
        raise senseless(f"the content of the object {blob}", content)
    return content


def object_id(content: bytes, length: int = 40) -> str:
    """The id that Git gives a file's content, in a repository whose ids have so many digits: SHA-1 has 40."""
    algorithm = "sha1" if length == 40 else "sha256"
    return hashlib.new(algorithm, b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _line(output: memoryview, start: int) -> tuple[str, int]:
    """The line that begins at `start`, and where the next one does. Headers are short: an id, a type and a size."""
    window = bytes(output[start : start + 200])
    text, newline, _ = window.partition(b"\n")
    return text.decode("ascii", "replace"), start + len(text) + len(newline)


def _committed(record: bytes) -> CommittedFile:
    found = RECORD.fullmatch(record)
    if found is None:
        raise senseless("a list of files", record)
    mode, blob, path = found[1].decode("ascii"), found[2].decode("ascii"), found[3]
    try:
        return CommittedFile(path.decode("utf-8"), mode, blob)
    except UnicodeDecodeError:
        name = printable(path.decode("utf-8", "replace"))
        raise MlgitopsError(f"the name of the committed file {name} is not UTF-8", "rename the file") from None


def ask(
    repository: str,
    *arguments: str,
    stdin: bytes = b"",
    allowed: Iterable[int] = (0,),
    variables: Mapping[str, str] | None = None,
    inherit: Sequence[str] = (),
) -> Completed:
    """Run one Git command; `variables` are added to `VARIABLES` and win over them.

    Raises NotARepository and ProgramFailed.
    """
    argv = [require("git"), *SAFEGUARDS, *arguments]
    env = environment({**VARIABLES, **(variables or {})}, inherit=(*INHERITED, *inherit))
    try:
        return run(argv, cwd=repository, env=env, timeout=TIMEOUT, stdin=stdin, allowed=frozenset(allowed))
    except ProgramFailed as error:
        raise _explained(repository, error.stderr) or error from None


def _explained(repository: str, stderr: bytes) -> MlgitopsError | None:
    """What stands behind an error of Git's that people can do something about."""
    where = printable(os.path.abspath(repository), 200)
    if b"not a git repository" in stderr:
        return NotARepository(f"{where} is in no Git repository", "run `git init`, or name one with -C")
    if b"dubious ownership" in stderr:
        return NotARepository(
            f"Git does not trust {where}: it belongs to another user",
            f"if you trust it: git config --global --add safe.directory {where}",
        )
    if b"cannot use bare repository" in stderr:
        return NotARepository(f"{where} is in a bare repository", "use a working tree")
    if b"promisor" in stderr or b"lazy fetching disabled" in stderr:
        return RevisionMissing("this clone is partial and lacks some of the files asked for", _complete())
    return None


def _refuse_unless_name(name: str) -> None:
    if not name or len(name) > LONGEST_REVISION or REFUSED.search(name) or not name.isprintable():
        raise UsageError(
            f"expected a branch, a tag or a commit, got {printable(name)!r}", "give one, such as origin/main or HEAD~1"
        )


def _no_such_revision(repository: str, name: str) -> MlgitopsError:
    """Why a revision cannot be had: in a shallow clone it may only be absent here."""
    if is_shallow(repository):
        return RevisionMissing(f"{printable(name)} is not in this shallow clone", deepen())
    if name.split("~")[0].split("^")[0] in ("HEAD", "@") and not _has_commits(repository):
        return UsageError("HEAD names no commit: nothing is committed yet", "commit first")
    remote, slash, branch = name.partition("/")
    hint = "`git branch --all` and `git tag` list what there is"
    if slash:
        hint = f"if {printable(remote)} is a remote: git fetch {printable(remote)} {printable(branch)}; {hint}"
    return UsageError(f"{printable(name)} names no commit of this repository", hint)


def _has_commits(repository: str) -> bool:
    return ask(repository, "rev-parse", "--verify", "--quiet", "HEAD", allowed={0, 1}).code == 0


def is_shallow(repository: str) -> bool:
    """Whether a clone lacks history."""
    answer = _text(ask(repository, "rev-parse", "--is-shallow-repository"))
    if answer not in ("true", "false"):
        raise senseless("true or false", answer.encode("utf-8", "replace"))
    return answer == "true"


def _commit(name: str) -> str:
    """A commit's id, from `revision`: anything else is a mistake of ours."""
    if not OBJECT.fullmatch(name):
        raise ValueError(f"expected the id of a commit, got {name[:80]!r}")
    return name


def answered_commit(done: Completed) -> str:
    """What Git said where it tells the id of a commit. Raises MlgitopsError for anything else."""
    answer = _text(done)
    if not OBJECT.fullmatch(answer):
        raise senseless("the id of a commit", done.stdout)
    return answer


def answered_number(done: Completed) -> int:
    """What Git said where it counts. Raises MlgitopsError for anything else."""
    answer = _text(done)
    if not (answer.isascii() and answer.isdecimal()):
        raise senseless("a number", done.stdout)
    return int(answer[:18])


def senseless(expected: str, answer: bytes) -> MlgitopsError:
    """A program that succeeds and answers something else is none that can be worked with."""
    said = printable(answer[:200].decode("utf-8", "replace")) or "nothing"
    return MlgitopsError(f"expected {expected} from git, got {said}", "`mlgitops doctor` says which programs work")


def _text(done: Completed) -> str:
    return done.stdout.decode("utf-8", "surrogateescape").rstrip("\n")


def deepen() -> str:
    """What to do with a shallow clone."""
    return "fetch its history: git fetch --unshallow (in CI: fetch-depth: 0)"


def _complete() -> str:
    return "fetch what is missing: git fetch --refetch --no-filter (in CI: a clone without --filter)"
