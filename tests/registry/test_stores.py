"""Stores: whole files, names that stay inside, links never followed, problems told."""

from __future__ import annotations

import errno
import os
import resource
import signal
import socket
import threading
import traceback
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mlgitops.problem import RunProblem
from mlgitops.registry import object_store
from mlgitops.registry.stores import Limits, Store


@pytest.fixture(params=["file", "memory"])
def store(request, tmp_path):
    if request.param == "memory":
        return Store(f"memory://{uuid.uuid4().hex}/staging")
    return Store((tmp_path / "store").as_uri())


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "store"


@pytest.fixture
def local(folder):
    return Store(folder.as_uri())


def refused(call, *arguments, **named):
    with pytest.raises(RunProblem) as caught:
        call(*arguments, **named)
    return caught.value.code, caught.value.exit_code


def test_what_is_written_is_read(store):
    assert store.read("churn/run.json") is None
    store.write("churn/run.json", b"one")
    store.write("churn/run.json", b"other")
    assert store.read("churn/run.json") == b"other"
    assert store.names() == store.names("churn") == ["churn/run.json"]
    assert store.folders() == ["churn"]
    assert store.folders("churn") == store.names("none") == store.folders("none") == []


def test_a_new_file_is_the_first_ones(store):
    assert store.write_new("a/version.json", b"first") is True
    assert store.write_new("a/version.json", b"second") is False
    assert store.read("a/version.json") == b"first"
    assert store.names() == ["a/version.json"]


def test_of_many_writers_at_once_one_is_the_first(store):
    together = threading.Barrier(16)

    def write(number):
        together.wait()
        return store.write_new("version.json", b"%d" % number)

    with ThreadPoolExecutor(16) as pool:
        first = [number for number, won in enumerate(pool.map(write, range(16))) if won]
    assert len(first) == 1
    assert store.read("version.json") == b"%d" % first[0]


def test_a_folder_goes_up_and_comes_down(store, tmp_path):
    (tmp_path / "up" / "deep").mkdir(parents=True)
    (tmp_path / "up" / "model.onnx").write_bytes(b"1" * 3_000_000)
    (tmp_path / "up" / "deep" / "card.md").write_text("card")
    store.upload(tmp_path / "up", "churn/artifact")
    store.write("churn/artifacts/other", b"not below it")
    down = tmp_path / "down"
    assert store.download("churn/artifact", down) == ["deep/card.md", "model.onnx"]
    assert (down / "model.onnx").read_bytes() == b"1" * 3_000_000
    assert (down / "deep" / "card.md").read_text() == "card"
    assert down.stat().st_mode & 0o777 == 0o700
    assert (down / "deep").stat().st_mode & 0o777 == 0o700
    assert (down / "model.onnx").stat().st_mode & 0o777 == 0o600
    store.remove_folder("churn/artifact")
    store.remove_folder("churn/artifact")
    assert store.names() == ["churn/artifacts/other"]


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../a", "a/../b", "/etc/passwd", "a//b", "a/", "a\nb", "a\\b", "a\x00", "x" * 1001]
)
def test_no_name_leaves_the_store(store, name):
    for call in (store.read, lambda name: store.write(name, b""), lambda name: store.write_new(name, b"")):
        assert refused(call, name) == ("store/name", 1)


@pytest.mark.parametrize("name", [".hidden", "a b", "deep/.git/config", "ümlaut", "x" * 101])
def test_a_name_that_is_not_plain_is_not_downloaded(store, tmp_path, name):
    store.write(f"churn/artifact/{name}", b"1")
    assert refused(store.download, "churn/artifact", tmp_path / "down") == ("store/name", 1)
    assert not (tmp_path / "down").exists()


def test_downloads_are_bounded(store, tmp_path):
    for name in "abc":
        store.write(f"many/{name}", b"12345")
    down = tmp_path / "down"
    assert refused(store.download, "many", down, Limits(files=2)) == ("store/too-many", 1)
    assert refused(store.download, "many", down, Limits(size=14)) == ("store/too-large", 1)
    assert refused(store.download, "none", down) == ("store/missing", 1)
    assert refused(store.copy, "many/a", tmp_path / "one", 4) == ("store/too-large", 1)
    assert refused(store.copy, "many/none", tmp_path / "one") == ("store/missing", 1)
    assert refused(store.read, "many/a", 4) == ("store/too-large", 1)
    assert not down.exists()
    assert not (tmp_path / "one").exists()
    assert store.download("many", down, Limits(files=3, size=15)) == ["a", "b", "c"]
    assert store.copy("many/a", tmp_path / "one", 5) == 5


