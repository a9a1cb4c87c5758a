"""What a former run saw: every way in which something can be another, and caches that somebody else wrote."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlgitops.files import former
from mlgitops.files.former import COARSE_NS, FOLDER, TICK_NS, Former, Seen, moment_of, past_tick, quiet, state_of

KEY = "0123abcd"


def edited(root: Path) -> None:
    """Same size, mtime restored."""
    facts = (root / "a.yaml").stat()
    (root / "a.yaml").write_text("2")
    os.utime(root / "a.yaml", ns=(facts.st_atime_ns, facts.st_mtime_ns))


def replaced(root: Path) -> None:
    shutil.copy2(root / "a.yaml", root / "b.yaml")
    os.replace(root / "b.yaml", root / "a.yaml")


def behind_a_link(root: Path) -> None:
    (root / "a.yaml").rename(root / "folder/a.yaml")
    (root / "a.yaml").symlink_to("folder/a.yaml")


def folder_behind_a_link(root: Path) -> None:
    (root / "folder").rename(root / "other")
    (root / "folder").symlink_to("other")


CHANGES: dict[str, Callable[[Path], object]] = {
    "edited": edited,
    "replaced": replaced,
    "removed": lambda root: (root / "a.yaml").unlink(),
    "touched": lambda root: os.utime(root / "a.yaml"),
    "made executable": lambda root: (root / "a.yaml").chmod(0o755),
    "a file that was not there": lambda root: (root / "none.yaml").write_text(""),
    "a folder that was not there": lambda root: (root / "none.yaml").mkdir(),
    "a link that was not there": lambda root: (root / "none.yaml").symlink_to("nowhere"),
    "another file in a folder": lambda root: (root / "folder/new.yaml").write_text(""),
    "one file less in a folder": lambda root: (root / "folder/old.yaml").unlink(),
    "another name in a folder": lambda root: (root / "folder/old.yaml").rename(root / "folder/new.yaml"),
    "moved behind a link": behind_a_link,
    "a folder moved behind a link": folder_behind_a_link,
}
PATHS = ("a.yaml", "none.yaml", "folder", "folder/none/none")


def place(tmp_path: Path) -> Path:
    (tmp_path / "a.yaml").write_text("1")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/old.yaml").write_text("")
    past_tick(str(tmp_path), moment_of(str(tmp_path)))
    return tmp_path


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_gives_another_state(tmp_path: Path, change: str) -> None:
    root = place(tmp_path)
    before = state_of(str(root), PATHS)
    assert state_of(str(root), PATHS) == before
    CHANGES[change](root)
    assert state_of(str(root), PATHS) != before


def test_what_was_not_looked_at_changes_nothing(tmp_path: Path) -> None:
    root = place(tmp_path)
    before = state_of(str(root), ("a.yaml", "none.yaml"))
    (root / "other.yaml").write_text("")
    assert state_of(str(root), ("a.yaml", "none.yaml")) == before


def test_quiet_until_somebody_touches_something(tmp_path: Path) -> None:
    root = place(tmp_path)
    began = moment_of(str(root))
    assert began is not None
    assert quiet(str(root), PATHS, began)
    (root / "a.yaml").write_text("2")
    assert not quiet(str(root), PATHS, began)
    assert quiet(str(root), ("none.yaml", "nul\0", "folder"), began)


def test_what_was_touched_just_before_is_not_trusted(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("1")
    began = moment_of(str(tmp_path))
    assert began is not None
    assert not quiet(str(tmp_path), ("a.yaml",), began)


@pytest.mark.parametrize(
    ("changed", "moment", "expected"),
    [
        (5_000_000_001, 5_000_000_002, False),
        (5_000_000_001, 5_000_000_001 + TICK_NS, False),
        (5_000_000_001, 5_000_000_002 + TICK_NS, True),
        (9_000_000_001, 5_000_000_000, False),  # from the future: the clock was set back
        (5_000_000_000, 5_000_000_001 + TICK_NS, False),  # a clock of seconds
        (5_000_000_000, 5_000_000_001 + COARSE_NS, True),
    ],
)
def test_clocks_fine_and_coarse(monkeypatch: pytest.MonkeyPatch, changed: int, moment: int, expected: bool) -> None:
    class Facts:
        st_ctime_ns = changed

    monkeypatch.setattr(os, "lstat", lambda path: Facts)
    assert quiet("/root", ("a",), moment) == expected


def test_the_tick_passes(tmp_path: Path) -> None:
    root = str(tmp_path)
    moment = moment_of(root)
    started = time.monotonic()
    now = past_tick(root, moment)
    assert moment is not None
    assert now is not None
    assert now > moment + TICK_NS
    assert time.monotonic() - started < 5
    assert past_tick(root, None) is None
    assert past_tick(root, now + 3_600_000_000_001) is None  # the clock was set back
    assert past_tick(root, 5_000_000_000) is None  # a clock of seconds


def test_no_moment_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / ".cache").write_text("a file")
    assert moment_of(str(tmp_path)) is None
    (tmp_path / ".cache").unlink()
    (tmp_path / ".cache").symlink_to(tmp_path / "elsewhere")
    assert moment_of(str(tmp_path)) is None
    assert not (tmp_path / "elsewhere").exists()


def run_of(root: Path) -> Former:
    shared = Seen(("a.yaml", "none.yaml"))
    model = Seen(("folder",), (("folder", ("old.yaml", "gone.yaml")),))
    groups = [seen._replace(state=state_of(str(root), seen.every())) for seen in (shared, Seen(("specs",)), model)]
    return Former(groups[0], groups[1], {"churn": groups[2]}, {"checked": 1})


def test_kept_and_known_again(tmp_path: Path) -> None:
    root = place(tmp_path)
    run = run_of(root)
    former.store(str(root), KEY, run, {"churn": {"a": 1}})
    assert former.load(str(root), KEY) == run
    assert former.load_records(str(root), KEY) == {"churn": {"a": 1}}
    assert former.unchanged(str(root), run) == {"churn"}
    assert former.load(str(root), "another") is None
    assert former.load_records(str(root), "another") == {}
    (root / "folder/gone.yaml").write_text("")
    assert former.unchanged(str(root), run) == frozenset()
    assert sorted(os.listdir(root / FOLDER)) == [f"{KEY}.json", f"{KEY}.models"]


def test_a_group_that_was_touched_is_never_the_same(tmp_path: Path) -> None:
    root = place(tmp_path)
    run = run_of(root)
    touched = run._replace(models={"churn": run.models["churn"]._replace(state=None)})
    former.store(str(root), KEY, touched, {})
    loaded = former.load(str(root), KEY)
    assert loaded == touched
    assert former.unchanged(str(root), touched) == frozenset()


@pytest.mark.parametrize("aside", ["looks", "fails", "dies", "is not to be had"])
def test_two_processes_look_at_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, aside: str) -> None:
    """Whatever becomes of the other one, the answer is the same."""
    root, ours = place(tmp_path), os.getpid()
    seen = run_of(root).models["churn"]
    run = run_of(root)._replace(models={f"m{n}": seen if n % 3 else seen._replace(state=0) for n in range(7)})
    monkeypatch.setattr(former, "WORTH_A_PROCESS", 0)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    look = former.is_same

    def is_same(root: str, one: Seen) -> bool:
        if os.getpid() != ours and aside == "fails":
            raise ValueError
        if os.getpid() != ours and aside == "dies":
            os.kill(os.getpid(), 9)
        return look(root, one)

    def no_fork() -> int:
        raise OSError

    monkeypatch.setattr(former, "is_same", is_same)
    if aside == "is not to be had":
        monkeypatch.setattr(os, "fork", no_fork)
    assert former.unchanged(str(root), run) == {"m1", "m2", "m4", "m5"}


def test_only_so_many_are_kept(tmp_path: Path) -> None:
    root = place(tmp_path)
    for number in range(former.KEPT):
        former.store(str(root), f"{number:04}", run_of(root), {})
    assert len(os.listdir(root / FOLDER)) == former.KEPT
    assert former.load(str(root), f"{former.KEPT - 1:04}") is not None
    assert former.load(str(root), "0000") is None


@pytest.mark.parametrize("link", [".cache", ".cache/mlgitops", FOLDER])
def test_a_linked_cache_is_neither_read_nor_written_nor_cleared(tmp_path: Path, link: str) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for number in range(former.KEPT + 5):
        (elsewhere / f"precious-{number}").write_text("kept")
    root = tmp_path / "root"
    (root / link).parent.mkdir(parents=True)
    (root / link).symlink_to(elsewhere)
    former.store(str(root), KEY, run_of(root), {})
    assert former.load(str(root), KEY) is None
    assert len(os.listdir(elsewhere)) == former.KEPT + 5


def stored(root: Path) -> tuple[Path, dict[str, Any]]:
    former.store(str(root), KEY, run_of(root), {"churn": {}})
    path = root / FOLDER / f"{KEY}.json"
    return path, json.loads(path.read_bytes().partition(b"\n")[2])


def plant(path: Path, text: bytes) -> None:
    """Another text in the same file: its inode is right."""
    path.write_bytes(b"%d\n%b" % (path.stat().st_ino, text))


def test_a_planted_cache_is_not_believed(tmp_path: Path) -> None:
    """A commit can bring a file, and not one that knows its own inode."""
    root = place(tmp_path)
    path, _ = stored(root)
    content = path.read_bytes()
    path.rename(root / "kept")
    path.write_bytes(content)
    assert former.load(str(root), KEY) is None
    (root / "kept").replace(path)
    assert former.load(str(root), KEY) is not None
    path.rename(root / "kept")
    path.symlink_to(root / "kept")
    assert former.load(str(root), KEY) is None
    path.unlink()
    os.mkfifo(path)
    assert former.load(str(root), KEY) is None


WRONG: list[Any] = [None, True, 7, "text", [], {}, [1], {"a": 1}, "\ud800", "\0", [["a"]], -1]


def test_malformed_caches_are_ignored(tmp_path: Path) -> None:
    root = place(tmp_path)
    path, good = stored(root)
    texts = [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 50_000, b"1" * 5000, b"NaN"]
    documents = [{**good, key: wrong} for key in good for wrong in WRONG]
    documents += [{k: v for k, v in good.items() if k != key} for key in good]
    group = good["models"]["churn"]
    groups = [[*group[:at], wrong, *group[at + 1 :]] for at in range(3) for wrong in WRONG]
    documents += [{**good, place: g} for place in ("shared", "last") for g in groups]
    documents += [{**good, "models": {"churn": g}} for g in groups]
    texts += [json.dumps(document).encode() for document in documents]
    for text in texts:
        plant(path, text)
        started = time.process_time()
        found = former.load(str(root), KEY)
        if found is not None:
            former.unchanged(str(root), found)  # raises nothing
        assert time.process_time() - started < 1, text[:80]
    plant(path, json.dumps(good).encode())
    assert former.load(str(root), KEY) is not None


def test_malformed_records_are_ignored(tmp_path: Path) -> None:
    root = place(tmp_path)
    stored(root)
    path = root / FOLDER / f"{KEY}.models"
    for text in (b"", b"[]", b"{}", b'{"records": 1}', b'{"records": []}', b"[" * 100_000):
        plant(path, text)
        assert former.load_records(str(root), KEY) == {}


def test_a_cache_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = place(tmp_path)
    path, _ = stored(root)
    monkeypatch.setattr(former, "LARGEST", path.stat().st_size - 1)
    assert former.load(str(root), KEY) is None


@pytest.mark.parametrize("failing", ["open", "write", "replace", "mkdir"])
def test_a_cache_that_cannot_be_written_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    run = run_of(place(tmp_path))
    monkeypatch.setattr(os, failing, fail)
    former.store(str(tmp_path), KEY, run, {})
    monkeypatch.undo()
    assert former.load(str(tmp_path), KEY) is None
    assert [name for name in os.listdir(tmp_path / ".cache/mlgitops") if name != "clock"] in ([], ["former"])
    if failing != "mkdir":
        assert os.listdir(tmp_path / FOLDER) == []


def test_another_tool_another_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = former.key_of({"command": "render"})
    assert former.key_of({"command": "render"}) == key
    assert former.key_of({"command": "validate"}) != key
    opa = tmp_path / "opa"
    opa.write_text("#!/bin/sh\n")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with_opa = former.key_of({"command": "render"})
    assert with_opa != key
    opa.rename(tmp_path / "real")
    opa.symlink_to("real")
    linked = former.key_of({"command": "render"})
    assert linked != with_opa
    past_tick(str(tmp_path), moment_of(str(tmp_path)))
    (tmp_path / "real").write_text("#!/bin/no\n")
    assert former.key_of({"command": "render"}) != linked
    monkeypatch.setattr("sys.version", "4.0")
    assert former.key_of({"command": "render"}) != linked
