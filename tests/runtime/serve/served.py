"""A handler for an artifact, without a server around it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mlgitops.contract.parts import Predictor
from mlgitops.runtime.predict import load_model
from mlgitops.runtime.serve.asking import Asking
from mlgitops.runtime.serve.explaining import Explaining
from mlgitops.runtime.serve.handler import Handler, Served
from mlgitops.runtime.serve.reply import Reply
from mlgitops.runtime.serve.request import Request

SERVED = Served("churn", "r3f2a91bc4d", "sha256:" + "0" * 64)
RECORD = {"age": 41, "income": 52.5, "plan": "pro"}


class Notes:
    """Notes what a handler says of its answers."""

    def __init__(self) -> None:
        self.codes: list[str] = []
        self.observed: list[tuple[Any, dict[str, Sequence[object]], list[Any], list[Any]]] = []

    def answered(self, code: str, seconds: float) -> None:
        self.codes.append(code)

    def observe(
        self, matrix: Any, columns: Mapping[str, Sequence[object]], answers: Any, request_ids: Any = None
    ) -> None:
        self.observed.append((matrix, dict(columns), list(answers), list(request_ids)))

    def feedback(
        self, body: bytes, authorization: str | None, ask: Callable[[Any], Any] | None = None
    ) -> tuple[int, dict[str, object]]:
        assert ask is not None
        return 202, {"got": len(body), "authorization": authorization, "answers": ask(json.loads(body))}

    def close(self) -> None:
        pass


def handler_of(
    folder: Path, *, code: Path | None = None, entrypoint: str | None = None, explain: bool = False
) -> Handler:
    model = load_model(folder, Predictor(entrypoint=entrypoint), code)
    return Handler(SERVED, model, Notes(), Asking(model), Explaining(model, None) if explain else None)


def ask(handler: Handler, path: str, body: object = None, headers: Mapping[str, str] = {}, method: str = "") -> Reply:
    """The reply to a request; a body that is no bytes is sent as JSON."""
    content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    asked = Request(method or ("GET" if body is None else "POST"), path, headers, content)
    return asyncio.run(handler.reply(asked))


def content(reply: Reply) -> Any:
    return json.loads(reply.body)
