"""`data pin`: digests computed and written, nothing else touched."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from mlgitops.errors import MlgitopsError
from mlgitops.files.data_digest import data_digest
from mlgitops.files.write import write_text
from mlgitops.spec.edit import with_values
from mlgitops.spec.reader import Document, read
from tests.cli.conftest import Answer, Call

SPEC = """\
# a model
kind: Model
spec:
  data:
    # where it comes from
    - name: customers   # the name
      uri: "s3://features/customers/v7.csv" # v7
      role: training
    - {name: holdout, uri: 's3://holdout/v3.csv', digest: sha256:0, role: validation}   # held out
"""


@pytest.fixture
def spec(repository: Path) -> Path:
    (repository / "specs" / "churn").mkdir(parents=True)
    path = repository / "specs" / "churn" / "model.yaml"
    path.write_text(SPEC)
    return path


def sha(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def test_a_block_gets_new_lines_and_keeps_its_comments(call: Call, spec: Path, tmp_path: Path) -> None:
    (tmp_path / "copy.csv").write_bytes(b"a,b\n")
    answer = call("data", "pin", "churn", "customers", "--from", str(tmp_path / "copy.csv"), "--version", "v7")
    assert answer == Answer(0, f"customers: version v7, digest {sha(b'a,b' + bytes([10]))}\n", "")
    assert spec.read_text() == SPEC.replace(
        "# v7\n", f"# v7\n      digest: {sha(b'a,b' + bytes([10]))}\n      version: v7\n"
    )


def test_a_flow_mapping_stays_on_its_line(call: Call, spec: Path, tmp_path: Path) -> None:
    (tmp_path / "copy.csv").write_bytes(b"x")
    call("data", "pin", "churn", "holdout", "--from", str(tmp_path / "copy.csv"), "--uri", "s3://holdout/v4.csv")
    assert spec.read_text() == SPEC.replace(
        "'s3://holdout/v3.csv', digest: sha256:0", f"s3://holdout/v4.csv, digest: {sha(b'x')}"
    )


def test_lines_that_end_as_on_windows_stay_so(call: Call, spec: Path, tmp_path: Path) -> None:
    (tmp_path / "copy.csv").write_bytes(b"x")
    spec.write_bytes(SPEC.replace("\n", "\r\n").encode())
    call("data", "pin", "churn", "customers", "--from", str(tmp_path / "copy.csv"))
    expected = SPEC.replace("# v7\n", f"# v7\n      digest: {sha(b'x')}\n").replace("\n", "\r\n")
    assert spec.read_bytes() == expected.encode()


def test_pinning_twice_changes_nothing(call: Call, spec: Path, tmp_path: Path) -> None:
    (tmp_path / "copy.csv").write_bytes(b"x")
    words = ("data", "pin", "churn", "holdout", "--from", str(tmp_path / "copy.csv"))
    call(*words)
    before = spec.read_text(), spec.stat().st_mtime_ns
    assert call(*words).out == f"holdout: unchanged, {sha(b'x')}\n"
    assert (spec.read_text(), spec.stat().st_mtime_ns) == before


def test_local_data_needs_no_copy(call: Call, spec: Path, tmp_path: Path) -> None:
    (tmp_path / "my data.csv").write_bytes(b"1")
    spec.write_text(f"spec:\n  data:\n    - name: a\n      uri: file://{tmp_path}/my%20data.csv\n")
    assert call("data", "pin", "churn").out == f"a: digest {sha(b'1')}\n"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["nobody"], "there is no model 'nobody'; known: churn\n"),
        (["../churn"], "there is no model '../churn'; known: churn\n"),
        (["churn", "nothing"], "churn has no such data set; its data: customers, holdout\n"),
        (
            ["churn", "--from", "x"],
            "--from, --version and --uri are about one data set; name one of customers, holdout\n",
        ),
        (
            ["churn", "customers", "--from", "/nowhere/at/all"],
            "/nowhere/at/all is no file and no folder\n  hint: name the data, or a copy of it, with --from\n",
        ),
        (
            ["churn", "customers"],
            "the bytes of customers are at s3://features/customers/v7.csv, where mlgitops does not read\n"
            "  hint: download them, then: mlgitops data pin churn customers --from PATH\n",
        ),
    ],
)
def test_mistakes(call: Call, spec: Path, words: list[str], says: str) -> None:
    assert call("data", "pin", *words) == Answer(2, "", f"mlgitops: {says}")
    assert spec.read_text() == SPEC


VERSIONED = """\
kind: Model
spec:
  data:
    - {name: a, uri: "s3://features/v7/v7.csv", version: v7}
    - {name: b, uri: "s3://features/latest.csv", version: v7}
    - {name: c, uri: "s3://features/v70.csv"}
