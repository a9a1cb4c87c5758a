"""What GitOps users are promised, on the repository's own models and environments."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.pipeline.miniature import edit, mlgitops, rendered

ROOT = Path(__file__).parents[2]
SOURCES = ("specs", "environments", "policies", "mlgitops.yaml")
Files = dict[str, bytes]


@pytest.fixture(scope="module")
def original(memory: Path) -> Iterator[Path]:
    place = memory / "own"
    place.mkdir()
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, place / name)
        else:
            shutil.copy(ROOT / name, place / name)
    ran = mlgitops(place, "render", engine="opa")
    assert ran.code == 0, ran
    shutil.rmtree(place / ".cache")
    yield place
    shutil.rmtree(place)


@pytest.fixture
def after(original: Path, memory: Path) -> Iterator[Callable[[Callable[[Path], None]], Files]]:
    """A function that gives what is rendered after a change."""
    place = memory / "own-changed"

    def render(change: Callable[[Path], None]) -> Files:
        shutil.copytree(original, place)
        change(place)
        ran = mlgitops(place, "render", "--no-cache", engine="opa")
        assert ran.code == 0, ran
        return rendered(place)

    yield render
    shutil.rmtree(place)


def runs(files: Files) -> dict[str, str]:
    """The RayJob's name in each target that trains."""
    found = {}
    for path, content in files.items():
        if path.endswith("/train/rayjob.yaml"):
            name = re.search(r"^metadata:\n(?:  .*\n)*?  name: (\S+)$", content.decode(), re.MULTILINE)
            assert name is not None
            found[path] = name[1]
    return found


def changed(before: Files, now: Files) -> set[str]:
    return {path for path in before.keys() | now.keys() if before.get(path) != now.get(path)}


def prefixed(paths: set[str], place: str) -> set[str]:
    return {path for path in paths if path.startswith(place)}


def serve_code(root: Path) -> None:
    file = root / "specs/digits/serve.py"
    file.write_text(file.read_text() + "\n# another answer\n")


def inserted(path: str, line: str, text: str) -> Callable[[Path], None]:
    """A change that puts text after a line that stands in a file once."""
    return lambda root: edit(root, path, f"\n{line}\n", f"\n{line}\n{text}\n")


serving_inputs = inserted(
    "specs/digits/model.yaml", "  serving:", "    inputs: [{name: p0, type: float32, range: [0, 16]}]"
)


@pytest.mark.parametrize("change", [serve_code, serving_inputs])
def test_an_edit_of_how_a_model_serves_changes_no_byte_in_prod(
    original: Path, after: Callable[[Callable[[Path], None]], Files], change: Callable[[Path], None]
) -> None:
    before = rendered(original)
    assert any(path.startswith("rendered/prod/digits/serve/") for path in before)
    now = after(change)
    assert prefixed(changed(before, now), "rendered/prod/") == set()
    assert prefixed(changed(before, now), "rendered/staging/") == set()
    assert runs(now).keys() == runs(before).keys()


def label(root: Path) -> None:
    edit(root, "specs/digits/model.yaml", "  labels: {", "  labels: {example.com/new: label, ")


def toleration(root: Path) -> None:
    few = "tolerations: [{key: nvidia.com/gpu}]"
    edit(root, "environments/dev/environment.yaml", few, f"{few[:-1]}, {{key: example.com/spot}}]")


def policy_comment(root: Path) -> None:
    rules = sorted((root / "policies").glob("*/*/*.rego"))
    rule = next(path for path in rules if not path.name.endswith("_test.rego"))
    rule.write_text(rule.read_text() + "\n# a remark\n")


@pytest.mark.parametrize(("change", "visible"), [(label, True), (toleration, True), (policy_comment, False)])
def test_what_decides_no_result_starts_no_run(
    original: Path,
    after: Callable[[Callable[[Path], None]], Files],
    change: Callable[[Path], None],
    visible: bool,
) -> None:
    before = rendered(original)
    assert len(runs(before)) >= 3
    now = after(change)
    assert bool(changed(before, now)) == visible
    assert runs(now) == runs(before)


def test_one_more_attempt_starts_exactly_one_run(
    original: Path, after: Callable[[Callable[[Path], None]], Files]
) -> None:
    def attempt(root: Path) -> None:
        path = root / "environments/dev/runs/digits.yaml"
        text, count = re.subn(r"attempt: (\d+)", lambda found: f"attempt: {int(found[1]) + 1}", path.read_text())
        assert count == 1
        path.write_text(text)

    before = rendered(original)
    now = after(attempt)
    differing = {path for path in runs(before) if runs(now)[path] != runs(before)[path]}
    assert differing == {"rendered/dev/digits/train/rayjob.yaml"}
    assert {path.split("/")[2] for path in changed(before, now)} == {"digits"}
    assert prefixed(changed(before, now), "rendered/dev/digits/serve/") == set()
