"""What `init` and `new` write: repositories that validate, pass their policies and render; nothing overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlgitops.cli.scaffold import checked, filled
from mlgitops.errors import UsageError
from mlgitops.files.write import create
from tests.cli.conftest import Answer, Call


@pytest.fixture
def started(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository as `init` leaves it, in which the test then stands."""
    monkeypatch.chdir(tmp_path)
    assert call("init", "models").code == 0
    monkeypatch.chdir(tmp_path / "models")
    return tmp_path / "models"


def snapshot(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_init_says_what_it_wrote(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    answer = call("init", "models")
    paths = sorted(snapshot(tmp_path / "models"))
    assert answer == Answer(
        0,
        "".join(f"wrote {path}\n" for path in paths)
        + "next: `git init` there, `mlgitops merge-driver --install`, `mlgitops validate`, `mlgitops schema`, "
        "so that editors check what you write, then `mlgitops new model NAME`\n",
        "",
    )
    assert {".gitignore", "README.md", "mlgitops.yaml", "specs/example/model.yaml"} < set(paths)
    assert "%" not in (tmp_path / "models" / "mlgitops.yaml").read_text()


def test_init_in_a_checkout_says_nothing_of_git(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    said = "next: `mlgitops merge-driver --install`, `mlgitops validate`, `mlgitops schema`, so that editors check what"
    assert said in call("init", ".", "--name", "models").out
    assert said in call("init", "more").out


def test_everything_that_is_created_validates_and_renders(call: Call, started: Path) -> None:
    for words in (
        ("rule", "cost/two-words"),
        ("rule", "cost/pods", "--scope", "objects"),
        ("rule", "cost/all", "--scope", "fleet"),
        ("model", "churn", "--team", "growth"),
        ("environment", "staging"),
    ):
        assert call("new", *words).code == 0
    answer = call("policy", "list")
    assert (answer.code, answer.err) == (0, "")
    assert [line.split()[0] for line in answer.out.splitlines()[:5]] == [
        "cost.all",
        "cost.pods",
        "cost.two-words",
        "governance.owner",
        "security.image-digest",
    ]
    assert answer.out.endswith("\n\n5 rules checked, 0 failed, 0 skipped, 0 waived\n")
    assert call("validate").code == 0
    answer = call("policy", "test", "--engine", "embedded")
    assert (answer.code, answer.err) == (0, ""), answer.out
    assert answer.out.startswith("15 tests checked, 0 failed, 0 skipped, 0 waived; policy by embedded ")
    answer = call("policy", "check", "--engine", "embedded", "--jobs", "1")
    assert (answer.code, answer.err) == (0, ""), answer.out
    assert "4 targets checked, 0 failed" in answer.out
    assert call("render", "--engine", "embedded", "--jobs", "1").code == 0
    assert (started / "rendered" / "staging" / "churn" / "train" / "rayjob.yaml").is_file()
    assert call("render", "--check", "--engine", "embedded", "--jobs", "1").code == 0
    assert call("schema").code == call("schema", "--check").code == 0


def test_a_started_repository_denies_what_its_rules_say(call: Call, started: Path) -> None:
    spec = started / "specs" / "example" / "model.yaml"
    lines = [line for line in spec.read_text().split("\n") if "owner:" not in line]
    spec.write_text("\n".join(lines))
    answer = call("policy", "check", "--engine", "embedded", "--jobs", "1")
    assert answer.code == 1
    assert "error[policy/governance.owner]: metadata.owner must name a person or team, got none\n" in answer.out


@pytest.mark.parametrize(
    "words",
    [
        ("new", "model", "example"),
        ("new", "environment", "dev"),
        ("new", "rule", "governance/owner"),
        ("init", "."),
    ],
)
def test_nothing_is_overwritten(call: Call, started: Path, words: tuple[str, ...]) -> None:
    before = snapshot(started)
    answer = call(*words)
    assert answer.code == 2
    assert "is there already" in answer.err
    assert "nothing was written" in answer.err
    assert snapshot(started) == before


@pytest.mark.parametrize("name", ["Churn", "a b", "../x", "-x", "x-", "", "a" * 31, "a/b", "%NAME%", "x\ny", "ü", "9"])
def test_a_name_that_is_none_creates_nothing(call: Call, started: Path, name: str) -> None:
    before = snapshot(started)
    for words in (["model", "--", name], ["environment", "--", name], ["rule", "--", f"cost/{name}"]):
        answer = call("new", *words)
        assert (answer.code, answer.out) == (2, "") or name == "9"
    assert call("new", "model", "fine", "--team", "Not Fine").code == 2
    if name != "9":
        assert snapshot(started) == before


def test_a_rule_needs_a_category(call: Call, started: Path) -> None:
    says = "mlgitops: a rule's name is CATEGORY/NAME, such as cost/gpu-limit; got 'limit'\n"
    assert call("new", "rule", "limit") == Answer(2, "", says)


def test_the_row_goes_behind_the_last_one(call: Call, started: Path) -> None:
    index = started / "policies" / "README.md"
    index.write_text(index.read_text() + "\nWords below the table.\n")
    call("new", "rule", "cost/limit")
    lines = index.read_text().split("\n")
    at = lines.index("| [cost.limit](cost/limit/README.md) | error | model | Limit |")
    assert lines[at - 1].startswith("| [security.image-digest]")
    assert lines[at + 1 :] == ["", "Words below the table.", ""]


def test_init_wants_a_directory_that_can_be_one(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    assert call("init", "file").err.startswith("mlgitops: file is no directory\n")
    assert call("init", "Big Name").err.startswith("mlgitops: a repository's name (--name) must be lower-case letters")
    assert call("init", "Big Name", "--name", "models").code == 0


def test_words_are_checked_and_templates_complete() -> None:
    assert checked("a-1", "x") == "a-1"
    with pytest.raises(UsageError):
        checked("a" * 21, "x", most=20)
    with pytest.raises(ValueError, match=r"model/model.yaml needs %(NAME|TEAM)%"):
        filled("model/model.yaml", {"NAME": "x"})


def test_create_is_all_or_nothing(tmp_path: Path) -> None:
    (tmp_path / "b").symlink_to("nowhere")
    with pytest.raises(UsageError, match="b is there already"):
        create(tmp_path, {"a": "1", "b": "2"})
    assert not (tmp_path / "a").exists()


def test_init_writes_the_workflows_and_scripts_that_this_repository_has(started: Path) -> None:
    """Those that decide, to the byte; `setup` and who calls them differ."""
    own = Path(__file__).resolve().parents[2]
    for path in (".github/workflows/change.yml", ".github/workflows/report.yml", ".ci/fresh", ".ci/verdict"):
        assert (started / path).read_bytes() == (own / path).read_bytes(), path
    for path in (".ci/fresh", ".ci/setup", ".ci/verdict"):
        assert (started / path).stat().st_mode & 0o111 == 0o111, path
    assert (started / "requirements.txt").read_text().endswith("\nmlgitops==0.1.0\n")


def test_a_repository_that_was_started_has_a_merge_driver_that_installs(call: Call, started: Path) -> None:
    from tests.pipeline.test_plan import git

    git(started, "init", "--quiet")
    before = (started / ".gitattributes").read_text()
    answer = call("merge-driver", "--install")
    assert answer == Answer(0, "this clone renders what a merge changes on both sides\n", "")
    assert (started / ".gitattributes").read_text() == before
    assert git(started, "check-attr", "merge", "rendered/dev/x/train/rayjob.yaml").endswith("merge: mlgitops")
