"""What people write without mlgitops: the same booster behind plain Ray Serve, and behind plain uvicorn.

No check of a field, no id, no version, no watching: what is left is the cost of the servers themselves.
"""

from __future__ import annotations

import json
import os
from typing import Any

FIELDS = 30
FOLDER_VARIABLE = "BENCH_BOOSTER"


def booster() -> Any:
    import xgboost

    found = xgboost.Booster()
    found.load_model(os.environ[FOLDER_VARIABLE])
    return found


def answer(model: Any, record: dict[str, float]) -> dict[str, object]:
    import numpy as np

    probability = float(model.inplace_predict(np.array([list(record.values())], np.float32))[0])
    return {"label": int(probability > 0.5), "probability": probability}


class Plain:
    """A deployment as Ray's documentation writes one."""

    def __init__(self) -> None:
        self.model = booster()

    async def __call__(self, request: Any) -> dict[str, object]:
        return answer(self.model, await request.json())


def app(args: dict[str, Any]) -> Any:
    from ray import serve

    return serve.deployment(Plain).options(**args.get("options", {})).bind()


class Asgi:
    """The same without a framework."""

    def __init__(self) -> None:
        self.model: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        self.model = self.model or booster()
        body = b""
        while True:
            part = await receive()
            body += part.get("body", b"")
            if not part.get("more_body"):
                break
        content = json.dumps(answer(self.model, json.loads(body))).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(content)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})


asgi = Asgi()
