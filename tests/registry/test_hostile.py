"""Versions that somebody altered who may write to the registry: none is accepted, and nothing in them ever runs."""

from __future__ import annotations

import json
import random
import shutil
import uuid
from pathlib import Path

import pytest

from mlgitops.contract.registered import version_name
from mlgitops.problem import RunProblem
from mlgitops.registry.directory import DirectoryRegistry
from mlgitops.registry.opened import open_registry
from mlgitops.registry.stores import Store
from mlgitops.registry.verified import fetched_artifact, verified_artifact
from tests.registry.examples import DIGEST, example, new_key, run_of, signed_again

FLIPS = 1000
SEED = 20261121


class World:
    """A version in a registry, and the folder that it is served from."""

    def __init__(self, folder: Path, key) -> None:
        self.folder = folder
        self.registry = open_registry("directory", (folder / "registry").as_uri())
        self.made = example(folder / "made", key, run_of(1))
        self.version = self.registry.register(self.made.version, self.made.folder)
        self.place = folder / "registry" / "churn" / self.version.version
        self.attempt = next(path for path in self.place.iterdir() if path.is_dir())
        self.signed = self.attempt / "signed"

    def load(self, model="churn", artifact=None, signature=None):
        """The artifact's path; whatever becomes of it, what is refused is not left behind."""
        into = self.folder / "into" / uuid.uuid4().hex
        try:
            return verified_artifact(
                self.registry, model, artifact or self.made.artifact, signature or self.made.signature, into
            )
        except RunProblem:
            assert not into.exists()
            raise

    def refused(self, **named):
        with pytest.raises(RunProblem) as caught:
            self.load(**named)
        return caught.value.code, caught.value.message


@pytest.fixture
def world(tmp_path, key):
    return World(tmp_path, key)


def test_a_version_as_it_was_signed_is_loaded(world):
    artifact = world.load()
    assert sorted(path.name for path in artifact.iterdir()) == ["mlgitops.json", "model.onnx"]


def test_a_thousand_flipped_bits_are_all_seen(world):
    """In each file in turn; `version.json` may say what it likes, as long as nothing wrong is loaded."""
    chance = random.Random(SEED)
    files = sorted(path for path in world.place.rglob("*") if path.is_file())
    assert [path.name for path in files if path.parent != world.place] == [
        *("signature.json", "mlgitops.json", "model.onnx", "card.md", "evaluation.json", "manifest.json")
    ]
    good = (world.signed / "artifact" / "model.onnx").read_bytes()
    accepted, told = [], []
    for number in range(FLIPS):
        path = files[number % len(files)]
        whole = path.read_bytes()
        place = chance.randrange(len(whole))
        flipped = bytearray(whole)
        flipped[place] ^= 1 << chance.randrange(8)
        path.write_bytes(flipped)
        try:
            artifact = world.load()
        except RunProblem as problem:
            told.append((path.name, problem.message))
        else:
            accepted.append(path.name)
            assert (artifact / "model.onnx").read_bytes() == good
            shutil.rmtree(artifact.parents[1])
        path.write_bytes(whole)
    assert [one for one in told if one[0] not in one[1]] == []
    assert set(accepted) <= {"version.json"}, "nothing of it is believed but which attempt stands"
    world.load()


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("artifact/model.onnx", "artifact/size"),
        ("artifact/mlgitops.json", "artifact/size"),
        ("card.md", "artifact/size"),
        ("evaluation.json", "artifact/size"),
        ("manifest.json", "artifact/manifest"),
    ],
)
@pytest.mark.parametrize("length", [0, 5])
def test_truncated(world, name, code, length):
    path = world.signed / name
    path.write_bytes(path.read_bytes()[:length])
    got, message = world.refused()
    assert got == code
    assert name in message
    assert "signed by ml-platform" in message


def test_a_message_names_the_file_what_was_expected_and_got_and_the_signer(world):
    path = world.signed / "artifact" / "model.onnx"
    path.write_bytes(path.read_bytes().replace(b"weights", b"hostile"))
    expected = next(
        entry["sha256"]
        for entry in json.loads((world.signed / "manifest.json").read_text())["files"]
        if entry["path"] == "artifact/model.onnx"
    )
    code, message = world.refused()
    assert code == "artifact/digest"
    # sha256sum of 50 times `hostile`.
    got = "e258bccb23b16af81d56a2256e17c4a780cd7faeee35320711fa221e957af295"
    assert message == (
        f"churn {world.version.version}, signed by ml-platform: artifact/model.onnx must be of sha256:{expected} "
        f"as manifest.json says, got sha256:{got}"
    )


