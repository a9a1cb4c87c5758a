"""No character that a reviewer cannot see gets past: not in any kind of file, not as itself, not as an escape."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from mlgitops.spec.yaml_exact import MAX_FINDINGS
from tests.safety.miniature import KINDS, MODEL, call

ALLOWED = "\t\n"
SEEN_ONLY_IN_CODE = "\f"

UNSEEN = [
    character
    for character in map(chr, range(sys.maxunicode + 1))
    if unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp") and character not in ALLOWED
]
"""As the interpreter's Unicode has them; what mlgitops refuses is written out, and may only be more."""

LINES_OF_THEIR_OWN = "\r"
"""Raw, it is a line break that YAML knows and editors hide: refused too, at the line that it ends."""

GROUPS = (
    ("model", "version", "waiver", "rule data", "repository", "environment"),
    ("kustomization", "template"),
    ("release", "run"),
)
"""Kinds that are all read though the others in their group are wrong."""

NOT_YAML = {"rule": KINDS["rule"], "library": "policies/library/shown.rego", "code": f"specs/{MODEL}/train.py"}


def _in_shares(characters: Sequence[str]) -> list[Sequence[str]]:
    return [characters[start : start + MAX_FINDINGS] for start in range(0, len(characters), MAX_FINDINGS)]


def _places(out: str, path: str) -> set[tuple[int, int]]:
    pattern = rf"^{re.escape(path)}:(\d+):(\d+): error\[(?:yaml|policy/not-text|spec/code-character)"
    return {(int(line), int(column)) for line, column in re.findall(pattern, out, re.MULTILINE)}


def test_there_are_many() -> None:
    assert len(UNSEEN) > 220


@pytest.mark.parametrize("kinds", GROUPS)
def test_as_themselves_in_a_comment(kinds: Sequence[str], fresh: Callable[[], Path]) -> None:
    for share in _in_shares([character for character in UNSEEN if character != LINES_OF_THEIR_OWN]):
        root = fresh()
        lines = {kind: _append(root / KINDS[kind], [f"# {character}" for character in share]) for kind in kinds}
        _refused(root, {KINDS[kind]: {(line + n, 3) for n in range(len(share))} for kind, line in lines.items()})


@pytest.mark.parametrize("kinds", GROUPS)
def test_as_escapes_in_a_text(kinds: Sequence[str], fresh: Callable[[], Path]) -> None:
    for share in _in_shares(UNSEEN):
        root = fresh()
        escapes = [f'x{number}: "\\U{ord(character):08x}"' for number, character in enumerate(share)]
        lines = {kind: _append(root / KINDS[kind], escapes) for kind in kinds}
        answer = call(root, "validate", "--no-cache", "--jobs", "1")
        for kind, first in lines.items():
            found = {line for line, _ in _places(answer.out, KINDS[kind])}
            assert found == {first + number for number in range(len(share))}, (kind, answer.out)


@pytest.mark.parametrize("name", NOT_YAML)
def test_as_themselves_in_what_is_no_yaml(name: str, fresh: Callable[[], Path]) -> None:
    path = NOT_YAML[name]
    other = (LINES_OF_THEIR_OWN, SEEN_ONLY_IN_CODE, "\0")
    for share in _in_shares([character for character in UNSEEN if character not in other]):
        root = fresh()
        line = _append(root / path, [f"# {character}" for character in share])
        _refused(root, {path: {(line + number, 3) for number in range(len(share))}})


def test_code_with_a_nul_is_no_text(repository: Path) -> None:
    _append(repository / NOT_YAML["code"], ["# \0"])
    answer = call(repository, "validate", "--no-cache")
    assert answer.code == 1
    assert "specs/digits/train.py:1:1: error[spec/code-not-text]: code must be UTF-8 text, got bytes" in answer.out


@pytest.mark.parametrize("path", [*KINDS.values(), *NOT_YAML.values()])
def test_a_carriage_return_within_a_line(path: str, repository: Path) -> None:
    line = _append(repository / path, ["# seen\rhidden: true"])
    _refused(repository, {path: {(line, 7)}})


def _append(path: Path, lines: Sequence[str]) -> int:
    """Adds lines to a file; returns the number of the first."""
    text = path.read_text().rstrip("\n") + "\n"
    path.write_bytes((text + "\n".join(lines) + "\n").encode())
    return text.count("\n") + 1


def _refused(root: Path, expected: dict[str, set[tuple[int, int]]]) -> None:
    answer = call(root, "validate", "--no-cache", "--jobs", "1")
    assert answer.code == 1
    assert {path: _places(answer.out, path) for path in expected} == expected
    assert "".join(answer.out.split("\n")).isprintable()
