"""What a loop may leave to be served, and what it is told where it left something else."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save, save_file

from mlgitops.problem import RunProblem
from mlgitops.runtime.frameworks.left import left_in


def refusal(folder: Path) -> RunProblem:
    with pytest.raises(RunProblem) as refused:
        left_in(folder)
    return refused.value


def torch_archive() -> bytes:
    """As `torch.save` writes it: a zip of a pickle."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("archive/data.pkl", b"\x80\x02}q\x00.")
    return archive.getvalue()


def test_weights_and_json_become_the_artifact_and_what_is_resumed_from_stays(tmp_path: Path) -> None:
    save_file({"w": np.ones(3, np.float32)}, tmp_path / "model.safetensors")
    (tmp_path / "resume.pt").write_bytes(torch_archive())
    (tmp_path / "resume.json").write_text('{"epoch": 3}')
    (tmp_path / "vocabulary.json").write_text('["a"]')
    (tmp_path / "optimizer").mkdir()
    left = left_in(tmp_path)
    assert left.format == "safetensors"
    assert sorted(left.files) == ["model.safetensors", "vocabulary.json"]
    assert left.files["vocabulary.json"] == b'["a"]'


def test_a_loop_that_leaves_only_a_pt_is_told_what_to_add(tmp_path: Path) -> None:
    (tmp_path / "model.pt").write_bytes(torch_archive())
    problem = refusal(tmp_path)
    assert problem.code == "train/pickle"
    assert problem.message == (
        "the last checkpoint must hold model.onnx or model.safetensors or model.ubj or model.txt, got model.pt; "
        "pickles are never served"
    )
    assert problem.hint.splitlines()[1:] == [
        "    from safetensors.torch import save_file",
        '    save_file({k: v.contiguous().cpu() for k, v in model.state_dict().items()}, folder / "model.safetensors")',
        "    ray.train.report(metrics, checkpoint=Checkpoint.from_directory(folder))",
    ]


@pytest.mark.parametrize("name", ["model.safetensors", "model.onnx", "model.ubj", "model.txt"])
@pytest.mark.parametrize("content", [torch_archive(), b"\x80\x04\x95canary."], ids=["archive", "pickle"])
def test_a_pickle_by_another_name_is_refused(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    assert refusal(tmp_path).code == "train/pickle"


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({}, "train/no-model"),
        ({"notes.md": b"x"}, "train/no-model"),
        ({"model.onnx": b"\x08\x0a", "model.txt": b"tree\n"}, "train/two-models"),
        ({"model.onnx": b"<html>"}, "train/model-file"),
        ({"model.safetensors": b""}, "train/model-file"),
        ({"model.safetensors": b"\xff" * 8 + b"{}"}, "train/model-file"),
        ({"model.safetensors": b"\x04" + b"\0" * 7 + b"[[[["}, "train/model-file"),
        ({"model.txt": b"tree\n", "more.json": b"{"}, "train/model-file"),
        ({"model.txt": b"tree\n", "a b.json": b"{}"}, "train/model-file"),
    ],
)
def test_what_is_no_model_is_refused(files: dict[str, bytes], code: str, tmp_path: Path) -> None:
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    assert refusal(tmp_path).code == code


def test_a_link_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "model.txt").symlink_to("/etc/hostname")
    assert refusal(tmp_path).code == "train/no-model"


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_weights_that_are_not_finite_are_those_of_a_diverged_run(value: float, kind: type, tmp_path: Path) -> None:
    weights = np.zeros(100, kind)
    weights[7] = value
    (tmp_path / "model.safetensors").write_bytes(save({"ok": np.ones(2), "layer.weight": weights}))
    problem = refusal(tmp_path)
    assert problem.code == "train/diverged"
    assert "'layer.weight'" in problem.message


def test_bfloat16_is_read_for_that_too(tmp_path: Path) -> None:
    header = b'{"w":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}'
    for upper_half, fine in ((b"\x80\x3f", True), (b"\xc0\x7f", False)):  # 1 and NaN
        model = len(header).to_bytes(8, "little") + header + b"\x80\x3f" + upper_half
        (tmp_path / "model.safetensors").write_bytes(model)
        if fine:
            assert left_in(tmp_path).files == {"model.safetensors": model}
        else:
            assert refusal(tmp_path).code == "train/diverged"
