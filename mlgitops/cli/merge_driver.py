"""`mlgitops merge-driver`: what Git calls for a file under rendered/ that both sides changed.

The file becomes what the merged sources give. Where these conflict themselves, or have errors, it stays in conflict
and as it was in HEAD: a person merges the sources, then `mlgitops render` does the rest.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mlgitops.errors import UsageError

if TYPE_CHECKING:
    from mlgitops.programs.git_merge import Merged

ATTRIBUTES = "/rendered/** merge=mlgitops linguist-generated=true"
"""What makes Git ask the driver, and GitHub fold the files."""


def declare(parser: argparse.ArgumentParser) -> None:
    """What Git gives, or that it should from now on."""
    parser.add_argument("file", nargs="?", metavar="FILE", help="the file with HEAD's content, to be written (%%A)")
    parser.add_argument("path", nargs="?", metavar="PATH", help="its path in the checkout (%%P)")
    parser.add_argument("--install", action="store_true", help="let this clone use it")


def run(arguments: argparse.Namespace) -> int:
    """Write the file. Exit code 1 leaves it in conflict."""
    from mlgitops.cli.repository import root_of

    root = root_of(arguments.root)
    if arguments.install:
        return _install(root)
    if arguments.file is None or arguments.path is None:
        raise UsageError("`mlgitops merge-driver` is called by Git", "let it: mlgitops merge-driver --install")
    return _merge(root, Path(os.path.join(arguments.root, arguments.file)), arguments.path)


def _merge(root: str, file: Path, path: str) -> int:
    from mlgitops.cli.repository import prefix_of
    from mlgitops.programs.git_merge import being_merged, merged_tree

    other = being_merged(root, os.environ)
    if other is None:
        return _left(path, "Git does not say what is merged")
    merged = merged_tree(root, other)
    prefix = prefix_of(root)
    text = _text(root, merged, path.removeprefix(prefix), prefix)
    if isinstance(text, Exception):
        return _left(path, str(text))
    file.write_bytes(text.encode())
    return 0


def _text(root: str, merged: Merged, path: str, prefix: str) -> str | UsageError:
    """What the merged sources make of a file, or why it is not known."""
    from mlgitops.stages.merged import SOURCES, target_of

    wrong = sorted(c for c in merged.conflicts if c.removeprefix(prefix).split("/")[0] in SOURCES)
    if wrong:
        return UsageError(f"{wrong[0]} is in conflict, and it is made of that")
    target = target_of(path)
    texts = _remembered(root, merged.tree, target)
    text = None if texts is None else texts.get(path.removeprefix(f"{target}/"))
    return text if text is not None else UsageError("the merged sources have errors, or do not give it any more")


def _remembered(root: str, tree: str, target: str) -> Mapping[str, str] | None:
    """The files of a target, rendered once for a merge: Git calls the driver for each of them."""
    from mlgitops.programs.git_merge import git_folder
    from mlgitops.programs.git_tree import GitTree
    from mlgitops.stages.merged import SOURCES, texts_of

    folder = git_folder(root) / tree
    known = folder / f"{hashlib.sha256(target.encode()).hexdigest()}.json"
    if known.is_file():
        texts: Mapping[str, str] | None = json.loads(known.read_bytes())
        return texts
    if not folder.is_dir():
        shutil.rmtree(folder.parent, ignore_errors=True)  # of former merges
        folder.mkdir(parents=True, exist_ok=True)
    sources = GitTree(root, tree, SOURCES)
    sources.preload(sources.blobs)
    texts = texts_of(sources, target)
    known.write_text(json.dumps(texts), encoding="utf-8")
    return texts


def _left(path: str, why: str) -> int:
    from mlgitops.report.visible import visible

    sys.stderr.write(f"mlgitops: {visible(path)} stays in conflict: {visible(why)}\n")
    sys.stderr.write("  hint: merge the sources, then: mlgitops render && git add rendered\n")
    return 1


def _install(root: str) -> int:
    """Configure the clone, and have the repository's attributes ask for it."""
    from mlgitops.programs.git_merge import configure

    configure(root, _command())
    path = Path(root, ".gitattributes")
    lines = path.read_text(encoding="utf-8") if path.is_file() else ""
    if ATTRIBUTES not in lines.split("\n"):
        path.write_text(
            lines + ("" if not lines or lines.endswith("\n") else "\n") + ATTRIBUTES + "\n", encoding="utf-8"
        )
        sys.stdout.write("wrote .gitattributes: commit it\n")
    sys.stdout.write("this clone renders what a merge changes on both sides\n")
    return 0


def _command() -> str:
    """How Git's shell starts this mlgitops: by its path, where it is one without a word for the shell in it."""
    path = os.path.abspath(sys.argv[0])
    safe = os.path.isfile(path) and os.access(path, os.X_OK) and path.replace("/", "").replace("-", "").replace(".", "")
    return path if safe and safe.replace("_", "").isalnum() else "mlgitops"
