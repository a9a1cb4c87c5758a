"""Images without a container engine: what instructions mean, and that equal files give equal images."""

from __future__ import annotations

import hashlib
import json
import tarfile
from pathlib import Path

import container_image
import pytest
from container_image import Stage, expand, follow, of_program, pack, read_by, stages_of
from containerfile import instructions

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.mark.parametrize("name", ["ray", "platform"])
def test_our_containerfiles_are_understood(name: str) -> None:
    """Each instruction is one that is carried out, and the stages are those that are named."""
    steps = instructions((ROOT / "images" / name / "Containerfile").read_text())
    stages = list(stages_of(steps))
    assert [(of, alias) for of, alias, _ in stages] == [
        ("${BASE}", "base"),
        ("base", "packages"),
        ("packages", "build"),
        ("base", ""),
    ]
    words = {word for _, _, some in stages for word, _ in some}
    assert words <= {"ARG", "COPY", "ENV", "RUN", "USER", "WORKDIR"}


def test_variables_and_users_are_inherited() -> None:
    begun = Stage(Path("/"), "", {"PATH": "/usr/bin"})
    steps = [("ENV", 'PATH=/opt/bin:$PATH HOME="/tmp x"'), ("WORKDIR", "${PLACE}"), ("USER", "1000:1000")]
    ended = follow(begun, steps, {"PLACE": "/build"})
    assert ended.environment == {"PATH": "/opt/bin:/usr/bin", "HOME": "/tmp x"}
    assert (ended.folder, ended.user) == ("/build", "1000:1000")


def test_an_unknown_variable_is_an_error() -> None:
    assert expand("$A-${B}", {"A": "1", "B": "2"}) == "1-2"
    with pytest.raises(KeyError):
        expand("${C}", {})


def test_what_is_copied_decides() -> None:
    """An edit of what a stage copies makes it another stage; what running leaves beside it does not count."""
    one = read_by("COPY", "README.md LICENSE ./", {})
    assert one == read_by("COPY", "LICENSE README.md elsewhere/", {})
    assert one != read_by("COPY", "README.md ./", {})
    assert read_by("RUN", "README.md", {}) == ""
    build = Stage(Path("/"), "a key")
    assert read_by("COPY", "--from=build /opt /opt", {"build": build}) == "a key"
    assert not [path for path in container_image.context(ROOT / "mlgitops") if path.suffix == ".pyc"]


def archive(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as opened:
        return {member.name: opened.extractfile(member).read() for member in opened.getmembers()}  # type: ignore[union-attr]


def test_an_archive_is_one_that_containerd_reads(tmp_path: Path) -> None:
    """Every blob has the digest that it is named by, and the index leads to the files."""
    program = tmp_path / "pause"
    program.write_bytes(b"\x7fELF")
    program.chmod(0o755)
    image = of_program(program, "example.com/pause:1")
    files = archive(image.archive)
    for name, content in files.items():
        if name.startswith("blobs/"):
            assert name == f"blobs/sha256/{hashlib.sha256(content).hexdigest()}"
    [entry] = json.loads(files["index.json"])["manifests"]
    assert entry["annotations"]["io.containerd.image.name"] == "example.com/pause:1"
    assert entry["digest"] == image.digest
    manifest = json.loads(files[f"blobs/sha256/{image.digest.removeprefix('sha256:')}"])
    config = json.loads(files[f"blobs/sha256/{manifest['config']['digest'].removeprefix('sha256:')}"])
    assert config["config"]["Entrypoint"] == ["/pause"]
    [layer] = manifest["layers"]
    assert config["rootfs"]["diff_ids"] == [layer["digest"]]
    assert of_program(program, "example.com/pause:1") == image


def test_equal_files_give_equal_images(tmp_path: Path) -> None:
    digests = []
    for name in ("one", "other"):
        root = tmp_path / name
        (root / "etc").mkdir(parents=True)
        (root / "etc" / "hosts").write_text("127.0.0.1 localhost\n")
        pack(Stage(root, name, {"PATH": "/usr/bin"}), tmp_path / f"{name}.image", "example.com/x:1")
        digests.append((tmp_path / f"{name}.image" / "digest").read_text())
    assert digests[0] == digests[1]
