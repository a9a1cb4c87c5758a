"""Git, writing: a commit made of another and of files, without a working tree, and a branch of a remote that holds it.

    remote = Remote(repository, "origin", token)
    base = heads(remote, ["main"])["main"]
    commit = committed(repository, base, {"environments/dev/releases/churn.yaml": b"…"}, message, identity)
    push(remote, "mlgitops/release/dev/churn", commit, expected=None)

A commit's id is a function of its parent, files, message and identity: its dates are the parent's. Branches are moved
only from where they were seen (`--force-with-lease`), so that nobody's work is lost to two runs at once. A token goes
to Git in an environment variable: never in arguments, which everybody on a machine can read, nor in messages.
"""

from __future__ import annotations

import base64
import os
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from mlgitops.errors import MlgitopsError, UsageError
from mlgitops.programs.git import OBJECT, RevisionMissing, ask, deepen, is_shallow
from mlgitops.programs.process import Completed, ProgramFailed, printable

NETWORK = ("SSH_AUTH_SOCK", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""Variables by which Git reaches a remote."""

PROTOCOLS = "file:https:ssh"
REMOTE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_IDENT = re.compile(r"(?P<who>[^<>\n]* <[^<>\n]*>) (?P<when>\d{1,12} [+-]\d{4})")
_GONE = "0" * 40


class Remote(NamedTuple):
    """A remote of a repository."""

    repository: str
    """A directory in its working tree."""
    name: str = "origin"
    token: str | None = None
    """For a remote behind https; without one, Git uses what it is configured with."""


class Identity(NamedTuple):
    """Who makes commits."""

    name: str
    mail: str


class Change(NamedTuple):
    """A commit, as far as it tells whose it is and what it does."""

    parents: tuple[str, ...]
    author: str
    """Name, address and time, as Git keeps them."""
    committer: str
    message: str
    files: Mapping[str, tuple[str, str]]
    """Path from the checkout's top → mode and blob of what it changes against its first parent."""


def must_be_whole(repository: str) -> None:
    """Raises RevisionMissing in a shallow clone, where the history that a record names is cut off."""
    if is_shallow(repository):
        raise RevisionMissing("this clone is shallow, and a record names the commit that its code is of", deepen())


def tree_of(repository: str, commit: str, folder: str) -> str:
    """The id of the tree of a folder in a commit."""
    return _object(ask(repository, "rev-parse", "--verify", "--end-of-options", f"{commit}:./{folder}").stdout)


def last_change(repository: str, commit: str, folder: str) -> str:
    """The last commit up to `commit` that changed a folder: the same one whatever was merged beside it since."""
    return _object(ask(repository, "rev-list", "--max-count=1", commit, "--", folder).stdout)


def identity_of(repository: str) -> Identity:
    """Who Git says that we are: by its variables, else its configuration, else nobody in particular."""
    found = [
        os.environ.get(f"GIT_COMMITTER_{word.upper()}") or _configured(repository, f"user.{key}")
        for word, key in (("name", "name"), ("email", "email"))
    ]
    name, mail = (re.sub(r"[<>\x00-\x1f]", "", value or "").strip() for value in found)
    return Identity(name or "mlgitops", mail or "mlgitops@localhost")


def _configured(repository: str, key: str) -> str:
    done = ask(repository, "config", "--get", key, allowed={0, 1})
    return done.stdout.decode("utf-8", "replace").strip()


def heads(remote: Remote, branches: Iterable[str]) -> dict[str, str]:
    """The commits that branches of a remote are at; those that are not there are left out. Asks the network."""
    names = [f"refs/heads/{branch}" for branch in branches]
    output = _network(remote, "ls-remote", "--quiet", _named(remote), *names).stdout.decode("utf-8", "replace")
    lines = (line.split("\t") for line in output.splitlines())
    known = {words[1]: words[0] for words in lines if len(words) == 2 and OBJECT.fullmatch(words[0])}
    return {name.removeprefix("refs/heads/"): known[name] for name in names if name in known}


def fetch(remote: Remote, branch: str, commit: str) -> None:
    """Have the commit that a branch is at. Raises MlgitopsError where the branch has moved on meanwhile."""
    if _has(remote.repository, commit):
        return
    quiet = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--refmap=")
    _network(remote, "fetch", *quiet, _named(remote), f"refs/heads/{branch}")
    if not _has(remote.repository, commit):
        raise MlgitopsError(f"{printable(branch)} moved while it was fetched", "run again")


def _has(repository: str, commit: str) -> bool:
    return ask(repository, "cat-file", "-e", f"{commit}^{{commit}}", allowed={0, 1, 128}).code == 0


def is_ancestor(repository: str, commit: str, other: str) -> bool:
    """Whether a commit is another one, or comes before it."""
    return ask(repository, "merge-base", "--is-ancestor", commit, other, allowed={0, 1}).code == 0


def committed(repository: str, parent: str, files: Mapping[str, bytes | None], message: str, identity: Identity) -> str:
    """The id of a commit that changes files of its parent; None removes one. Paths are relative to `repository`."""
    prefix = ask(repository, "rev-parse", "--show-prefix").stdout.rstrip(b"\n")
    entries = []
    for path, content in sorted(files.items()):
        named = prefix + path.encode()
        blob = _GONE if content is None else _blob(repository, content)
        entries.append(f"{'0' if content is None else '100644'} {blob}\t".encode() + named + b"\0")
    with tempfile.TemporaryDirectory(prefix="mlgitops-") as scratch:
        index = {"GIT_INDEX_FILE": f"{scratch}/index"}
        ask(repository, "read-tree", parent, variables=index)
        ask(repository, "update-index", "-z", "--index-info", stdin=b"".join(entries), variables=index)
        tree = _object(ask(repository, "write-tree", variables=index).stdout)
    when = described(repository, parent).committer.rpartition("> ")[2]
    who = {f"GIT_{role}_NAME": identity.name for role in ("AUTHOR", "COMMITTER")}
    who |= {f"GIT_{role}_EMAIL": identity.mail for role in ("AUTHOR", "COMMITTER")}
    who |= {f"GIT_{role}_DATE": f"@{when}" for role in ("AUTHOR", "COMMITTER")}
    words = ("-c", "i18n.commitEncoding=UTF-8", "commit-tree", "--no-gpg-sign", tree, "-p", parent)
    return _object(ask(repository, *words, stdin=message.encode(), variables=who).stdout)


def _blob(repository: str, content: bytes) -> str:
    return _object(ask(repository, "hash-object", "-w", "--no-filters", "--stdin", stdin=content).stdout)


def described(repository: str, commit: str) -> Change:
    """What a commit says of itself."""
    text = ask(repository, "cat-file", "commit", commit).stdout.decode("utf-8", "replace")
    head, _, message = text.partition("\n\n")
    said = [line.partition(" ")[::2] for line in head.splitlines()]
    parents = tuple(value for key, value in said if key == "parent" and OBJECT.fullmatch(value))
    idents = [next((value for key, value in said if key == word), "") for word in ("author", "committer")]
    if not all(_IDENT.fullmatch(ident) for ident in idents):
        raise MlgitopsError(f"expected a commit at {commit}, got {printable(head)}", "look at it: git show")
    files = _changed(repository, parents[0], commit) if parents else {}
    return Change(parents, idents[0], idents[1], message, files)


def _changed(repository: str, parent: str, commit: str) -> dict[str, tuple[str, str]]:
    output = ask(repository, "diff-tree", "-r", "-z", "--raw", "--no-renames", "--full-index", parent, commit).stdout
    words = output.decode("utf-8", "surrogateescape").split("\0")[:-1]
    facts = [(head.split(" "), path) for head, path in zip(words[::2], words[1::2], strict=True)]
    return {path: (head[1], head[3]) for head, path in facts}


def push(remote: Remote, branch: str, commit: str | None, expected: str | None) -> bool:
    """Move a branch to a commit, or remove it; `expected` is where it was seen, None where it was not there.

    False: it is somewhere else by now, and stays there.
    """
    lease = f"--force-with-lease=refs/heads/{branch}:{expected or ''}"
    done = _network(
        *(remote, "push", "--quiet", "--porcelain", "--no-verify", "--recurse-submodules=no", lease),
        *(_named(remote), f"{commit or ''}:refs/heads/{branch}"),
        allowed=(0, 1),
    )
    if done.code == 0:
        return True
    said = (done.stdout + done.stderr).decode("utf-8", "replace")
    if "stale info" in said or "fetch first" in said or "remote ref does not exist" in said or "cannot lock" in said:
        return False
    line = next((line for line in said.splitlines() if "rejected" in line or "denied" in line), said)
    hint = "may this identity write there? `docs/credentials.md` says what it needs"
    raise MlgitopsError(f"cannot push {printable(branch, 200)}: {printable(line.strip(), 400)}", hint)


def _named(remote: Remote) -> str:
    if not REMOTE_NAME.fullmatch(remote.name):
        raise UsageError(f"--remote must be a remote's name, got {printable(remote.name)!r}")
    return remote.name


def _network(remote: Remote, *words: str, allowed: Sequence[int] = (0,)) -> Completed:
    """Run one Git command that reaches a remote. Raises UsageError for one whose address holds a password."""
    address = _address(remote)
    variables = {"GIT_ALLOW_PROTOCOL": PROTOCOLS}
    options = ["-c", "http.followRedirects=false"]
    if remote.token and address.startswith("https://"):
        options += ["-c", "credential.helper="]
        basic = base64.b64encode(f"x-access-token:{remote.token}".encode()).decode()
        variables |= {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"http.{_origin(address)}/.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {basic}",
        }
    try:
        return ask(remote.repository, *options, *words, allowed=allowed, variables=variables, inherit=NETWORK)
    except ProgramFailed as error:
        said = error.stderr.decode("utf-8", "replace").strip().splitlines()
        last = printable(said[-1], 300) if said else str(error)[:300]
        hint = "is the remote there, and may this identity reach it?"
        raise MlgitopsError(f"git {words[0]} {printable(remote.name)} failed: {last}", hint) from None


def _address(remote: Remote) -> str:
    done = ask(remote.repository, "remote", "get-url", "--push", _named(remote), allowed={0, 2, 128})
    if done.code:
        raise UsageError(
            f"there is no remote {printable(remote.name)}", "name one with --remote; `git remote` lists them"
        )
    address = done.stdout.decode("utf-8", "replace").strip()
    if re.match(r"[a-z+]+://[^/@]*:[^/@]*@", address):
        hint = f"git remote set-url {printable(remote.name)} … without it, and give the token in GITHUB_TOKEN"
        raise UsageError(f"the address of {printable(remote.name)} holds a password, which logs would show", hint)
    return address


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _object(output: bytes) -> str:
    """What Git said where it tells one object's id. Raises MlgitopsError for anything else."""
    said = output.decode("utf-8", "replace").strip()
    if not OBJECT.fullmatch(said):
        raise MlgitopsError(f"expected an object's id from git, got {printable(said) or 'nothing'}")
    return said
