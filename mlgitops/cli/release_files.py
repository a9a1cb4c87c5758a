"""What `release --new` writes into a working tree: version records and releases, each whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mlgitops.deliver.hand_off import HandOver, Undue
from mlgitops.errors import UsageError
from mlgitops.files.disk import DiskTree
from mlgitops.files.new_folder import create_folder
from mlgitops.files.staging import one_run_at_a_time
from mlgitops.files.write import write_text
from mlgitops.programs.git_tree import differing
from mlgitops.report.new_releases import ReleaseRow, row_of
from mlgitops.stages.revise import SOURCES

if TYPE_CHECKING:
    from mlgitops.cli.release_due import Due, Question


def write(question: Question, due: Due) -> list[ReleaseRow]:
    """Write what is due; what is there already, to the byte, stays.

    Raises UsageError where the working tree is not the commit that all was decided on, MlgitopsError where the disk
    fails or another run is writing.
    """
    root = question.base.root
    changes = {name: one for name, one in due.models.items() if isinstance(one, HandOver)}
    with one_run_at_a_time(root):
        tree = DiskTree(root)
        ours = {path: text.encode() for one in changes.values() for path, text in one.files.items()}
        there = {path for path, content in ours.items() if tree.read(path) == content}
        _must_be_clean(sorted(differing(question.base.tree, tree, SOURCES) - there))
        return [_row(name, one, root, there) for name, one in due.models.items()]


def _must_be_clean(others: list[str]) -> None:
    if others:
        more = f" and {len(others) - 1} more" if others[1:] else ""
        message = f"the working tree must be as the commit, got other content in {others[0][:200]}{more}"
        raise UsageError(message, "commit or stash it: what is released is what was reviewed")


def _row(name: str, one: HandOver | Undue, root: str, there: set[str]) -> ReleaseRow:
    if isinstance(one, Undue):
        return row_of(name, one)
    missing = [path for path in one.files if path not in there]
    if not missing:
        return row_of(name, Undue("standing", "written already, and not committed yet", one.name, one.run))
    if one.version is not None and any(path.startswith(one.version.folder) for path in missing):
        create_folder(Path(root), one.version.folder, one.version.files)
    if one.release.path in missing:
        path = Path(root, one.release.path)
        path.parent.mkdir(exist_ok=True)
        write_text(path, one.release.text)
    why = f"supersedes {one.release.former}" if one.release.former else "the first version there"
    return row_of(name, Undue("written", why, one.name, one.run), tuple(missing))
