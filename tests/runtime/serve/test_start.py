"""What a replica does before and beside answering, without Ray."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from subprocess import run
from typing import Any

import pytest

from mlgitops.problem import RunProblem
from mlgitops.runtime.serve.deployment import MOST_READ, Predictor, config_of, read_body
from mlgitops.runtime.serve.refusal import Refusal
from mlgitops.runtime.watch import log
from tests.registry.examples import new_key
from tests.runtime.serve.served import RECORD, ask, content
from tests.runtime.serve.versions import config_of as serve_config
from tests.runtime.serve.versions import registered


class Sent:
    """A request whose body comes in parts; notes how much of it was read."""

    def __init__(self, part: bytes, parts: int, **headers: str) -> None:
        self.part, self.parts, self.headers, self.read = part, parts, headers, 0

    async def stream(self) -> AsyncIterator[bytes]:
        for _ in range(self.parts):
            self.read += len(self.part)
            yield self.part


def body_of(sent: Any) -> bytes:
    return asyncio.run(read_body(sent))


def test_a_body_is_read_as_far_as_it_may_be() -> None:
    assert body_of(Sent(b"ab", 3)) == b"ababab"
    assert body_of(Sent(b"", 0)) == b""
    assert len(body_of(Sent(b"x" * 1_000_000, 10))) == 10_000_000
    larger = Sent(b"x" * 1_000_000, 11)
    with pytest.raises(Refusal) as caught:
        body_of(larger)
    assert (caught.value.status, larger.read) == (413, 11_000_000)
    endless = Sent(b"x" * 1_000_000, 10_000)
    with pytest.raises(Refusal, match="at most 10000000 bytes"):
        body_of(endless)
    assert endless.read == MOST_READ + 1_000_000


def test_an_encoded_body_is_refused() -> None:
    sent = Sent(b"ab", 1)
    sent.headers = {"content-encoding": "gzip"}
    with pytest.raises(Refusal) as caught:
        body_of(sent)
    assert (caught.value.status, sent.read) == (415, 0)


def test_args_of_another_contract_are_refused(tmp_path: Path) -> None:
    args = json.loads(serve_config(tmp_path, registered(tmp_path, new_key(tmp_path), 1)).model_dump_json())
    assert config_of(args).model == "churn"
    with pytest.raises(RunProblem, match="must be of contract 1, got '2'"):
        config_of({**args, "contract": 2})
    with pytest.raises(RunProblem, match="contract/invalid"):
        config_of({**args, "surprise": True})


def test_a_refused_version_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLGITOPS_METRICS_PORT", "0")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "private"))
    (tmp_path / "private").mkdir()
    example = registered(tmp_path, new_key(tmp_path), 1)
    other = example.artifact.model_copy(update={"digest": "sha256:" + "0" * 64})
    config = serve_config(tmp_path, example).model_copy(update={"artifact": other})
    with pytest.raises(RunProblem, match=r"signed by ml-platform.*must be sha256:0000.*, got sha256:"):
        Predictor(config.model_dump_json())
    assert not [path for path in (tmp_path / "private").rglob("*") if path.is_file()]


def test_with_its_registry_its_disk_and_its_storage_gone_a_replica_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLGITOPS_METRICS_PORT", "0")
    monkeypatch.setattr(log, "FLUSH_SECONDS", 0.02)
    monkeypatch.setattr(log, "RETRY_SECONDS", 0.001)
    example = registered(tmp_path, new_key(tmp_path), 1)
    predictor = Predictor(serve_config(tmp_path, example, predictions=f"file://{tmp_path}/log").model_dump_json())
    try:
        before = content(ask(predictor.handler, "/predict", RECORD))["prediction"]
        shutil.rmtree(tmp_path / "registry")
        shutil.rmtree(predictor.private)
        replace_with_file(tmp_path / "log")
        end = time.monotonic() + 30
        while not lost(predictor) and time.monotonic() < end:
            predictor.check_health()
            reply = ask(predictor.handler, "/predict", RECORD)
            assert (reply.status, content(reply)["prediction"]) == (200, before)
            assert ask(predictor.handler, "/readyz").status == 200
        assert lost(predictor) > 0
    finally:
        predictor.handler.close()


def replace_with_file(folder: Path) -> None:
    """Put a file where a folder is, which somebody may make again meanwhile: then once more."""
    while not folder.is_file():
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(IsADirectoryError):
            folder.write_text("no folder, and none can be made here")


def lost(predictor: Predictor) -> float:
    """Predictions that were not stored because the storage took none."""
    lines = predictor.handler.watch.page.text().splitlines()
    return next(float(line.split()[-1]) for line in lines if 'reason="storage"' in line)


def test_the_application_s_module_is_cheap_to_import() -> None:
    code = "import sys, mlgitops.runtime.serve; print({'ray', 'numpy', 'pydantic', 'starlette'} & set(sys.modules))"
    found = run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"
