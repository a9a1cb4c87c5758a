"""What `release --new --pull-request` does: the one branch of each model and environment, and its pull request.

The branch holds one commit on the base: the record, the release and what is rendered of them. Who runs this again on
the same commit and registry makes the same commit, so nothing is pushed; where the base went on and the change is the
same, the branch stays, and with it what reviewers said. A branch that somebody else committed to is never touched.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mlgitops.contract.registered import version_name
from mlgitops.deliver.hand_off import HandOver, State, Undue
from mlgitops.errors import MlgitopsError
from mlgitops.programs.git import list_files, object_id, read_blobs
from mlgitops.programs.git_branches import (
    Change,
    Identity,
    Remote,
    committed,
    described,
    fetch,
    heads,
    identity_of,
    is_ancestor,
    push,
)
from mlgitops.report.contents import plural
from mlgitops.report.new_releases import ReleaseRow, Request, row_of
from mlgitops.report.release_request import body_of, branch_of, commit_message, title_of, trailer
from mlgitops.stages.revise import SOURCES

if TYPE_CHECKING:
    from mlgitops.cli.release_base import Base
    from mlgitops.cli.release_due import Due, Question
    from mlgitops.deliver.release import Place
    from mlgitops.findings import Finding
    from mlgitops.programs.pull_requests import PullRequests

RENDERED = "rendered"
WITHDRAWN = ("current", "waiting", "rejected", "not served", "refused")
"""States in which a branch of ours proposes what is not due any more."""


class Branches(NamedTuple):
    """Where branches are, and who moves them."""

    base: Base
    remote: Remote
    heads: Mapping[str, str]
    """As they were before."""
    identity: Identity
    requests: PullRequests | None
    """None where nobody can open pull requests: the branches are pushed, and the texts printed."""


def propose(question: Question, due: Due, arguments: argparse.Namespace) -> list[ReleaseRow]:
    """Bring the branches of all models up to date. Raises MlgitopsError where the Git host cannot be reached."""
    base, where = question.base, question.environment.name
    assert base.remote is not None, "the base of a pull request is a remote's"
    known = heads(base.remote, [branch_of(where, name) for name in due.models])
    branches = Branches(base, base.remote, known, identity_of(base.root), _pull_requests(base))
    rows = []
    for name, one in due.models.items():
        if isinstance(one, HandOver):
            rows.append(_proposed(branches, question, one, arguments))
        else:
            rows.append(row_of(name, _withdrawn(branches, where, name, one)))
    return rows


def _pull_requests(base: Base) -> PullRequests | None:
    """The Git host, where a token for it is given."""
    import os

    from mlgitops.programs.pull_requests import GitHub, api_of, repository_of
    from mlgitops.spec.load import load_repository

    token = base.remote.token if base.remote else None
    if not token:
        return None
    repository, _ = load_repository(base.tree)
    address = repository.value.spec.repoURL if repository else ""
    return GitHub(os.environ.get("GITHUB_API_URL") or api_of(address), repository_of(address), token)


def _proposed(branches: Branches, question: Question, change: HandOver, arguments: argparse.Namespace) -> ReleaseRow:
    """The branch and the pull request of one release."""
    from mlgitops.cli.delivery import place_of

    name, where = change.release.release.metadata.name, question.environment.name
    place = place_of(question.base.tree, question.environment, name)
    branch = branch_of(where, name)
    files, findings = _with_rendered(question, change, arguments)
    request = Request(branch, title_of(change, place), _body(change, place, question, findings))
    if branches.requests is not None and branches.requests.was_declined(branch, branches.base.branch, request.title):
        why = "its pull request was closed without merging; reopen it, or train anew"
        return row_of(name, Undue("declined", why, change.name, change.run), (), request)
    state = _pushed(branches, branch, trailer(where, name), files, commit_message(change, place))
    if state.state in ("proposed", "standing") and branches.requests is not None:
        from mlgitops.programs.pull_requests import Proposal

        done = branches.requests.propose(Proposal(branch, branches.base.branch, request.title, request.body))
        request = request._replace(url=done.url)
        if state.state == "standing" and done.did != "nothing":
            state = Undue("proposed", f"its pull request was {done.did}")
    errors = sum(finding.fails for finding in findings)
    against = f"; {plural(errors, 'error')} of policy or rendering" if errors else ""
    why = f"{state.why}{against}"
    return row_of(name, Undue(state.state, why, change.name, change.run), (), request)


def _body(change: HandOver, place: Place, question: Question, findings: list[Finding]) -> str:
    model = change.release.release.metadata.name
    if change.version is not None:
        record = change.version.model.versions[change.name].record
    else:
        from mlgitops.cli.delivery import sound_model

        record = sound_model(question.base.tree, model).versions[change.name].record
    return body_of(change, place, record.value.spec, findings)


def _pushed(branches: Branches, branch: str, mark: str, files: Mapping[str, bytes | None], message: str) -> Undue:
    """Have the branch hold a commit of these files, unless it does, or somebody else committed to it."""
    base, seen = branches.base, branches.heads.get(branch)
    commit = committed(base.root, base.commit, files, message, branches.identity)
    if seen == commit:
        return Undue("standing", "its branch proposes it")
    if seen is not None:
        fetch(branches.remote, branch, seen)
        there = described(base.root, seen)
        if not _is_ours(base, there, mark):
            return Undue("kept", "somebody else committed to its branch; delete the branch to have it made anew")
        same = there.files == described(base.root, commit).files and there.message == message
        if same:
            return Undue("standing", "its branch proposes it, on an earlier base")
    if push(branches.remote, branch, commit, seen):
        return Undue("proposed", "its branch was made" if seen is None else "its branch was brought up to date")
    if heads(branches.remote, [branch]).get(branch) == commit:
        return Undue("standing", "another run proposed it meanwhile")
    return Undue("kept", "its branch moved meanwhile; the next run looks again")


def _withdrawn(branches: Branches, where: str, name: str, one: Undue) -> Undue:
    """Remove a branch of ours that proposes what is not due any more; its Git host closes the pull request."""
    branch = branch_of(where, name)
    seen = branches.heads.get(branch)
    if seen is None or one.state not in WITHDRAWN:
        return one
    fetch(branches.remote, branch, seen)
    there = described(branches.base.root, seen)
    if not _is_ours(branches.base, there, trailer(where, name)):
        return one
    if one.run is not None and one.state != "current" and _proposes(there, where, name, one.run):
        return one._replace(
            state="kept", why=f"its branch proposes a version that is no longer in the registry; {one.why}"
        )
    if branches.requests is not None:
        branches.requests.withdraw(branch, branches.base.branch)
    if not push(branches.remote, branch, None, seen):
        return one
    state: State = one.state if one.state in ("current", "refused") else "withdrawn"
    return one._replace(state=state, why=f"{one.why}; its branch was removed")


def _is_ours(base: Base, there: Change, mark: str) -> bool:
    """Whether a commit is as we make them: on the base, with its time, of one identity, and with our last line."""
    if len(there.parents) != 1 or there.author != there.committer:
        return False
    if not is_ancestor(base.root, there.parents[0], base.commit):
        return False
    last = there.message.rstrip().rpartition("\n")[2]
    when = described(base.root, there.parents[0]).committer.rpartition("> ")[2]
    return last.startswith(f"{mark} ") and there.committer.endswith(f"> {when}")


def _with_rendered(
    question: Question, change: HandOver, arguments: argparse.Namespace
) -> tuple[dict[str, bytes | None], list[Finding]]:
    """The files of a release with what is rendered of them, and what rendering and policy say of the target.

    A release changes the objects of its one target: those that models share follow from specs alone. What rules say of
    a whole fleet, the pull request's own checks do.
    """
    base = question.base
    model, where = change.release.release.metadata.name, question.environment.name
    target = f"{RENDERED}/{where}/{model}"
    files = list_files(base.root, base.commit, [*SOURCES, target])
    former = {file.path: file.blob for file in files if file.is_plain}
    contents = read_blobs(base.root, set(former.values()))
    mine = {path: text.encode() for path, text in change.files.items()}
    with tempfile.TemporaryDirectory(prefix="mlgitops-") as scratch:
        for path, content in ({path: contents[blob] for path, blob in former.items()} | mine).items():
            _write(Path(scratch, path), content)
        said = _render(scratch, model, where, arguments)
        after = {
            path.relative_to(scratch).as_posix(): path.read_bytes()
            for path in sorted(Path(scratch, target).rglob("*"))
            if path.is_file()
        }
    changed: dict[str, bytes | None] = {
        path: content for path, content in after.items() if former.get(path) != object_id(content, len(base.commit))
    }
    gone = (path for path in former if path.startswith(f"{target}/") and path not in after)
    return {**changed, **dict.fromkeys(gone), **mine}, [one for one in said if _is_about(one, model, where)]


def _is_about(finding: Finding, model: str, environment: str) -> bool:
    if finding.waived or finding.severity == "note":
        return False
    if finding.subject:
        return finding.subject == f"{model}@{environment}"
    return finding.location.path.startswith((f"specs/{model}/", f"environments/{environment}/"))


def _render(root: str, model: str, environment: str, arguments: argparse.Namespace) -> tuple[Finding, ...]:
    """Render one target, in a place of its own; what rendering and policy say."""
    import os
    from datetime import date

    from mlgitops import pipeline
    from mlgitops.cli.now import now
    from mlgitops.request import Request as Asked

    as_of = date.fromisoformat(arguments.as_of or now()[:10])
    jobs = arguments.jobs or os.cpu_count() or 1
    asked = Asked(root, as_of, (environment,), (model,), arguments.engine, jobs, cache=False)
    return pipeline.run(asked, "render").findings


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise MlgitopsError(
            f"cannot write {path.name}: {error.strerror}", "free disk space for temporary files"
        ) from None


def _proposes(there: Change, where: str, name: str, run: str) -> bool:
    """Whether a commit of ours proposes the version of a run: a registry that lost it must not undo a review."""
    return there.message.rstrip().endswith(f"\n{trailer(where, name)} {version_name(run)}")