def test_two_files_swapped(world):
    one, other = world.signed / "card.md", world.signed / "evaluation.json"
    texts = one.read_bytes(), other.read_bytes()
    one.write_bytes(texts[1])
    other.write_bytes(texts[0])
    assert world.refused()[0] in ("artifact/size", "artifact/digest")


@pytest.mark.parametrize("name", ["artifact/model.pkl", "artifact/predictor.py", "extra.json", "deep/down/x"])
def test_an_extra_file(world, name):
    (world.signed / name).parent.mkdir(parents=True, exist_ok=True)
    (world.signed / name).write_bytes(b"x")
    code, message = world.refused()
    assert (code, name in message) == ("artifact/extra", True)


@pytest.mark.parametrize("name", ["artifact/.git", ".gitignore", "artifact/a b"])
def test_an_extra_file_that_a_signature_passes_over(world, name):
    (world.signed / name).write_bytes(b"x")
    assert world.refused()[0] == "store/name"


@pytest.mark.parametrize("name", ["artifact/model.onnx", "card.md", "manifest.json"])
def test_a_missing_file(world, name):
    (world.signed / name).unlink()
    code, message = world.refused()
    assert code in ("artifact/missing", "artifact/manifest")
    assert name in message


@pytest.mark.parametrize("name", ["artifact/model.onnx", "card.md", "manifest.json"])
def test_a_link_even_to_the_same_bytes(world, tmp_path, name):
    (world.signed / name).rename(tmp_path / "elsewhere")
    (world.signed / name).symlink_to(tmp_path / "elsewhere")
    assert world.refused()[0] == "store/link"


def test_a_linked_folder(world, tmp_path):
    shutil.move(world.signed / "artifact", tmp_path / "elsewhere")
    (world.signed / "artifact").symlink_to(tmp_path / "elsewhere")
    assert world.refused()[0] == "store/link"


def test_an_older_version_under_the_new_name(world, key, tmp_path):
    """Everything of the older one is as it was signed; only the name is another."""
    newer = example(tmp_path / "newer", key, run_of(2))
    world.registry.register(newer.version, newer.folder)
    (attempt,) = [path for path in (world.place.parent / newer.version.version).iterdir() if path.is_dir()]
    shutil.rmtree(attempt)
    shutil.copytree(world.attempt, attempt)
    expected = "signature/other"
    assert world.refused(artifact=newer.artifact, signature=newer.signature)[0] == expected
    # Even where Git names the older one's signature and digest by mistake, the manifest names another version.
    artifact = world.made.artifact.model_copy(update={"version": newer.version.version})
    code, message = world.refused(artifact=artifact, signature=world.made.signature)
    assert code == "artifact/other"
    assert f"must be {newer.version.version}, got {world.version.version}" in message


def test_another_models_version(world, key, tmp_path):
    other = example(tmp_path / "other", key, run_of(1), "fraud")
    world.registry.register(other.version, other.folder)
    shutil.rmtree(world.folder / "registry" / "fraud" / other.version.version)
    shutil.copytree(world.place, world.folder / "registry" / "fraud" / other.version.version)
    code, message = world.refused(model="fraud")
    assert code == "registry/damaged"
    record = world.folder / "registry" / "fraud" / other.version.version / "version.json"
    record.write_text(record.read_text().replace('"churn"', '"fraud"'))
    code, message = world.refused(model="fraud")
    assert code == "artifact/other"
    assert "the model must be fraud, got churn" in message


def test_another_signer(world, tmp_path):
    """Somebody with a key of his own signs the same files, and hostile ones."""
    stranger = new_key(tmp_path, "stranger.pem")
    again = signed_again(world.attempt, stranger, run_of(1))
    assert world.refused()[0] == "signature/other"
    signature = world.made.signature.model_copy(update={"digest": again.version.signature.digest})
    code, message = world.refused(signature=signature)
    assert code == "signature/invalid"
    assert "signed by ml-platform" in message


def test_a_signature_of_something_else_by_the_same_signer(world, key, tmp_path):
    other = example(tmp_path / "other", key, run_of(3), weights=b"others")
    shutil.copy(other.folder / "signature.json", world.attempt / "signature.json")
    signature = world.made.signature.model_copy(update={"digest": other.version.signature.digest})
    assert world.refused(signature=signature)[0] == "signature/invalid"


def test_what_the_signer_signed_is_not_what_git_names(world, key, tmp_path):
    """The signer's key is right, and reviewed Git names another artifact."""
    artifact = world.made.artifact.model_copy(update={"digest": DIGEST})
    code, message = world.refused(artifact=artifact)
    assert code == "artifact/other"
    assert f"the artifact's digest must be {DIGEST}, got {world.version.artifactDigest}" in message


def test_without_a_public_key_nothing_is_loaded(world):
    code, _ = world.refused(signature=world.made.signature.model_copy(update={"publicKey": None}))
    assert code == "signature/no-key"


