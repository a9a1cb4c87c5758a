"""What a commit has under rendered/: what clusters run, whatever a version of mlgitops would render of its sources.

A commit that another version of mlgitops rendered, or that is stale, has other objects there than its sources give:
a change is told against what is committed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from mlgitops.programs.git import blobs_named, list_files, object_id, read_blobs
from mlgitops.spec.load import environment_names
from mlgitops.stages.key import KEY_FILE
from mlgitops.stages.superfluous import SHARED
from mlgitops.tree import Tree

RENDERED = "rendered"
ARGOCD = "argocd"
Texts = Mapping[str, Mapping[str, str]]
"""Target (`dev/churn`) → file below it → text."""


def rewritten(repository: str, commit: str, head: Tree) -> frozenset[str]:
    """The models of which the working tree has other objects under rendered/ than the commit, as their keys say."""
    differ: dict[str, tuple[str, bytes | None]] = {}
    for path, blob in blobs_named(repository, commit, RENDERED, KEY_FILE).items():
        content = head.read(path)
        if path.count("/") == 3 and (content is None or object_id(content, len(blob)) != blob):
            differ[path] = (blob, content)
    former = read_blobs(repository, {blob for blob, _ in differ.values()})
    others = (path for path, (blob, now) in differ.items() if now is None or _objects(former[blob]) != _objects(now))
    return frozenset(path.split("/")[2] for path in others)


def _objects(key: bytes) -> bytes:
    """The line of a key file that is a digest of all objects."""
    return next((line for line in key.splitlines() if line.lstrip().startswith(b'"objects"')), key)


def committed_texts(repository: str, commit: str, tree: Tree, targets: Collection[str], built: Texts) -> Texts:
    """The texts of targets as the commit has them, of those that it has; `built` saves reading what is the same.

    Raises as `programs.git.read_blobs` does.
    """
    blobs = _blobs(repository, commit, tree, targets)
    same: dict[tuple[str, str], str] = {}
    missing = set()
    for target, files in blobs.items():
        for file, blob in files.items():
            text = built.get(target, {}).get(file)
            if text is not None and object_id(text.encode(), len(blob)) == blob:
                same[target, file] = text
            else:
                missing.add(blob)
    contents = {blob: data.decode("utf-8", "replace") for blob, data in read_blobs(repository, missing).items()}
    return {
        target: {file: same[target, file] if (target, file) in same else contents[blob] for file, blob in files.items()}
        for target, files in blobs.items()
    }


def _blobs(repository: str, commit: str, tree: Tree, targets: Collection[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for file in list_files(repository, commit, [RENDERED] if len(targets) > 100 else _folders(targets)):
        target, path = _target(file.path.removeprefix(f"{RENDERED}/"))
        if file.is_plain and target in targets:
            found.setdefault(target, {})[path] = file.blob
    shared = {ARGOCD, *(f"{name}/{SHARED}" for name in environment_names(tree))}
    return {target: files for target, files in found.items() if KEY_FILE in files or target in shared}


def _folders(targets: Iterable[str]) -> list[str]:
    return [f"{RENDERED}/{target}" for target in sorted(targets)] or [f"{RENDERED}/{ARGOCD}"]


def _target(path: str) -> tuple[str, str]:
    first, _, rest = path.partition("/")
    if first == ARGOCD:
        return first, rest
    second, _, file = rest.partition("/")
    return f"{first}/{second}", file
