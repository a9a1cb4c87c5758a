"""What holds of every registry: a version is whole or absent, and one run is one version."""

from __future__ import annotations

import os
import time
import traceback
import uuid
from io import BytesIO
from pathlib import Path

import pytest

from mlgitops.problem import RunProblem
from mlgitops.registry import mlflow_rest
from mlgitops.registry.directory import DirectoryRegistry
from mlgitops.registry.local_store import LocalStore
from mlgitops.registry.stores import Store
from mlgitops.registry.verified import fetched_artifact, verified_artifact
from tests.registry.examples import example, run_of

KILLED = 9
MOST_WRITES = 200
BETWEEN_PROCESSES = pytest.mark.parametrize("kind", ["directory", "mlflow"], indirect=True)


@pytest.fixture
def model():
    """One of the test's own: the server is shared."""
    return f"m{uuid.uuid4().hex[:12]}"


def code_of(call, *arguments):
    with pytest.raises(RunProblem) as caught:
        call(*arguments)
    return caught.value.code


def assert_whole(registry, made, version, into):
    """What stands is what was signed, all of it."""
    artifact = verified_artifact(
        registry,
        version.model,
        made.artifact,
        made.signature.model_copy(update={"digest": version.signature.digest}),
        into,
    )
    assert sorted(str(path.relative_to(into)) for path in into.rglob("*") if path.is_file()) == [
        "signature.json",
        "signed/artifact/mlgitops.json",
        "signed/artifact/model.onnx",
        "signed/card.md",
        "signed/evaluation.json",
        "signed/manifest.json",
        "version.json",
    ]
    assert (artifact / "model.onnx").read_bytes() == (made.folder / "signed/artifact/model.onnx").read_bytes()
    assert into.stat().st_mode & 0o777 == 0o700


def test_a_version_is_registered_found_and_fetched(registry, model, key, tmp_path):
    first = example(tmp_path / "first", key, run_of(1), model)
    later = example(tmp_path / "later", key, run_of(2), model)
    later = later._replace(version=later.version.model_copy(update={"registeredAt": "2026-11-03T05:00:00Z"}))
    assert registry.versions(model) == []
    assert registry.find(model, later.version.version) is None
    assert registry.register(later.version, later.folder) == later.version
    assert registry.register(first.version, first.folder) == first.version
    assert registry.versions(model) == [first.version, later.version]
    assert registry.find(model, first.version.version) == first.version
    assert_whole(registry, first, first.version, tmp_path / "into")
    assert fetched_artifact(registry, model, first.artifact, tmp_path / "again").name == "artifact"
    assert registry.versions(f"{model}x") == []


def test_a_run_registered_twice_is_one_version(registry, model, key, tmp_path):
    one = example(tmp_path / "one", key, run_of(1), model)
    other = example(tmp_path / "other", key, run_of(1), model, weights=b"others")
    assert one.version.signature != other.version.signature
    assert registry.register(one.version, one.folder) == one.version
    assert registry.register(other.version, other.folder) == one.version
    assert registry.versions(model) == [one.version]
    assert_whole(registry, one, one.version, tmp_path / "into")


def test_a_name_is_one_runs(registry, model, key, tmp_path):
    run = run_of(1)
    one = example(tmp_path / "one", key, run, model)
    other = example(tmp_path / "other", key, run[:-8] + "00000000", model)
    registry.register(one.version, one.folder)
    assert code_of(registry.register, other.version, other.folder) == "registry/other-run"
    assert registry.versions(model) == [one.version]


def test_what_is_not_signed_as_the_record_says_is_not_registered(registry, model, key, tmp_path):
    made = example(tmp_path / "made", key, run_of(1), model)
    (made.folder / "signature.json").write_text("{}")
    assert code_of(registry.register, made.version, made.folder) == "registry/incomplete"
    (made.folder / "signature.json").unlink()
    assert code_of(registry.register, made.version, made.folder) == "registry/incomplete"
    assert registry.versions(model) == []


@pytest.mark.parametrize("name", ["../churn", "a/b", "", "A", "x' or name='y", "churn\n"])
def test_a_name_that_is_none_is_not_asked_for(registry, name):
    assert code_of(registry.versions, name) == "registry/name"
    assert code_of(registry.find, "churn", name) == "registry/name"


def test_what_is_not_there_is_not_fetched(registry, model, tmp_path):
    assert code_of(registry.fetch, model, "r0123456789", tmp_path / "into") == "registry/missing"
    assert not (tmp_path / "into").exists()


