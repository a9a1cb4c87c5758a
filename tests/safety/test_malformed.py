"""Whatever is wrong with a file, of any kind: findings with places, or a failure with a hint; soon, in few words.

A report may show one line of a file for a finding, never the file.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ryaml import dumps, loads

from tests.safety.malformed import MALFORMED, MARKER
from tests.safety.miniature import KINDS, Answer, call

SECONDS, TIMES = 1.0, 20.0
"""Of processor time at most; on a machine that does other things too, as often what a sound repository takes then."""

FINDING = re.compile(r"^(?P<path>[^\n:]+):\d+:\d+: (?:error|warning)\[[a-z]+/[\w.-]+\]: ", re.MULTILINE)

HARMLESS = {
    ("kustomization", "an empty mapping"): "it customises nothing",
    ("rule data", "an empty mapping"): "no team is known then, which rules tell of each model",
    ("rule data", "200 KiB in a line"): "data may be long",
    ("rule", "two documents"): "Rego is compiled when policy is decided",
    ("rule", "tabs"): "Rego is indented with tabs",
    ("rule", "duplicate keys"): "Rego is compiled when policy is decided",
}
"""(kind, malformation) → why `validate` has nothing to say."""


def sound(answer: Answer, where: str) -> list[str]:
    """What is wrong with an answer to a file that is wrong, which should be nothing."""
    wrong = []
    if answer.code not in (1, 2, 3):
        wrong.append(f"exit code {answer.code}")
    if "Traceback" in answer.said or "this is a bug" in answer.said:
        wrong.append("a bug")
    if answer.code == 1 and not any(found["path"].startswith(where) for found in FINDING.finditer(answer.out)):
        wrong.append("no place")
    if answer.code in (2, 3) and "  hint: " not in answer.err:
        wrong.append("no hint")
    blocks = re.split(r"\n\n", answer.said)
    if any(len(block) > 4096 for block in blocks):
        wrong.append("a finding over 4 KiB")
    if any(block.count(MARKER) > 20 for block in blocks):
        wrong.append("a document is echoed")
    return wrong


@pytest.mark.parametrize("kind", KINDS)
def test_every_malformation_of_every_kind(kind: str, fresh: Callable[[], Path]) -> None:
    wrong = {}
    for name, spoil in MALFORMED.items():
        root = fresh()
        spoil(root / KINDS[kind])
        answer, taken = _validated(root)
        problems = sound(answer, _where(kind)) if (kind, name) not in HARMLESS else []
        if taken > SECONDS and taken > TIMES * _validated(fresh())[1]:
            problems.append(f"{taken:.1f} s")
        if problems:
            wrong[name] = (problems, answer.said[:500])
    assert wrong == {}


def _validated(root: Path) -> tuple[Answer, float]:
    """The answer, and the seconds of processor time that it took."""
    started = time.process_time()
    answer = call(root, "validate", "--no-cache", "--jobs", "1")
    return answer, time.process_time() - started


def _where(kind: str) -> str:
    """Where findings about a file may stand: about rules and their data, at whatever refers to them."""
    return "policies/" if kind.startswith("rule") else KINDS[kind]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in ("repository", "rule")])
def test_every_place_with_a_value_of_another_type(kind: str, fresh: Callable[[], Path]) -> None:
    """A list for a mapping, a text for a number and so on, at every node: never a bug, always a place."""
    root = fresh()
    path = root / KINDS[kind]
    document = loads(path.read_text())
    wrong: dict[str, object] = {}
    for number, pointer in enumerate(_places(document)):
        value = VALUES[number % len(VALUES)]
        path.write_text(dumps(_with(document, pointer, value)))
        answer = call(root, "validate", "--no-cache", "--jobs", "1")
        problems = sound(answer, "") if answer.code else []
        if problems or answer.code not in (0, 1):
            wrong[f"{pointer} = {value!r}"] = (problems, answer.said[:300])
    assert wrong == {}


VALUES: tuple[Any, ...] = (None, [], {}, "x", 7, True, -1.5, [[]], {"a": {}}, "", [None], "\n", 10**12)


def _places(value: Any, pointer: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every node below the root; of long lists the first two items."""
    items: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))[:2]
    for key, inner in items:
        yield (*pointer, key)
        yield from _places(inner, (*pointer, key))


def _with(value: Any, pointer: tuple[Any, ...], new: Any) -> Any:
    if not pointer:
        return new
    key, *rest = pointer
    if isinstance(value, dict):
        return {**value, key: _with(value[key], tuple(rest), new)}
    return [_with(item, tuple(rest), new) if index == key else item for index, item in enumerate(value)]


def test_a_file_that_may_not_be_read(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests may run as root, for whom nothing is unreadable: so the refusal is the system call's."""
    import os

    opened = os.open

    def refusing(path: Any, *rest: Any, **more: Any) -> int:
        if str(path).endswith("digits/model.yaml"):
            raise PermissionError(13, "Permission denied", path)
        return opened(path, *rest, **more)

    monkeypatch.setattr(os, "open", refusing)
    answer = call(repository, "validate", "--no-cache")
    assert answer == Answer(
        3,
        "",
        "mlgitops: cannot read specs/digits/model.yaml: Permission denied\n"
        "  hint: check its permissions, and the disk\n",
    )


def test_nothing_is_written_of_what_is_malformed(fresh: Callable[[], Path]) -> None:
    """A target keeps its last approved bytes, whatever happens to its inputs; some of each kind."""
    for kind, name in (
        ("model", "cut at half"),
        ("version", "binary"),
        ("environment", "empty"),
        ("template", "a tag"),
        ("kustomization", "a folder"),
        ("rule", "Latin-1"),
        ("release", "a link to nowhere"),
    ):
        root = fresh()
        assert call(root, "render", "--no-cache").code == 0
        before = rendered(root)
        assert len(before) > 30
        MALFORMED[name](root / KINDS[kind])
        answer = call(root, "render", "--no-cache")
        assert answer.code == 1, (kind, name, answer.said)
        models = {path: text for path, text in rendered(root).items() if "/digits/" in path}
        assert models == {path: text for path, text in before.items() if "/digits/" in path}, (kind, name)


def rendered(root: Path) -> dict[str, bytes]:
    """The files below rendered/."""
    return {str(path.relative_to(root)): path.read_bytes() for path in root.glob("rendered/**/*") if path.is_file()}
