"""The code beside a spec: which of it runs where, and digests that nothing else has."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from mlgitops.programs.process import environment, require, run
from mlgitops.spec.code import Code, Role, code_of, digest_of, runs_in
from mlgitops.spec.digests import record_digest

FILES = {
    "train.py": "a\n",
    "train_data.py": "b\n",
    "train_words.txt": "c\n",
    "serve.py": "d\n",
    "serve_labels.json": "e\n",
    "features.py": "f\n",
    "trainer.py": "g\n",
    "server.py": "h\n",
}


@pytest.mark.parametrize(
    ("role", "names"),
    [
        ("train", ["features.py", "server.py", "train.py", "train_data.py", "train_words.txt", "trainer.py"]),
        ("serve", ["features.py", "serve.py", "serve_labels.json", "server.py", "trainer.py"]),
    ],
)
def test_the_code_of_a_role(role: Role, names: list[str]) -> None:
    code = code_of(FILES, role)
    assert list(code.files) == names
    assert dict(code.files) == {name: FILES[name] for name in names}
    assert code.digest == digest_of(code.files)
    assert [name for name in sorted(FILES) if runs_in(name, role)] == names


def test_an_edit_of_serving_starts_no_run() -> None:
    train, serve = code_of(FILES, "train"), code_of(FILES, "serve")
    edited = {**FILES, "serve.py": "other\n", "serve_new.py": "new\n"}
    assert code_of(edited, "train") == train
    assert code_of(edited, "serve").digest != serve.digest
    shared = {**FILES, "features.py": "other\n"}
    assert code_of(shared, "train").digest != train.digest
    assert code_of(shared, "serve").digest != serve.digest


def test_no_code_is_false() -> None:
    assert not code_of({}, "train")
    assert code_of({}, "train") == Code({}, "sha256:" + hashlib.sha256(b"").hexdigest())
    assert code_of(FILES, "train")


def test_a_digest_is_that_of_sha256sum(tmp_path: Path) -> None:
    """Anybody can compute it: `sha256sum -- * | sha256sum`, names in the order of their bytes."""
    files = {"train.py": "import torch\n", "a b.txt": "x", "ä.py": "ü\n"}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    names = sorted(files, key=str.encode)
    done = run([require("sha256sum"), "--", *names], cwd=tmp_path, env=environment(), timeout=10)
    assert digest_of(files) == "sha256:" + hashlib.sha256(done.stdout).hexdigest()


def test_bytes_and_text_have_one_digest() -> None:
    assert digest_of({"a": "ä\n"}) == digest_of({"a": "ä\n".encode()}) == record_digest({"a": "ä\n".encode()})


def test_the_order_of_files_does_not_matter() -> None:
    assert digest_of(FILES) == digest_of(dict(reversed(FILES.items())))


def test_no_name_passes_for_two_files() -> None:
    inner = hashlib.sha256(b"2").hexdigest()
    assert digest_of({"a": b"1", "b": b"2"}) != digest_of({f"a\n{inner}  b": b"1"})
    assert digest_of({"a\\nb": b""}) != digest_of({"a\nb": b""})


def test_a_name_that_is_no_text_has_a_digest() -> None:
    assert digest_of({"\udcff.py": b""}).startswith("sha256:")


def test_every_byte_counts() -> None:
    digests = {
        digest_of(files) for files in ({"a": "x"}, {"a": "x\n"}, {"b": "x"}, {"a": "", "b": "x"}, {"a": "X"}, {})
    }
    assert len(digests) == 6
