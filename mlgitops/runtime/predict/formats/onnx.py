"""ONNX graphs, by onnxruntime: on a GPU where there is one and a CUDA build, else on the CPU."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlgitops.contract.artifact import ArtifactDescription
from mlgitops.problem import RunProblem

if TYPE_CHECKING:
    from mlgitops.runtime.matrix import Matrix
    from mlgitops.runtime.predict.scorer import Scores

PROVIDERS = ("CUDAExecutionProvider", "CPUExecutionProvider")
THREADS = "OMP_NUM_THREADS"
"""Environment variable; Ray sets it to a replica's CPUs."""
MOST_RANKS = 2


class OnnxScorer:
    """A session, the name of its one input, and the output that the task is about."""

    def __init__(self, session: Any, task: str) -> None:
        self.session, self.task = session, task
        self.input = _input_name(session)
        self.output = _output_name(session, task)

    def scores(self, matrix: Matrix) -> Scores:
        found: Scores = self.session.run([self.output], {self.input: matrix})[0]
        if self.task == "anomalyDetection":
            # scikit-learn's scores: the smaller the odder, below 0 an anomaly.
            found = -found
        return found[:, 0] if found.ndim == MOST_RANKS and found.shape[1] == 1 else found


def load(file: Path, description: ArtifactDescription) -> OnnxScorer:
    """Raises RunProblem `artifact/unreadable`, `artifact/outputs`."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    # Never onnxruntime's own format, whose buffers it maps without looking.
    options.add_session_config_entry("session.load_model_format", "ONNX")
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if THREADS in os.environ:
        # A replica's share of the machine, where onnxruntime would take a thread for each of its cores.
        options.intra_op_num_threads = int(os.environ[THREADS])
    providers = [name for name in PROVIDERS if name in onnxruntime.get_available_providers()]
    try:
        session = onnxruntime.InferenceSession(str(file), options, providers=providers)
    except Exception as error:
        reason = str(error).splitlines()[0][:300] if str(error) else type(error).__name__
        message = f"{file.name} must be an ONNX graph that onnxruntime {onnxruntime.__version__} runs, got: {reason}"
        raise RunProblem("artifact/unreadable", message, "export it again, with an opset that it supports") from None
    return OnnxScorer(session, description.task)


def _input_name(session: Any) -> str:
    inputs = session.get_inputs()
    if len(inputs) != 1 or inputs[0].type != "tensor(float)":
        found = ", ".join(f"{value.name}: {value.type}" for value in inputs)[:200] or "none"
        message = f"the graph must have one input, tensor(float) of a row a record, got {found}"
        raise RunProblem("artifact/outputs", message, "export it over one float32 matrix")
    return str(inputs[0].name)


def _output_name(session: Any, task: str) -> str:
    """Probabilities of a classifier, scores of a detector, labels of a clustering, else the first number."""
    outputs: dict[str, str] = {value.name: value.type for value in session.get_outputs()}
    wanted = {"clustering": "label", "anomalyDetection": "scores"}.get(task, "probabilities")
    if wanted in outputs and outputs[wanted].startswith("tensor("):
        return wanted
    kind = "tensor(int64)" if task == "clustering" else "tensor(float)"
    matching = [name for name, found in outputs.items() if found == kind]
    if len(matching) != 1:
        found = ", ".join(f"{name}: {type_}" for name, type_ in outputs.items())[:200]
        message = f"the graph must have one output {kind}, or one of them named {wanted!r}, got {found}"
        raise RunProblem(
            "artifact/outputs", message, "export a classifier with zipmap off, ending with its probabilities"
        )
    return matching[0]
