"""Secrets that somebody wrote into a file: no report, cache or plan repeats them, and none gets into rendered/."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.safety.miniature import ENVIRONMENT_FILE, MODEL, RUN, SPEC, call
from tests.safety.test_malformed import rendered
from tests.safety.test_names import committed  # noqa: F401 - a fixture

_CHOICE = random.Random(7)
_LETTERS = string.ascii_letters + string.digits
_UPPER = string.ascii_uppercase + string.digits


def _some(count: int, letters: str = _LETTERS) -> str:
    return "".join(_CHOICE.choice(letters) for _ in range(count))


SHAPES: dict[str, Callable[[], str]] = {
    "AWS": lambda: f"AKIA{_some(16, _UPPER)}",
    "AWS, temporary": lambda: f"ASIA{_some(16, _UPPER)}",
    "GitHub, personal": lambda: f"ghp_{_some(36)}",
    "GitHub, app": lambda: f"ghs_{_some(36)}",
    "GitHub, fine-grained": lambda: f"github_pat_{_some(22)}_{_some(59)}",
    "GitLab": lambda: f"glpat-{_some(20)}",
    "Slack": lambda: f"xoxb-{_some(12, string.digits)}-{_some(24)}",
    "Hugging Face": lambda: f"hf_{_some(34)}",
    "Google": lambda: f"AIza{_some(35)}",
    "JWT": lambda: f"eyJhbGciOiJIUzI1NiJ9.eyJ{_some(30)}.{_some(43)}",
    "a URL": lambda: f"https://user:{_some(20)}@example.com/x",
    "a long URL": lambda: f"https://user:{_some(90)}@example.com/x",
    "a private key": lambda: f"-----BEGIN RSA PRIVATE KEY-----{_some(64)}",
}
"""What the rule knows; of each, eight are tried."""

TOKENS = [make() for make in SHAPES.values() for _ in range(8)]


def _secret(token: str) -> str:
    """The part of a token that must not be told."""
    found = re.search(r"https://user:(.+)@|PRIVATE KEY-----(.+)", token)
    return (found[1] or found[2])[:20] if found else token


SPOKEN_OF: dict[str, tuple[str, str, str]] = {
    "a variable beside a mistake": (
        SPEC,
        "    seed: 11",
        '    seed: 11\n    env: [{{name: SOME, value: "{}", bogus: 1}}]',
    ),
    "a key nobody knows": (SPEC, "  task:", '  "{}": 1\n  task:'),
    "a key of hyperparameters": (SPEC, "{epochs: 40", '{{"{}": 1, epochs: 40'),
    "a route": (SPEC, "route: /digits", 'route: "{}"'),
    "a framework": (SPEC, "framework: torch", 'framework: "{}"'),
    "a name": (SPEC, "name: digits", 'name: "{}"'),
    "a kind": (SPEC, "kind: Model", 'kind: "{}"'),
    "a metric": (SPEC, "name: accuracy", 'name: "{}"'),
    "an entry point": (SPEC, "train:train_loop", '"{}"'),
    "a comment": (SPEC, "seed: 11", "seed: x # {}"),
    "an open quote": (SPEC, "seed: 11", 'seed: [ "{}'),
    "an anchor": (SPEC, "seed: 11", "seed: &{} 1"),
    "a key twice": (SPEC, "seed: 11", 'seed: 11\n    "{0}": 1\n    "{0}": 2'),
    "a label": (SPEC, "documents-7", '"{}"'),
    "a uri without a scheme": (SPEC, "s3://example-features/", "{} /"),
    "an environment's key": (ENVIRONMENT_FILE, "  trains: true", '  trains: true\n  "{}": 1'),
    "an image": (ENVIRONMENT_FILE, "platform: registry.example.com", 'platform: "{}" #'),
    "a trigger": (RUN, "trigger: monitoring", 'trigger: "{}"'),
}
"""Places of which a finding or its line speaks: file, what stands there, what takes its place."""

FORMATS = ("text", "json", "sarif", "github", "markdown")


def _planted(root: Path, place: tuple[str, str, str], token: str) -> None:
    path, old, new = place
    text = (root / path).read_text()
    assert old in text
    (root / path).write_text(text.replace(old, new.format(token), 1))


@pytest.mark.parametrize("place", SPOKEN_OF)
def test_no_report_and_no_cache_repeats_one(place: str, fresh: Callable[[], Path]) -> None:
    """Each shape in each format; each command is run twice, since the second answer comes from the cache."""
    for number, token in enumerate(TOKENS[:: len(TOKENS) // len(SHAPES)]):
        root = fresh()
        _planted(root, SPOKEN_OF[place], token)
        for _ in range(2):
            answer = call(root, "validate", "--format", FORMATS[number % len(FORMATS)])
            assert _secret(token) not in answer.said, answer.said
        files = [path for path in (root / ".cache").rglob("*") if path.is_file()]
        assert files
        assert not [path for path in files if _secret(token) in path.read_text()]


@pytest.mark.parametrize("form", FORMATS)
def test_no_format_repeats_one(form: str, fresh: Callable[[], Path]) -> None:
    for place in SPOKEN_OF.values():
        root = fresh()
        token = TOKENS[-8]
        _planted(root, place, token)
        assert _secret(token) not in call(root, "validate", "--format", form, "--no-cache").said


def _tokens_in(*values: str) -> Iterator[str]:
    for token in TOKENS:
        if any(_secret(token) in value for value in values):
            yield token


KEPT_OUT: dict[str, Callable[[Path], None]] = {
    "variables": lambda root: _planted(
        root, (SPEC, "    seed: 11", "    seed: 11\n    env:\n{}"), _lines('      - {{name: V{}, value: "{}"}}')
    ),
    "hyperparameters": lambda root: _planted(root, (SPEC, "{epochs: 40", "{{{} epochs: 40"), _lines('x{}: "{}",', " ")),
    "values that are expected": lambda root: _planted(
        root, (SPEC, "{column: target,", '{{column: target, values: [{} "x"],'), _lines('"{1}",', " ")
    ),
    "code": lambda root: _code(root, "train.py"),
    "code of both": lambda root: _code(root, "network.py"),
}
"""Place → plants every token there, so that nothing but policy is against it."""


def _lines(form: str, between: str = "\n") -> str:
    return between.join(form.format(number, token) for number, token in enumerate(TOKENS))


def _code(root: Path, name: str) -> None:
    with (root / f"specs/{MODEL}/{name}").open("a") as file:
        file.write("\n" + _lines('TOKEN_{} = "{}"') + "\n")


@pytest.mark.parametrize("place", KEPT_OUT)
def test_what_looks_like_one_is_denied_and_not_rendered(place: str, repository: Path) -> None:
    """All at once, and each is told by policy's words alone: no output of any command has one of them."""
    KEPT_OUT[place](repository)
    answer = call(repository, "render", "--no-cache", "--jobs", "1")
    assert answer.code == 1
    assert "error[policy/security.no-literal-secrets]" in answer.out
    assert list(_tokens_in(answer.said)) == []
    assert {path for path in rendered(repository) if f"/{MODEL}/" in path} == set()