def test_a_file_that_grows_while_it_is_copied_is_bounded(local, folder, tmp_path, monkeypatch):
    local.write("many/a", b"12345")
    backend = local._backend
    real = backend.files

    def smaller(prefix):
        return [found._replace(size=1) for found in real(prefix)]

    monkeypatch.setattr(backend, "files", smaller)
    assert refused(local.download, "many", tmp_path / "down", Limits(size=4)) == ("store/too-large", 1)
    assert not (tmp_path / "down").exists()


def test_a_download_never_writes_over_what_is_there(store, tmp_path):
    store.write("a/b", b"1")
    (tmp_path / "down").mkdir()
    assert refused(store.download, "a", tmp_path / "down") == ("store/failed", 3)
    assert list((tmp_path / "down").iterdir()) == []


def test_links_are_not_followed(local, folder, tmp_path):
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "run.json").write_text("the key")
    (folder / "churn").mkdir(parents=True)
    (folder / "churn" / "run.json").symlink_to(secret / "run.json")
    (folder / "linked").symlink_to(secret)
    (folder / "dangling").symlink_to(tmp_path / "none")
    assert refused(local.read, "churn/run.json") == ("store/link", 1)
    assert refused(local.read, "linked/run.json") == ("store/link", 1)
    assert refused(local.read, "dangling") == ("store/link", 1)
    assert refused(local.write, "linked/run.json", b"mine") == ("store/link", 1)
    assert refused(local.names, "churn") == ("store/link", 1)
    assert refused(local.names, "linked") == ("store/link", 1)
    assert refused(local.download, "churn", tmp_path / "down") == ("store/link", 1)
    assert local.folders() == ["churn"]
    assert (secret / "run.json").read_text() == "the key"
    local.write("churn/run.json", b"mine")  # the link itself is replaced
    assert local.read("churn/run.json") == b"mine"
    assert (secret / "run.json").read_text() == "the key"
    local.remove_folder("churn")
    assert refused(local.remove_folder, "linked") == ("store/failed", 3)
    assert (secret / "run.json").exists()


def test_what_is_no_plain_file_is_refused(local, folder, tmp_path):
    folder.mkdir()
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / "socket"))
        for name in ("pipe", "socket"):
            with pytest.raises(RunProblem) as caught:
                local.read(name)
            assert caught.value.code in ("store/link", "store/failed")
    (folder / "folder").mkdir()
    assert refused(local.read, "folder") == ("store/link", 1)
    assert refused(local.names) == ("store/link", 1)


@pytest.mark.parametrize(
    ("number", "code"), [(errno.ENOSPC, "store/full"), (errno.EDQUOT, "store/full"), (errno.EIO, "store/failed")]
)
@pytest.mark.parametrize("call", ["fsync", "rename", "link"])
def test_a_full_disk_leaves_what_was_there(local, folder, monkeypatch, number, code, call):
    local.write("run.json", b"old")

    def full(*arguments, **named):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, call, full)
    if call != "link":
        assert refused(local.write, "run.json", b"new") == (code, 3)
    if call != "rename":
        assert refused(local.write_new, "new.json", b"new") == (code, 3)
    monkeypatch.undo()
    assert [path.name for path in folder.iterdir()] == ["run.json"]
    assert local.read("run.json") == b"old"


def test_a_volume_without_hard_links_is_refused(local, folder, monkeypatch):
    def none(*arguments, **named):
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", none)
    assert refused(local.write_new, "version.json", b"1") == ("store/no-links", 3)
    assert list(folder.iterdir()) == []


def test_no_permission(local, folder, monkeypatch):
    local.write("run.json", b"1")
    real = os.open

    def denied(path, *arguments, **named):
        if path == "run.json" or str(path).startswith(".run.json"):
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(path, *arguments, **named)

    monkeypatch.setattr(os, "open", denied)
    assert refused(local.read, "run.json") == ("store/permission", 3)
    assert refused(local.write, "run.json", b"2") == ("store/permission", 3)


