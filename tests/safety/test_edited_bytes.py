"""A hundred edits of one byte in every kind of input, of the same size and with its time put back: all are seen.

What a former run saw answers the next one only while nothing changed. So after each edit `render --check` must say what
it says to somebody who has no cache, to the last character. What that is for each kind is told in the pipeline's tests.
"""

from __future__ import annotations

import os
import random
import shutil
import time
from datetime import date
from pathlib import Path

import pytest

from mlgitops.request import Request, recall
from tests.safety.miniature import KINDS, MODEL, Answer, call

TIMES = 5
"""Edits of each file."""
WHOLE = 2
"""Edits of each after which everything is looked at again: no answer depends on how many were before."""
DAY = "2026-10-20"
FILES = {
    **KINDS,
    "code": f"specs/{MODEL}/train.py",
    "code of a version": f"specs/{MODEL}/versions/v2/serve.py",
    "a resource of a kustomization": "environments/dev/limit-range.yaml",
    "a library of rules": "policies/library/shown.rego",
    "a canary": "policies/governance/owner/fixtures/canary.yaml",
    "a rendered object": f"rendered/dev/{MODEL}/train/rayjob.yaml",
    "a render key": f"rendered/dev/{MODEL}/render-key.json",
    "an object for Argo CD": "rendered/argocd/application-root.yaml",
    "an object of the environment": "rendered/dev/_environment/namespace-dev-documents.yaml",
}


@pytest.fixture(scope="module")
def rendered_once(original: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository that is as it should be."""
    root = tmp_path_factory.mktemp("seen") / "repository"
    shutil.copytree(original, root)
    assert call(root, "render", "--as-of", DAY).code == 0
    return root


def test_there_are_enough() -> None:
    assert len(FILES) * TIMES >= 100


@pytest.mark.parametrize("name", FILES)
def test_every_edit_of_one_byte_is_seen(name: str, rendered_once: Path) -> None:
    root, path = rendered_once, rendered_once / FILES[name]
    content, facts = path.read_bytes(), path.stat()
    pick = random.Random(name)
    assert _check(root).code == 0
    assert _recalled(root)
    for number in range(TIMES):
        at = pick.randrange(len(content))
        byte = content[at] ^ (1 << pick.randrange(8))
        path.write_bytes(content[:at] + bytes([byte]) + content[at + 1 :])
        os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
        assert not _recalled(root), (at, byte)
        if number >= WHOLE:
            continue
        assert _check(root) == _check(root, "--no-cache"), (at, byte)
    path.write_bytes(content)
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert _check(root).code == 0


def _check(root: Path, *more: str) -> Answer:
    time.sleep(0.03)  # longer than what the cache takes for one moment
    return call(root, "render", "--check", "--jobs", "1", "--as-of", DAY, *more)


def _recalled(root: Path) -> bool:
    """Whether the former run's answer would be given again."""
    found = recall(Request(str(root), date.fromisoformat(DAY)), "render --check")
    return found is not None and found.report is not None
