"""`python -m mlgitops.runtime.evaluate.child`: a custom predictor, asked once, with features alone.

stdin has a line of JSON (artifact, predictor, code) and an Arrow stream of the features; stdout gets one JSON object,
`{"answers": […]}` or `{"problem": [code, message, hint]}`. What the predictor prints goes to stderr.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from mlgitops.contract.parts import Predictor
from mlgitops.problem import RunProblem


def main() -> None:
    """Load, ask, answer."""
    output = os.dup(1)
    os.dup2(2, 1)
    try:
        told: dict[str, object] = {"answers": _answers()}
        text = json.dumps(told)
    except RunProblem as problem:
        text = json.dumps({"problem": [problem.code, problem.message, problem.hint]})
    except Exception as error:
        message = f"the predictor must answer, got {type(error).__name__}: {str(error)[:500]}"
        text = json.dumps({"problem": ["predictor/failed", message, "try it with `mlgitops score`"]})
    with os.fdopen(output, "wb") as stream:
        stream.write(text.encode())


def _answers() -> list[object]:
    import pyarrow

    from mlgitops.runtime.evaluate.asking import answers_of
    from mlgitops.runtime.predict import load_model

    header = json.loads(sys.stdin.buffer.readline())
    features = pyarrow.ipc.open_stream(sys.stdin.buffer).read_all()
    sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115  (for as long as the process lives)
    predictor = Predictor.model_validate(header["predictor"])
    model = load_model(Path(header["artifact"]), predictor, Path(header["code"]))
    return list(answers_of(model, features))


if __name__ == "__main__":
    main()
