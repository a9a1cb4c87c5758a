"""What people and other programs read: the card, the pictures; and what a custom predictor's process may do."""

from __future__ import annotations

import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from mlgitops.contract.parts import Predictor
from mlgitops.problem import RunProblem
from mlgitops.runtime.evaluate.asking import ask_child, read_answers
from mlgitops.runtime.evaluate.card import Measured, card_text, code
from mlgitops.runtime.evaluate.pictures import confusion_matrix, residuals
from mlgitops.spec.documents.model import Feature
from tests.runtime.evaluate.world import ROOT, World, custom

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "<script>alert(1)</script> [x](javascript:1) @growth `a|b` ![i](http://example.com/i) \n# Title"


def texts(picture: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(picture).iter(f"{SVG}text")]


def test_a_confusion_matrix_has_the_counts() -> None:
    picture = confusion_matrix(np.array([0, 0, 1, 1, 1]), np.array([0, 1, 1, 1, 0]), ["no", "yes"])
    assert picture is not None
    assert texts(picture) == ["predicted", "true", "no", "no", "yes", "yes", "1", "1", "1", "2"]
    boxes = [box.get("fill") for box in ElementTree.fromstring(picture).iter(f"{SVG}rect")]
    assert boxes[1:] == ["rgb(144,178,214)", "rgb(144,178,214)", "rgb(181,204,227)", "rgb(107,153,200)"]
    assert confusion_matrix(np.array([0]), np.array([0]), list(range(31))) is None


def test_names_in_pictures_are_text() -> None:
    picture = confusion_matrix(np.array([0, 1]), np.array([0, 1]), [HOSTILE, "\x00\u202eb&c"])
    assert picture is not None
    assert "<script" not in picture
    assert texts(picture)[2:6] == ["<script>ale…"] * 2 + ["??b&c"] * 2


def test_residuals_are_drawn_where_they_are() -> None:
    """Predicted 0, 5, 10; true 1, 5, 8: from 70 to 620 across; up, from 1 at 30 to -2 at 350."""
    picture = residuals(np.array([1.0, 5.0, 8.0]), np.array([0.0, 5.0, 10.0]))
    points = [(point.get("cx"), point.get("cy")) for point in ElementTree.fromstring(picture).iter(f"{SVG}circle")]
    assert points == [("70.0", "30.0"), ("345.0", "136.7"), ("620.0", "350.0")]
    across, up = ["0", "2", "4", "6", "8", "10"], ["-2", "-1.5", "-1", "-0.5", "0", "0.5", "1"]
    assert texts(picture) == [*across, *up, "predicted", "true less predicted"]
    constant = residuals(np.array([2.0, 2.0]), np.array([2.0, 2.0]))
    assert len(list(ElementTree.fromstring(constant).iter(f"{SVG}circle"))) == 2


def test_a_code_span_holds_everything() -> None:
    assert code(HOSTILE) == (
        "`<script>alert(1)</script> [x](javascript:1) @growth 'a\\|b' ![i](http://example.com/i) ?# Title`"
    )
    assert code(None) == code("") == "–"
    assert code("x" * 400) == "`" + "x" * 299 + "…`"
    assert code("\\|") == "`/\\|`"


def test_a_strangers_names_stay_in_code_spans(tmp_path: Path) -> None:
    from mlgitops.contract.evaluation import Evaluation, Failure

    world = World(tmp_path, "churn", "regression", "sklearn", metrics=[{"name": "mae", "max": 3}])
    world.data("a,target\n1,2\n", "a,target\n1,2\n")
    evaluation = Evaluation(
        contract=1,
        model="churn",
        run="sha256:" + "1" * 64,
        environment="dev",
        verdict="rejected",
        artifactDigest="sha256:" + "2" * 64,
        holdout=world.configuration().holdoutIdentity,
        data=world.configuration().data,
        rows=3,
        overlap=0,
        scores=[],
        failures=[Failure(code="predictor/failed", message=HOSTILE)],
        startedAt="2026-11-21T10:00:00Z",
        finishedAt="2026-11-21T10:00:00Z",
    )
    name = HOSTILE.replace("\n", " ")
    inputs = [Feature(name=name, type="string", values=[HOSTILE, "b"])]
    card = card_text(world.configuration(), evaluation, Measured(inputs, 1, 0, HOSTILE, []))
    outside = "".join(card.split("`")[::2])
    for part in ("<script", "@growth", "](", "http:"):
        assert part not in outside
    assert card.count("\n# ") == 0
    assert "Nothing could be measured." in card
    assert f"| {code(name)} | string | {code(HOSTILE)}, `b` | no |" in card


