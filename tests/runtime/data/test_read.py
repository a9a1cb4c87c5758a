"""Data sets are read: what their tables are, and each way in which they are refused."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mlgitops.contract.parts import DataIdentity, DataLocation
from mlgitops.files.data_digest import data_digest
from mlgitops.problem import WORLD, RunProblem
from mlgitops.runtime.data import Data, read_table


def read(path: Path | str, digest: str | None = None, **location: Any) -> Data:
    uri = path if isinstance(path, str) else path.as_uri()
    where = DataLocation.model_validate({"name": "customers", "uri": uri, **location})
    return read_table(where, DataIdentity(name="customers", digest=digest))


def refused(path: Path | str, digest: str | None = None, **location: Any) -> RunProblem:
    with pytest.raises(RunProblem) as caught:
        read(path, digest, **location)
    return caught.value


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    path = tmp_path / "customers.csv"
    path.write_text(
        "id,age,income,member,since,plan,code\n"
        "1,31,1.5,true,2026-11-21,basic,007\n"
        "2,NA,2,False,2026-11-21T10:00:00+02:00,pro,012\n"
        "3,44,,TRUE,,N/A, x \n"
    )
    return path


def test_csv(csv: Path) -> None:
    data = read(csv)
    assert data.digest == data_digest(str(csv))
    assert data.rows == 3
    assert list(data.lines or ()) == [2, 3, 4]
    assert {field.name: str(field.type) for field in data.table.schema} == {
        "id": "int64",
        "age": "int64",
        "income": "float",
        "member": "bool",
        "since": "timestamp[us, tz=UTC]",
        "plan": "string",
        "code": "string",
    }
    assert data.table.to_pydict() == {
        "id": [1, 2, 3],
        "age": [31, None, 44],
        "income": [1.5, 2.0, None],
        "member": [True, False, True],
        "since": [datetime(2026, 11, 21, tzinfo=UTC), datetime(2026, 11, 21, 8, tzinfo=UTC), None],
        "plan": ["basic", "pro", None],
        "code": ["007", "012", " x "],
    }


def test_parquet(tmp_path: Path) -> None:
    path = tmp_path / "customers.parquet"
    table = pa.table(
        {
            "small": pa.array([1, None], pa.int8()),
            "large": pa.array([1, 2], pa.uint32()),
            "income": pa.array([float("nan"), 2.5], pa.float64()),
            "plan": pa.array(["pro", "basic"]).dictionary_encode(),
            "day": pa.array([datetime(2026, 11, 21).date(), None]),
            "moment": pa.array([datetime(2026, 11, 21, 1), None], pa.timestamp("ns")),
            "list": pa.array([[1], [2]]),
        }
    )
    pq.write_table(table, path)
    data = read(path)
    assert data.digest == data_digest(str(path))
    assert data.lines is None
    assert [str(field.type) for field in data.table.schema] == [
        "int32",
        "int64",
        "double",
        "string",
        "timestamp[us, tz=UTC]",
        "timestamp[us, tz=UTC]",
        "list<element: int64>",
    ]
    assert data.table.to_pydict() == {
        "small": [1, None],
        "large": [1, 2],
        "income": [None, 2.5],
        "plan": ["pro", "basic"],
        "day": [datetime(2026, 11, 21, tzinfo=UTC), None],
        "moment": [datetime(2026, 11, 21, 1, tzinfo=UTC), None],
        "list": [[1], [2]],
    }


def test_a_folder_is_read_in_the_order_of_its_names(tmp_path: Path) -> None:
    folder = tmp_path / "customers"
    (folder / "sub").mkdir(parents=True)
    (folder / "part-2.csv").write_text("a,b\n3,z\n")
    (folder / "part-1.csv").write_text("a,b\n1,x\n2,\n")
    (folder / "sub" / "part-0.csv").write_text("a,b\n4.5,y\n")
    (folder / "_SUCCESS").write_text("")
    data = read(folder)
    assert data.table.to_pydict() == {"a": [1.0, 2.0, 3.0, 4.5], "b": ["x", None, "z", "y"]}
    assert data.digest == data_digest(str(folder))
    assert data.lines is None
    assert read(folder, data.digest).rows == 4


def test_a_folder_of_parquet(tmp_path: Path) -> None:
    folder = tmp_path / "customers"
    folder.mkdir()
    pq.write_table(pa.table({"a": pa.array([1], pa.int32())}), folder / "0.parquet")
    pq.write_table(pa.table({"a": pa.array([2**40], pa.int64())}), folder / "1.parquet")
    assert read(folder).table.to_pydict() == {"a": [1, 2**40]}


def test_any_store_of_fsspec(csv: Path) -> None:
    store = fsspec.filesystem("memory")
    store.pipe("/data-store/customers.csv", csv.read_bytes())
    assert read("memory://data-store/customers.csv").table == read(csv).table
    store.rm("/data-store", recursive=True)


def test_another_file_instead_is_held_to_the_digest_too(csv: Path, tmp_path: Path) -> None:
    location = DataLocation(name="customers", uri="s3://nowhere/customers.parquet")
    assert read_table(location, None, str(csv)).rows == 3
    with pytest.raises(RunProblem) as caught:
        read_table(location, DataIdentity(name="customers", digest="sha256:" + "0" * 64), str(csv))
    assert caught.value.code == "data/digest"


def test_a_wrong_digest_says_both(csv: Path) -> None:
    expected = "sha256:" + "0" * 64
    got = "sha256:" + hashlib.sha256(csv.read_bytes()).hexdigest()
    problem = refused(csv, expected)
    assert problem.code == "data/digest"
    assert problem.message == f"customers must have digest {expected}, got {got}"


@pytest.mark.parametrize(
    ("content", "code", "message"),
    [
        (b"a,b\n1,2\n3\n", "data/unreadable", "expected 2 cells in every row, as the first line has, got 1 in line 3"),
        (b"a,a\n1,2\n", "data/unreadable", "the name of an earlier column in column 2"),
        (b"a,b\n1,\xff\n", "data/unreadable", "expected UTF-8, got the byte 0xFF in line 2"),
        (b'a,b\n1,"x"y\n', "data/unreadable", "in the row from line 2 on"),
        (b"a,b\n1,x\0\n", "data/unreadable", "zero byte in line 2"),
        (b"a,b\n1,x\ry\n", "data/unreadable", "carriage return within line 2"),
        (b"", "data/unreadable", "got an empty file"),
        (b"PAR1....", "data/unreadable", "expected CSV, got Parquet"),
        (b"a,b\n", "data/no-rows", "customers must have a row, got none"),
    ],
)
def test_bad_csv(tmp_path: Path, content: bytes, code: str, message: str) -> None:
    path = tmp_path / "customers.csv"
    path.write_bytes(content)
    problem = refused(path)
    assert problem.code == code
    assert message in problem.message


def test_bad_parquet(tmp_path: Path) -> None:
    path = tmp_path / "customers.parquet"
    path.write_bytes(b"PAR1 and then something else, PAR1")
    assert refused(path).code == "data/unreadable"
    pq.write_table(pa.table([pa.array([1]), pa.array([2])], names=["a", "a"]), path)
    assert refused(path).message == "customers must name each column once, got the name of an earlier one in column 2"
    pq.write_table(pa.table({"a": pa.array([], pa.int64())}), path)
    assert refused(path).code == "data/no-rows"


def test_folders_that_are_no_data(tmp_path: Path) -> None:
    folder = tmp_path / "customers"
    folder.mkdir()
    assert refused(folder).code == "data/empty-folder"
    (folder / "_SUCCESS").write_text("")
    assert refused(folder).code == "data/format"
    (folder / "one.csv").write_text("a\n1\n")
    (folder / "two.csv").write_text("b\n1\n")
    assert refused(folder).code == "data/columns-differ"
    pq.write_table(pa.table({"a": [1]}), folder / "two.csv")
    assert refused(folder).message.startswith("customers (two.csv): expected CSV, got Parquet")
    (folder / "two.csv").rename(folder / "two.parquet")
    assert refused(folder).message == "customers must hold files of one format, got CSV and Parquet"
    (folder / "two.parquet").unlink()
    (folder / "notes.md").write_text("x")
    assert "'notes.md'" in refused(folder).message
    (folder / "notes.md").unlink()
    (folder / "two.csv").symlink_to(folder / "one.csv")
    assert refused(folder).code == "data/link"


def test_what_is_not_there(tmp_path: Path) -> None:
    problem = refused(tmp_path / "gone.csv")
    assert problem.code == "data/missing"
    assert problem.message == f"customers must be at {(tmp_path / 'gone.csv').as_uri()}, got nothing there"
    assert refused("s3://bucket/customers.csv").code == "data/store"
    assert refused("unheardof://bucket/customers.csv").exit_code == WORLD


def test_a_password_in_a_uri_is_not_shown() -> None:
    message = refused("memory://user:secret@host/customers.csv").message
    assert message == "customers must be at memory://host/customers.csv, got nothing there"
