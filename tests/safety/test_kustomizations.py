"""Hostile kustomizations on disk, through a whole run: told at their place, and no program or network is asked.

That kustomize itself opens no socket is shown where it is started, by a kernel that would end it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.render.test_kustomization_hostile import CASES
from tests.safety.miniature import ENVIRONMENT_FILE, call
from tests.safety.test_malformed import rendered

SHARES = 6

_seen: list[str] | None = None


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if _seen is None:
        return
    if event == "subprocess.Popen":
        _seen.append(os.path.basename(os.fsdecode(arguments[0])))  # type: ignore[arg-type]
    elif event in ("os.system", "os.exec", "os.posix_spawn", "socket.getaddrinfo", "socket.gethostbyname"):
        _seen.append(event)
    elif event == "socket.connect" and not isinstance(arguments[1], str | bytes):  # none in the file system
        _seen.append(f"{event} {arguments[1]}")


sys.addaudithook(_watch)


@contextmanager
def _watched() -> Iterator[list[str]]:
    """What is started and connected to meanwhile."""
    global _seen  # noqa: PLW0603 - an audit hook stays for ever
    _seen = []
    try:
        yield _seen
    finally:
        _seen = None


def test_what_is_started_is_seen(repository: Path) -> None:
    with _watched() as seen:
        assert call(repository, "render", "--no-cache", "--jobs", "1").code == 0
    assert {"opa", "kustomize"} <= set(seen)


@pytest.mark.parametrize("share", range(SHARES))
def test_no_program_is_asked(share: int, repository: Path) -> None:
    """Each case in an environment of its own, all of a share in one run."""
    assert len(CASES) >= 150
    cases = dict(enumerate(list(CASES)[share::SHARES]))
    text = (repository / ENVIRONMENT_FILE).read_text()
    for folder in ("environments", "policies/waivers"):
        shutil.rmtree(repository / folder)
    for number, name in cases.items():
        data, files = CASES[name]
        given: dict[str, str | bytes] = {
            "environment.yaml": text.replace("name: dev,", f"name: case-{number},"),
            "kustomization.yaml": json.dumps(data),
            "ok.yaml": OBJECT,
            "patches/x.yaml": OBJECT,
        }
        _put(repository / f"environments/case-{number}", given | files, linked="link" in name)
    with _watched() as seen:
        answer = call(repository, "render", "--no-cache", "--jobs", "1", "--engine", "opa")
    assert answer.code == 1, answer.said
    told = set(re.findall(FINDING, answer.out, re.MULTILINE))
    assert {name for number, name in cases.items() if str(number) not in told} == set()
    assert set(seen) <= {"opa"}
    assert [path for path in rendered(repository) if not path.startswith("rendered/argocd/")] == []


FINDING = r"^environments/case-(\d+)/[^\n]*: error\[(?:kustomize|yaml|spec/symbolic-link)"
OBJECT = '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "ok"}}'


def _put(folder: Path, files: dict[str, str | bytes], *, linked: bool) -> None:
    """The files of a case, and the links that it names, each of which is an error by itself."""
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content.encode() if isinstance(content, str) else content)
    if linked:
        (folder / "link.yaml").symlink_to("ok.yaml")
        (folder / "linked").symlink_to("patches")