@pytest.fixture
def artifact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(tmp_path, "churn", "binaryClassification", "torch")
    world.data("a,target\n1,0\n2,1\n", "a,target\n3,1\n")
    monkeypatch.setenv("MLGITOPS_CODE", str(world.code))
    return world


ANSWER = "class Answer:\n    def __init__(self, artifact): pass\n    def predict(self, rows):\n        {}\n"
FEATURES = pa.table({"a": [1, 2, 3]})


def test_a_predictor_that_never_answers_is_ended(artifact: World) -> None:
    custom(artifact, ANSWER.format("import time; time.sleep(600)"), classes=[0, 1])
    started = time.monotonic()
    with pytest.raises(RunProblem) as caught:
        ask_child(artifact.artifact, Predictor(entrypoint="answer:Answer"), FEATURES, 4)
    assert caught.value.code == "predictor/timeout"
    assert caught.value.message == "the custom predictor must answer 3 rows within 4 s, got none"
    assert time.monotonic() - started < 30


def test_raw_values_reach_a_custom_predictor(artifact: World) -> None:
    """Where an input is text, it is asked with lists of raw values."""
    artifact.data("a,b,target\n1,x,0\n2,y,1\n", "a,b,target\n3,x,1\n")
    custom(
        artifact,
        ANSWER.format("return [{'label': 0, 'probability': 0.5, 'seen': repr(row)} for row in rows]"),
        classes=[0, 1],
    )
    features = pa.table({"b": ["x", None], "a": pa.array([None, 2], pa.int64())})
    answers = ask_child(artifact.artifact, Predictor(entrypoint="answer:Answer"), features, 60)
    assert [answer["seen"] for answer in answers] == ["[None, 'x']", "[2, None]"]


@pytest.mark.parametrize(
    "output",
    [b"", b"[]", b"{}", b'{"answers": 3}', b'{"answers": [1]}', b"\xff", b'{"problem": [1, 2, 3]}', b"[" * 100_000],
)
def test_what_a_process_wrote_is_data(output: bytes) -> None:
    with pytest.raises(RunProblem) as caught:
        read_answers(output)
    assert caught.value.code == "predictor/answer"


def test_a_process_cannot_pass_its_problem_off_as_the_worlds() -> None:
    with pytest.raises(RunProblem) as caught:
        read_answers(b'{"problem": ["store/failed", "the store is down", "try again"]}')
    assert (caught.value.code, caught.value.exit_code) == ("predictor/failed", 1)


def test_importing_is_cheap() -> None:
    heavy = ["jinja2", "pyarrow", "sklearn", "onnxruntime", "xgboost", "lightgbm", "torch", "fsspec"]
    modules = "mlgitops.runtime.data, mlgitops.runtime.evaluate.job, mlgitops.runtime.evaluate.child"
    source = f"import sys, {modules}; print([name for name in {heavy!r} if name in sys.modules])"
    done: Any = subprocess.run([sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


PROBE = (
    "for f in environ mem; do head -c1 /proc/$PPID/$f >/dev/null 2>&1 && echo $f; done; ls /proc/$PPID/fd 2>/dev/null"
)
HIDE = f"""
import ctypes, os, sys
from mlgitops.programs import process
from mlgitops.runtime.evaluate.asking import hide_from_children
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
    ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
for hide in (lambda: None, hide_from_children):
    hide()
    done = process.run(["/bin/sh", "-c", {PROBE!r}], cwd="/", env=process.environment(), timeout=60, allowed=range(3))
    sys.stdout.write(repr(done.stdout.decode().split()[:1]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc, and what hides it")
def test_a_process_of_the_same_user_cannot_look_into_the_job() -> None:
    """First without hiding: this sees that there is something to hide."""
    done = subprocess.run([sys.executable, "-c", HIDE], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "['environ'][]"
