"""What an artifact may hold: four formats, told by content; a pickle never, whatever its name."""

from __future__ import annotations

import json
import pickletools
import struct

import pytest

from mlgitops.contract.run import RunInputs
from mlgitops.problem import RunProblem
from mlgitops.registry.folders import local_entries
from mlgitops.runtime.sign.contents import BEGINNINGS, check_contents
from tests.runtime.sign.world import DESCRIPTION, INPUTS

MODEL = {"onnx": "model.onnx", "safetensors": "model.safetensors", "xgboost": "model.ubj", "lightgbm": "model.txt"}


def safetensors(spans=((0, 4), (4, 12)), data=12):
    header = {str(number): {"dtype": "U8", "shape": [1], "data_offsets": span} for number, span in enumerate(spans)}
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + b"\0" * data


GOOD = {
    "onnx": b"\x08\x07\x12\x00",
    "safetensors": safetensors(),
    "xgboost": b"{L\x00\x00",
    "lightgbm": b"tree\nversion=v4\n",
}
RUNS_TOUCH = {
    # pickle.dumps of an object whose __reduce__ is (os.system, ("touch canary",)), by protocol.
    "protocol 0": b"cposix\nsystem\np0\n(Vtouch canary\np1\ntp2\nRp3\n.",
    "protocol 2": b"\x80\x02cposix\nsystem\nq\x00X\x0c\x00\x00\x00touch canaryq\x01\x85q\x02Rq\x03.",
    "protocol 4": b"\x80\x04\x95\x28\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x0c"
    b"touch canary\x94\x85\x94R\x94.",
    "torch.save": b"PK\x03\x04\x00\x00",
}


@pytest.fixture
def artifact(tmp_path):
    def made(kind, files=None, **description):
        folder = tmp_path / "artifact"
        folder.mkdir(exist_ok=True)
        said = {**DESCRIPTION, "format": kind, **description}
        for name, data in {
            "mlgitops.json": json.dumps(said).encode(),
            MODEL[kind]: GOOD[kind],
            **(files or {}),
        }.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
        return folder

    return made


def check(folder):
    return check_contents(folder, [entry.path for entry in local_entries(folder)], RunInputs(**INPUTS))


def refused(folder):
    with pytest.raises(RunProblem) as caught:
        check(folder)
    return caught.value.code


@pytest.mark.parametrize("kind", MODEL)
def test_each_format_is_taken(artifact, kind):
    assert check(artifact(kind)).format == kind
    assert check(artifact(kind, {"vocabulary.json": b'{"a": 1}'})).format == kind


@pytest.mark.parametrize("kind", MODEL)
@pytest.mark.parametrize("pickled", RUNS_TOUCH)
def test_a_pickle_is_refused_whatever_its_name(artifact, kind, pickled):
    # Protocol 0 is text: it is told by not being what it should be.
    code = "sign/content" if pickled == "protocol 0" else "sign/pickle"
    assert refused(artifact(kind, {MODEL[kind]: RUNS_TOUCH[pickled]})) == code
    assert refused(artifact(kind, {"vocabulary.json": RUNS_TOUCH[pickled], MODEL[kind]: GOOD[kind]})) == code
    assert refused(artifact(kind, {"mlgitops.json": RUNS_TOUCH[pickled]})) == "sign/description"


@pytest.mark.parametrize("name", ["model.pkl", "model.pt", "notes.md", "run.sh", "deep/config.json", "other.onnx"])
def test_other_files_are_refused(artifact, name):
    assert refused(artifact("lightgbm", {name: b"{}"})) == "sign/extra-file"


def test_no_pickle_starts_as_a_model_does():
    """By Python's own list of what a pickle can start with; `(`-less operations need a stack that is empty here."""
    operations = {operation.code.encode("latin-1"): operation for operation in pickletools.opcodes}
    for beginning in BEGINNINGS.values():
        operation = operations.get(beginning[:1])
        assert operation is None or operation.stack_before, "it would run"


@pytest.mark.parametrize(
    "model",
    [
        b"",
        b"\xff" * 8,
        safetensors(data=13),
        safetensors(data=11),
        safetensors(spans=()),
        safetensors(spans=((0, 4), (5, 12))),
        safetensors(spans=((0, 8), (4, 12))),
        struct.pack("<Q", 2) + b"[]",
        struct.pack("<Q", 9) + b'{"a": {}}',
        struct.pack("<Q", 30_000) + b"[" * 30_000,
    ],
)
def test_safetensors_are_whole(artifact, model):
    assert refused(artifact("safetensors", {"model.safetensors": model})) == "sign/content"


def test_a_description_of_something_else_is_refused(artifact, tmp_path):
    assert refused(artifact("xgboost", model="other")) == "sign/description"
    assert refused(artifact("xgboost", framework="sklearn")) == "sign/description"
    assert refused(artifact("xgboost", task="regression")) == "sign/description"
    assert refused(artifact("xgboost", unknown=1)) == "sign/description"
    folder = artifact("xgboost", {"mlgitops.json": b" " * 1_100_000})
    assert refused(folder) == "sign/description"
    (folder / "mlgitops.json").unlink()
    assert refused(folder) == "sign/description"


def test_a_model_of_another_format_is_none(artifact):
    folder = artifact("xgboost", format="onnx")
    assert refused(folder) == "sign/no-model"