@pytest.mark.parametrize("shape", SHAPES)
def test_one_alone_is_denied(shape: str, fresh: Callable[[], Path]) -> None:
    """In code, where it is one line of many."""
    root = fresh()
    token = SHAPES[shape]()
    with (root / f"specs/{MODEL}/train.py").open("a") as file:
        file.write(f'\nKEY = "{token}"\n')
    answer = call(root, "policy", "check", "--no-cache", "--jobs", "1")
    assert "error[policy/security.no-literal-secrets]" in answer.out
    assert _secret(token) not in answer.said


@pytest.mark.parametrize("form", ["text", "json", "markdown", "sarif", "github"])
def test_no_plan_repeats_one(form: str, committed: Path, tmp_path: Path) -> None:  # noqa: F811
    import shutil

    root = tmp_path / "repository"
    shutil.copytree(committed, root, symlinks=True)
    for plant in KEPT_OUT.values():
        plant(root)
    answer = call(root, "plan", "--base", "HEAD", "--format", form)
    assert answer.code == 1
    assert list(_tokens_in(answer.said)) == []


def test_blame_repeats_none(repository: Path) -> None:
    """It shows a rendered value: of one that was rendered before the rule knew its shape, stars."""
    assert call(repository, "render", "--no-cache").code == 0
    path = repository / "rendered/dev/digits/train/rayjob.yaml"
    token = TOKENS[0]
    path.write_text(path.read_text().replace("entrypoint: ", f"entrypoint: {token} # ", 1))
    for form in ("text", "json"):
        answer = call(repository, "blame", str(path), "/spec/entrypoint", "--format", form)
        assert answer.code == 0, answer
        assert token not in answer.said
