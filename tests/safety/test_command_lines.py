"""Command lines that nobody would write: an exit code that is documented, a word about what is wrong, and no traceback.

Words come from the commands' own names, options and values, from hostile text and from chance. They are said in a
folder that has no repository, so that nothing can be done, and nothing may be left there.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlgitops.cli.commands import COMMANDS
from mlgitops.cli.main import main
from tests.safety.hostile_text import NAUGHTY, TEMPLATES
from tests.safety.miniature import Answer

NAMES = sorted({word for name in COMMANDS for word in name.split()} - {"init"})
OPTIONS = (
    "-C", "-h", "-q", "-v", "--", "-", "--help", "--version", "--env", "--model", "--format", "--engine", "--jobs",
    "--as-of", "--no-cache", "--color", "--base", "--check", "--manifests", "--from", "--allow-removals", "--title",
    "--kuberay", "--quiet", "--verbose", "--nonsense", "--format=json", "--format=xml", "--jobs=0", "--jobs=1e9",
    "--as-of=2026-02-30", "--engine=server=http://127.0.0.1:9", "--engine=opa", "--color=always", "--env=dev",
)  # fmt: skip
VALUES = ("", ".", "digits", "dev", "json", "text", "sarif", "opa", "embedded", "bash", "fish", "2026-11-21", "0", "-1", "9" * 400,
          "HEAD", "main", "spec/unknown-key", "cost/cheap", "none.yaml")  # fmt: skip


def _harmless(word: str) -> bool:
    """Whether a word cannot be the path of something outside."""
    return not word.startswith(("/", "~")) and ".." not in word and "/" not in word.partition("=")[2][:1]


WORDS = st.one_of(
    st.sampled_from(NAMES),
    st.sampled_from(OPTIONS),
    st.sampled_from(VALUES),
    st.sampled_from([word for word in (*NAUGHTY, *TEMPLATES) if _harmless(word)]),
    st.text(max_size=20).filter(_harmless),
)
LINES = st.one_of(
    st.lists(WORDS, max_size=6),
    st.builds(
        lambda name, rest: [*name.split(), *rest], st.sampled_from(list(COMMANDS)[1:]), st.lists(WORDS, max_size=5)
    ),
)


@pytest.fixture(scope="module", autouse=True)
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty folder, which every command line is said in."""
    before, folder = os.getcwd(), tmp_path_factory.mktemp("empty")
    os.chdir(folder)
    yield folder
    os.chdir(before)


def said(words: list[str]) -> Answer:
    """What a command line answers, with nothing on stdin."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), _no_input():
        code = main(words)
    return Answer(code, out.getvalue(), err.getvalue())


@contextlib.contextmanager
def _no_input() -> Iterator[None]:
    before = sys.stdin
    with open(os.devnull) as nothing:
        sys.stdin = nothing
        try:
            yield
        finally:
            sys.stdin = before


@given(words=LINES)
@settings(max_examples=800)
def test_any_words(words: list[str]) -> None:
    answer = said(words)
    _sound(words, answer)


def test_nothing_was_left(empty: Path) -> None:
    assert list(empty.iterdir()) == []


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_with_one_word_too_many_or_wrong(name: str, empty: Path) -> None:
    """An option that nobody knows, values that are none and more words than it takes are usage errors, 2 each."""
    for more in (
        ["--nonsense"],
        ["--jobs", "x", "--nonsense"],
        ["a", "b", "c", "d", "e"],
        ["--color", "pink"],
        ["--=x"],
    ):
        answer = said([*name.split(), *more])
        assert answer.code == 2, (name, more, answer)
        _sound([name, *more], answer)
    assert list(empty.iterdir()) == []


def _sound(words: list[str], answer: Answer) -> None:
    assert answer.code in (0, 1, 2, 3), (words, answer)
    assert "this is a bug" not in answer.said, (words, answer)
    assert "Traceback" not in answer.said, (words, answer)
    assert len(answer.err) <= 4096, words
    assert answer.err.replace("\n", "").isprintable(), (words, ascii(answer.err))
    if answer.code in (2, 3):
        assert answer.err.startswith("mlgitops: "), (words, answer)
        assert answer.out == "" or "doctor" in words, (words, answer)
    else:
        assert answer.said, (words, answer)