"""


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            ["a", "--version", "v8"],
            "--version v8 would leave the uri s3://features/v7/v7.csv, which names v7\n"
            "  hint: say where the new version is, such as --uri s3://features/v8/v8.csv\n",
        ),
        (
            ["a", "--uri", "s3://features/v8.csv"],
            "--uri s3://features/v8.csv would leave the version v7, which only the old uri names\n"
            "  hint: say which version it is, with --version\n",
        ),
    ],
)
def test_a_version_and_its_uri_go_together(call: Call, spec: Path, tmp_path: Path, words: list[str], says: str) -> None:
    (tmp_path / "copy.csv").write_bytes(b"x")
    spec.write_text(VERSIONED)
    assert call("data", "pin", "churn", *words, "--from", str(tmp_path / "copy.csv")) == Answer(
        2, "", f"mlgitops: {says}"
    )
    assert spec.read_text() == VERSIONED


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            ["a", "--version", "v8", "--uri", "s3://f/v8.csv"],
            "{name: a, uri: s3://f/v8.csv, digest: DIGEST, version: v8}",
        ),
        (["a", "--version", "v7"], '{name: a, uri: "s3://features/v7/v7.csv", digest: DIGEST, version: v7}'),
        (["a", "--uri", "s3://moved/v7.csv"], "{name: a, uri: s3://moved/v7.csv, digest: DIGEST, version: v7}"),
        (["b", "--version", "v8"], '{name: b, uri: "s3://features/latest.csv", digest: DIGEST, version: v8}'),
        (["c", "--version", "v8"], '{name: c, uri: "s3://features/v70.csv", digest: DIGEST, version: v8}'),
    ],
)
def test_what_goes_together(call: Call, spec: Path, tmp_path: Path, words: list[str], line: str) -> None:
    (tmp_path / "copy.csv").write_bytes(b"x")
    spec.write_text(VERSIONED)
    answer = call("data", "pin", "churn", *words, "--from", str(tmp_path / "copy.csv"))
    assert (answer.code, answer.err) == (0, "")
    assert f"    - {line.replace('DIGEST', sha(b'x'))}\n" in spec.read_text()


def test_the_bytes_of_a_new_local_uri_are_its_own(call: Call, spec: Path, tmp_path: Path) -> None:
    for name in ("old", "new"):
        (tmp_path / name).write_bytes(name.encode())
    spec.write_text(f"spec:\n  data:\n    - name: a\n      uri: file://{tmp_path}/old\n")
    uri = f"file://{tmp_path}/new"
    assert call("data", "pin", "churn", "a", "--uri", uri).out == f"a: uri {uri}, digest {sha(b'new')}\n"


def test_a_folder_has_one_digest_wherever_it_lies(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name / "part").mkdir(parents=True)
        for file in ("b.csv", "a.csv", "part/c.csv") if name == "one" else ("part/c.csv", "a.csv", "b.csv"):
            (tmp_path / name / file).write_text(file)
    listed = "".join(f"{hashlib.sha256(n.encode()).hexdigest()}  {n}\n" for n in ("a.csv", "b.csv", "part/c.csv"))
    assert data_digest(str(tmp_path / "one")) == data_digest(str(tmp_path / "two")) == sha(listed.encode())
    (tmp_path / "two" / "d.csv").touch()
    assert data_digest(str(tmp_path / "one")) != data_digest(str(tmp_path / "two"))


def test_what_has_no_digest(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(MlgitopsError, match="holds no file"):
        data_digest(str(tmp_path / "empty"))
    (tmp_path / "empty" / "link").symlink_to("/etc/hostname")
    with pytest.raises(MlgitopsError, match="link is a symbolic link"):
        data_digest(str(tmp_path / "empty"))
    with pytest.raises(MlgitopsError, match="is no file and no folder"):
        data_digest(str(tmp_path / "none"))


def document(text: str) -> Document:
    found = read(text, "model.yaml")
    assert isinstance(found, Document)
    return found


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("a: {uri: x}\n", "a: {uri: x, digest: new}\n"),
        ("a: {uri: x, digest: old, z: 1}\n", "a: {uri: x, digest: new, z: 1}\n"),
        ('a: {digest: "o, }ld", uri: x}\n', "a: {digest: new, uri: x}\n"),
        ("a:\n  uri: x", "a:\n  uri: x\n  digest: new\n"),
        ("a:\n  digest: old # why\n  uri: x\n", "a:\n  digest: new # why\n  uri: x\n"),
        ("a:\n    uri: 'it''s'   # c\n\nb: 1\n", "a:\n    uri: 'it''s'   # c\n    digest: new\n\nb: 1\n"),
    ],
)
def test_edits(text: str, result: str) -> None:
    assert with_values(document(text), {("a", "digest"): "new"}, after="uri") == result


@pytest.mark.parametrize("value", ["true", "1", "a b", "x: y", "#", "é", "a'b\"", "null", ""])
def test_any_text_is_written_as_that_text(value: str) -> None:
    after = document(with_values(document("a: {uri: x}\n"), {("a", "digest"): value}, after="uri"))
    assert after.data == {"a": {"uri": "x", "digest": value}}


def test_what_cannot_be_edited_safely_is_refused() -> None:
    with pytest.raises(MlgitopsError, match=r"model.yaml is written in a way that cannot be edited safely: a.digest"):
        with_values(document("a:\n  uri: >\n    folded\n    text\n"), {("a", "digest"): "new"}, after="uri")


def test_a_file_is_replaced_in_one_step(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("old")
    file.chmod(0o600)
    write_text(file, "new\r\n")
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"new\r\n", 0o600)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    (tmp_path / "link").symlink_to(file)
    with pytest.raises(MlgitopsError, match="link is a symbolic link"):
        write_text(tmp_path / "link", "x")
    with pytest.raises(MlgitopsError, match="cannot write b: No such file or directory"):
        write_text(tmp_path / "none" / "b", "x")


@pytest.mark.parametrize("uri", ["nonsense", "", "file://[x", "s3://a b", "S3://a", "s3://a\t"])
def test_what_is_no_uri_is_not_written(call: Call, spec: Path, tmp_path: Path, uri: str) -> None:
    (tmp_path / "copy.csv").write_bytes(b"x")
    more = ("--from", str(tmp_path / "copy.csv"), "--version", "v8", f"--uri={uri}")
    answer = call("data", "pin", "churn", "customers", *more)
    said = f"mlgitops: --uri must be a URI with its scheme, got {uri!r}\n  hint: write it like s3://features/customers/v7\n"
    assert answer == Answer(2, "", said)
    assert spec.read_text() == SPEC


def test_a_uri_of_the_spec_that_is_none(call: Call, spec: Path) -> None:
    spec.write_text(SPEC.replace("s3://features/customers/v7.csv", "file://[x"))
    answer = call("data", "pin", "churn", "customers")
    said = "mlgitops: the uri of customers must be a URI with its scheme, got 'file://[x'\n"
    assert answer == Answer(2, "", said + "  hint: write it like s3://features/customers/v7\n")
