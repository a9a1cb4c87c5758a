"""Finding the repository, and which lines of it may be shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlgitops.cli.output import colour_wanted
from mlgitops.cli.repository import lines_of, may_be_shown, prefix_of, root_of
from mlgitops.errors import UsageError
from mlgitops.source import Location
from tests.cli.conftest import Call


def test_the_nearest_root_at_or_above(repository: Path) -> None:
    inner = repository / "a" / "b"
    inner.mkdir(parents=True)
    assert root_of(".") == root_of("a/b") == root_of(str(inner)) == str(repository)
    (repository / "a" / "mlgitops.yaml").touch()
    assert root_of("a/b") == str(repository / "a")


def test_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as caught:
        root_of(".")
    assert str(caught.value) == "this directory is in no mlgitops repository: no mlgitops.yaml there or above it"
    assert caught.value.hint == "go to one, name one with -C, or start one: `mlgitops init DIR`"
    assert caught.value.exit_code == 2


def test_where_it_lies_in_the_checkout(tmp_path: Path) -> None:
    inner = tmp_path / "platform" / "ml"
    inner.mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    assert prefix_of(str(inner)) == "platform/ml/"
    assert prefix_of(str(tmp_path)) == ""
    (inner / ".git").write_text("gitdir: elsewhere\n")
    assert prefix_of(str(inner)) == ""


def test_lines_are_those_of_yaml(repository: Path) -> None:
    (repository / "specs").mkdir()
    (repository / "specs" / "a.yaml").write_bytes(
        "one\r\ntwo\u2028still\x0bthe second\rthree\n\xff".encode("latin-1", "replace")
    )
    lines = lines_of(str(repository))
    assert [lines(Location("specs/a.yaml", number)) for number in range(6)] == [
        None,
        "one",
        "two?still\x0bthe second",
        "three",
        None,  # no UTF-8
        None,
    ]
    assert lines(Location("specs/none.yaml")) is None


@pytest.mark.parametrize(
    "content", [b"\x89PNG\r\n\x1a\n\x00\xff", "kind: Model\n".encode("utf-16"), "kind: Model\n".encode("utf-16-le")]
)
def test_binary_data_is_not_shown(call: Call, repository: Path, content: bytes) -> None:
    for path in ("specs/churn/model.yaml", "environments/dev/environment.yaml"):
        (repository / path).parent.mkdir(parents=True)
        (repository / path).write_bytes(content)
    lines = call("validate", "--no-cache").out.split("\n")
    at = [number for number, line in enumerate(lines) if "error[yaml/encoding]" in line]
    assert [lines[number + 1] for number in at] == ["  hint: save the file as plain UTF-8"] * 2


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("mlgitops.yaml", True),
        ("specs/churn/model.yaml", True),
        ("specs/churn/train.py", True),
        ("environments/prod/kustomization.yaml", True),
        ("policies/cost/gpu-limit/gpu-limit.rego", True),
        ("rendered/prod/churn/serve/rayservice.yaml", False),
        ("specs/churn/.env", False),
        ("specs/churn/key.pem", False),
        ("secrets.yaml", False),
        ("specs/../../secret.yaml", False),
        ("/etc/passwd.yaml", False),
        ("", False),
    ],
)
def test_only_what_people_review_is_shown(path: str, shown: bool) -> None:
    assert may_be_shown(path) is shown


def test_nothing_outside_is_read(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "secret.yaml"
    outside.write_text("secret\n")
    (repository / "specs").mkdir()
    (repository / "specs" / "link.yaml").symlink_to(outside)
    (repository / "specs" / "huge.yaml").write_bytes(b"x\n" * (1 << 20))
    lines = lines_of(str(repository))
    assert lines(Location("specs/link.yaml")) is None
    assert lines(Location("specs/huge.yaml")) is None
    assert lines(Location("specs/nul\0.yaml")) is None


@pytest.mark.parametrize(
    ("when", "environment", "wanted"),
    [
        ("always", {"NO_COLOR": "1"}, True),
        ("never", {}, False),
        ("auto", {"NO_COLOR": "1"}, False),
        ("auto", {"NO_COLOR": ""}, True),
        ("auto", {"TERM": "dumb"}, False),
        ("auto", {"TERM": "xterm"}, True),
    ],
)
def test_colours_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch, when: str, environment: dict[str, str], wanted: bool
) -> None:
    class Terminal:
        def isatty(self) -> bool:
            return True

    monkeypatch.delenv("TERM", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stdout", Terminal())
    assert colour_wanted(when) is wanted


def test_no_colours_in_a_file() -> None:
    assert colour_wanted("auto") is False