def test_a_store_that_ignores_conditions_is_no_registry(model, key, tmp_path):
    """As a server that speaks S3 and knows no If-None-Match: each writer would be the first."""

    class Careless(LocalStore):
        def put_new(self, name, data):
            self.put(name, BytesIO(data))
            return True

    registry = DirectoryRegistry(Store("file:///registry", Careless(tmp_path / "registry")))
    made = example(tmp_path / "made", key, run_of(1), model)
    assert code_of(registry.register, made.version, made.folder) == "registry/not-conditional"
    assert registry.versions(model) == []


def forked(work) -> int:
    """The exit code of a process of its own; what it does to this one's modules stays its own."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 1
    try:
        work()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def killed_at(number: int, kind: str, after: bool) -> None:
    """End this process at its n-th change of the world: a system call or a request, before it or after."""
    left = number

    def counted(real, changes):
        def call(*arguments, **named):
            nonlocal left
            if not changes(*arguments, **named):
                return real(*arguments, **named)
            left -= 1
            if left == 0 and not after:
                os._exit(KILLED)
            try:
                return real(*arguments, **named)
            finally:
                if left == 0:
                    os._exit(KILLED)

        return call

    if kind == "mlflow":
        requests = counted(mlflow_rest.Rest._open, lambda self, request: request.get_method() != "GET")
        mlflow_rest.Rest._open = requests
        return
    os.open = counted(os.open, lambda path, flags, *rest, **named: flags & os.O_CREAT)
    for name in ("mkdir", "fsync", "rename", "link", "unlink", "rmdir"):
        setattr(os, name, counted(getattr(os, name), lambda *arguments, **named: True))


@BETWEEN_PROCESSES
@pytest.mark.parametrize("after", [False, True])
def test_killed_at_each_write_a_version_is_whole_or_absent(registry, kind, model, key, tmp_path, after):
    outcomes = []
    for number in range(1, MOST_WRITES):
        made = example(tmp_path / f"made{number}", key, run_of(number), model)

        def work(made=made, number=number):
            killed_at(number, kind, after)
            registry.register(made.version, made.folder)

        code = forked(work)
        assert code in (0, KILLED)
        there = registry.find(model, made.version.version)
        assert [one for one in registry.versions(model) if one.run == made.version.run] == ([there] if there else [])
        if there:
            assert there == made.version
            assert_whole(registry, made, there, tmp_path / f"killed{number}")
        outcomes.append((code, there is not None))
        again = example(tmp_path / f"again{number}", key, run_of(number), model)
        stands = registry.register(again.version, again.folder)
        assert stands == (made.version if there else again.version)
        assert_whole(registry, made, stands, tmp_path / f"whole{number}")
        if code == 0:
            break
    assert code == 0, "it never came to an end"
    assert outcomes[0] == (KILLED, False)
    assert outcomes[-1] == (0, True)
    committed = [there for _, there in outcomes]
    assert committed == sorted(committed), "once it is there, it is there"
    assert len(outcomes) > (30 if kind == "directory" else 12)


@BETWEEN_PROCESSES
def test_two_processes_that_register_one_run_at_once_make_one_version(registry, kind, model, key, tmp_path):
    won = set()
    for number in range(30 if kind == "directory" else 6):
        made = [example(tmp_path / f"{number}-{side}", key, run_of(number), model) for side in "ab"]
        start = time.monotonic() + 0.05
        results = tmp_path / f"results{number}"
        results.mkdir()
        children = []
        for side, one in zip("ab", made, strict=True):
            child = os.fork()
            if child == 0:
                _register_and_exit(registry, one, start, results / side)
            children.append(child)
        assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0, 0]
        told = {(results / side).read_text() for side in "ab"}
        stands = registry.find(model, made[0].version.version)
        assert told == {stands.signature.digest}
        won.add(next(side for side, one in zip("ab", made, strict=True) if one.version == stands))
        assert [one for one in registry.versions(model) if one.run == stands.run] == [stands]
        assert_whole(registry, made[0], stands, tmp_path / f"into{number}")
    assert won <= {"a", "b"}


def _register_and_exit(registry, made, start: float, result: Path) -> None:
    code = 1
    try:
        while time.monotonic() < start:
            pass
        result.write_text(registry.register(made.version, made.folder).signature.digest)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)