def test_what_a_killed_writer_left_is_in_no_listing(local, folder):
    local.write("a/run.json", b"1")
    (folder / "a" / ".run.json.0123.new").write_bytes(b"half")
    assert local.names() == ["a/run.json"]
    local.remove_folder("a")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        ("ftp://host/a", "store/protocol"),
        ("/a/folder", "store/protocol"),
        ("file://host/a", "store/uri"),
        ("file:a", "store/uri"),
        ("http://[bad/a", "store/uri"),
    ],
)
def test_a_uri_that_is_no_store(uri, code):
    assert refused(Store, uri) == (code, 1)


def test_a_missing_library_is_named(monkeypatch):
    def missing(*arguments, **named):
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr("fsspec.filesystem", missing)
    with pytest.raises(RunProblem) as caught:
        Store("s3://bucket/staging")
    assert str(caught.value) == (
        "error[store/library]: s3:// needs the Python package s3fs, got an image without it\n"
        "hint: add s3fs to the image: pip install s3fs"
    )


class Broken:
    """A file system whose every call fails as a client library would."""

    def __init__(self, error):
        self.error = error

    def __getattr__(self, name):
        def fail(*arguments, **named):
            raise self.error

        return fail


class ClientError(Exception):
    """botocore's errors are no OSError."""


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ClientError("no route to host"), "store/failed"),
        (PermissionError("Access Denied"), "store/permission"),
        (OSError(errno.ENOSPC, "No space left on device"), "store/full"),
        (TimeoutError("timed out"), "store/failed"),
        (InterruptedError("stopped"), "store/failed"),
    ],
)
def test_an_object_store_that_fails(monkeypatch, tmp_path, error, code):
    monkeypatch.setattr(object_store, "_file_system", lambda protocol: Broken(error))
    store = Store("s3://bucket/staging")
    (tmp_path / "up").mkdir()
    (tmp_path / "up" / "a").write_text("a")
    for call in (
        lambda: store.read("a"),
        lambda: store.write("a", b""),
        lambda: store.write_new("a", b""),
        store.names,
        store.folders,
        lambda: store.remove_folder("a"),
        lambda: store.upload(tmp_path / "up", "a"),
        lambda: store.download("a", tmp_path / "down"),
    ):
        assert refused(call) == (code, 3)
    assert not (tmp_path / "down").exists()


def test_a_bucket_that_is_not_there(monkeypatch):
    monkeypatch.setattr(object_store, "_file_system", lambda protocol: Broken(FileNotFoundError("NoSuchBucket")))
    store = Store("s3://none/staging")
    assert (store.read("a"), store.names(), store.folders()) == (None, [], [])
    assert refused(store.write, "a", b"") == refused(store.write_new, "a", b"") == ("store/failed", 3)


def test_a_disk_that_takes_no_more(tmp_path):
    """A limit of the kernel's on the size of files, in a process of its own: the write stops in the middle."""
    store = Store((tmp_path / "store").as_uri())
    store.write("run.json", b"old")
    (tmp_path / "up").mkdir()
    (tmp_path / "up" / "large").write_bytes(b"1" * 5000)
    Store((tmp_path / "far").as_uri()).upload(tmp_path / "up", "artifact")
    child = os.fork()
    if child == 0:
        code = 1
        try:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
            assert refused(store.write, "run.json", b"1" * 5000) == ("store/failed", 3)
            assert refused(store.write_new, "new.json", b"1" * 5000) == ("store/failed", 3)
            assert refused(store.upload, tmp_path / "up", "artifact") == ("store/failed", 3)
            far = Store((tmp_path / "far").as_uri())
            assert refused(far.download, "artifact", tmp_path / "down") == ("store/failed", 3)
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert store.names() == ["run.json"]
    assert [path.name for path in (tmp_path / "store").rglob("*") if path.is_file()] == ["run.json"]
    assert store.read("run.json") == b"old"
    assert not (tmp_path / "down").exists()


def test_a_store_at_a_path_with_a_space(tmp_path):
    Store((tmp_path / "a folder").as_uri()).write("b", b"1")
    assert Path(tmp_path / "a folder" / "b").read_bytes() == b"1"