def test_a_version_of_new_behaviour_has_the_artifact_of_the_one_it_was_trained_as(world):
    artifact = world.made.artifact.model_copy(update={"version": "v2", "trainedAs": world.version.version})
    assert world.load(artifact=artifact).is_dir()
    assert world.refused(artifact=artifact.model_copy(update={"trainedAs": "v1"}))[0] == "registry/missing"


def test_a_name_of_another_run_within_what_is_signed(world, key, tmp_path):
    """A manifest whose run does not make its version's name, by the right signer: what no sign Job would sign."""
    signed = world.signed
    manifest = json.loads((signed / "manifest.json").read_text())
    manifest["run"] = run_of(9)
    (signed / "manifest.json").write_text(json.dumps(manifest))
    from mlgitops.registry.signing import sign
    from tests.registry.examples import digest_of

    sign(signed, key.private, world.attempt / "signature.json")
    signature = world.made.signature.model_copy(update={"digest": digest_of(world.attempt / "signature.json")})
    code, message = world.refused(signature=signature)
    assert code == "artifact/other"
    assert version_name(run_of(9)) in message


def test_a_pickle_in_the_folder_never_runs(world, tmp_path):
    """As an extra file, as the model, as each record: reading them is all that happens."""
    canary = tmp_path / "canary"
    # pickle.dumps of an object that is os.system("touch …") when it is loaded, protocol 0.
    pickled = f"cposix\nsystem\np0\n(Vtouch {canary}\np1\ntp2\nRp3\n.".encode()
    for path in [*world.place.rglob("*.*"), world.signed / "artifact" / "model.pkl"]:
        before = path.read_bytes() if path.is_file() else None
        if path.is_dir():
            continue
        path.write_bytes(pickled)
        with pytest.raises(RunProblem):
            world.load()
        if before is None:
            path.unlink()
        else:
            path.write_bytes(before)
    world.load()
    assert not canary.exists()


def test_the_canary_would_sing(tmp_path):
    """The pickle above does run where somebody loads it."""
    import subprocess
    import sys

    canary = tmp_path / "canary"
    pickled = f"cposix\nsystem\np0\n(Vtouch {canary}\np1\ntp2\nRp3\n.".encode()
    script = f"import pickle; pickle.loads({pickled!r})"
    subprocess.run([sys.executable, "-c", script], check=True)
    assert canary.exists()


def test_the_copy_is_what_is_verified(world, monkeypatch):
    """Whoever changes the registry after the copy was made changes nothing that is loaded."""
    real = DirectoryRegistry.fetch

    def fetched(self, model, version, into):
        real(self, model, version, into)
        for path in world.place.rglob("*"):
            if path.is_file():
                path.write_bytes(b"hostile")

    monkeypatch.setattr(DirectoryRegistry, "fetch", fetched)
    artifact = world.load()
    assert b"hostile" not in (artifact / "model.onnx").read_bytes()
    assert not any(path.is_symlink() for path in artifact.parents[1].rglob("*"))


def test_the_same_by_digest_alone(world, tmp_path):
    into = tmp_path / "baseline"
    assert (fetched_artifact(world.registry, "churn", world.made.artifact, into) / "model.onnx").is_file()
    path = world.signed / "artifact" / "model.onnx"
    path.write_bytes(path.read_bytes() + b"1")
    with pytest.raises(RunProblem) as caught:
        fetched_artifact(world.registry, "churn", world.made.artifact, tmp_path / "other")
    assert caught.value.code == "artifact/other"
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"contract": 1}', "[" * 50_000, '{"contract": 1, "model": "fraud"}']
)
def test_a_damaged_record_names_its_file(world, text):
    (world.place / "version.json").write_text(text)
    for call in (
        lambda: world.registry.versions("churn"),
        lambda: world.registry.find("churn", world.version.version),
        world.load,
    ):
        with pytest.raises(RunProblem) as caught:
            call()
        assert caught.value.code == "registry/damaged"
        assert f"churn/{world.version.version}/version.json" in caught.value.message


def test_a_record_of_a_later_contract_is_told_as_such(world):
    path = world.place / "version.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "contract": 2}))
    with pytest.raises(RunProblem) as caught:
        world.registry.versions("churn")
    assert caught.value.code == "contract/other-version"


def test_a_registry_that_never_ends_is_bounded(world, tmp_path):
    from mlgitops.registry.stores import Limits

    small = DirectoryRegistry(Store((world.folder / "registry").as_uri()), Limits(files=3))
    with pytest.raises(RunProblem) as caught:
        small.fetch("churn", world.version.version, tmp_path / "into")
    assert caught.value.code == "store/too-many"
