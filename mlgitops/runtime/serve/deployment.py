"""The one Ray Serve deployment: it fetches, verifies and loads a version when it starts, then answers with a `Handler`.

A version that is refused raises in the constructor. Ray Serve then keeps the replicas that it has
(`max_surge_percent: 100`: a new one must answer before an old one goes), and the problem's text, with the file, what
was expected and what was got, stands in the application's status.

No method calls another system once the constructor is done: a registry that is down takes no replica with it.
"""

from __future__ import annotations

import json
import logging
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlgitops.contract import places
from mlgitops.contract.profile import ReferenceProfile
from mlgitops.contract.reading import LARGEST, read_config
from mlgitops.contract.serve import ServeConfig
from mlgitops.runtime.predict import load_model
from mlgitops.runtime.serve.asking import Asking, Batches
from mlgitops.runtime.serve.bodies import LARGEST_BODY, too_large
from mlgitops.runtime.serve.explaining import Explaining
from mlgitops.runtime.serve.handler import Handler, Served
from mlgitops.runtime.serve.inference_grpc import Context, Inference
from mlgitops.runtime.serve.refusal import Refusal
from mlgitops.runtime.serve.reply import Reply
from mlgitops.runtime.serve.request import Request
from mlgitops.runtime.serve.request_id import HEADER
from mlgitops.spec.documents.types import seconds

if TYPE_CHECKING:
    from ray.serve import Application
    from starlette.requests import Request as HttpRequest
    from starlette.responses import Response

    from mlgitops.runtime.predict import Model

MOST_READ = 8 * LARGEST_BODY
"""Bytes of a body that are read though it is too large: its caller sends on, and would not see the answer before."""
PROFILE = "profile.json"
"""Beside the artifact, under the same signature."""

_log = logging.getLogger("mlgitops.serve")


def config_of(args: dict[str, Any]) -> ServeConfig:
    """The configuration in an application's `args`. Raises RunProblem `contract/…`."""
    return read_config(ServeConfig, json.dumps(args), "the application's args")


def application(config: ServeConfig) -> Application:
    """The application that serves a version; options are `serveConfigV2`'s, with what must never be otherwise."""
    from ray import serve

    deployment = serve.deployment(Predictor).options(name=places.SERVE_DEPLOYMENT, max_surge_percent=100)
    bound: Application = deployment.bind(config.model_dump_json())
    return bound


class Predictor:
    """A replica."""

    def __init__(self, config: str) -> None:
        """`config` is a `ServeConfig` as JSON. Raises RunProblem: `signature/…`, `artifact/…`, `predictor/…`."""
        self.config = read_config(ServeConfig, config, "the application's args")
        self.private = Path(tempfile.mkdtemp(prefix="mlgitops-"))
        try:
            folder = verified(self.config, self.private / "version")
            model = load_model(folder, self.config.predictor)
            self.handler = handler_of(self.config, model, read_profile(folder.parent))
        except BaseException:
            shutil.rmtree(self.private, ignore_errors=True)
            raise
        self.inference = Inference(self.handler)
        _log.info("serving %s %s: %s", *self.handler.served)

    async def __call__(self, request: HttpRequest) -> Response:
        try:
            body = await read_body(request)
        except Refusal as refusal:
            # What is left of the body nobody reads: the connection ends with the answer.
            reply = self.handler.refused(request.scope["path"], refusal, request.headers.get(HEADER))
            reply = _once(reply, request.headers.get(HEADER))
            return response_of(reply._replace(headers={**reply.headers, "connection": "close"}))
        path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
        reply = await self.handler.reply(Request(request.method, path, request.headers, body))
        return response_of(_once(reply, request.headers.get(HEADER)))

    async def ServerLive(self, request: bytes, grpc_context: Context) -> Any:  # noqa: N802
        return await self.inference.call("ServerLive", request, grpc_context)

    async def ServerReady(self, request: bytes, grpc_context: Context) -> Any:  # noqa: N802
        return await self.inference.call("ServerReady", request, grpc_context)

    async def ModelReady(self, request: bytes, grpc_context: Context) -> Any:  # noqa: N802
        return await self.inference.call("ModelReady", request, grpc_context)

    async def ServerMetadata(self, request: bytes, grpc_context: Context) -> Any:  # noqa: N802
        return await self.inference.call("ServerMetadata", request, grpc_context)

    async def ModelMetadata(self, request: bytes, grpc_context: Context) -> Any:  # noqa: N802
        return await self.inference.call("ModelMetadata", request, grpc_context)

    async def ModelInfer(self, request: bytes, grpc_context: Context) -> Any:  # noqa: N802
        return await self.inference.call("ModelInfer", request, grpc_context)

    def check_health(self) -> None:
        """Nothing outside of the process is asked: what is loaded stays loaded."""

    def __del__(self) -> None:
        handler = getattr(self, "handler", None)
        if handler is not None:
            handler.close()
            shutil.rmtree(self.private, ignore_errors=True)


def verified(config: ServeConfig, into: Path) -> Path:
    """The artifact's folder in a private copy of the version, verified there. Raises RunProblem."""
    from mlgitops.registry.opened import open_registry
    from mlgitops.registry.verified import verified_artifact

    registry = open_registry(config.registryKind, config.registry)
    return verified_artifact(registry, config.model, config.artifact, config.signature, into)


def read_profile(version: Path) -> ReferenceProfile | None:
    """The reference profile beside a verified artifact; None where the version has none."""
    file = version / PROFILE
    if not file.is_file():
        return None
    with file.open("rb") as stream:
        return read_config(ReferenceProfile, stream.read(LARGEST + 1), PROFILE)


def handler_of(config: ServeConfig, model: Model, profile: ReferenceProfile | None) -> Handler:
    """A handler for a loaded model, watched."""
    from mlgitops.runtime.watch.watch import Watch

    asking = Asking(model)
    if config.batching is not None:
        asking = Batches(model, config.batching.maxBatchSize, seconds(config.batching.maxWait))
    explaining = Explaining(model, profile) if config.explain else None
    watch = Watch(config, inputs=model.inputs, profile=profile)
    watch.loaded()
    served = Served(config.model, config.artifact.version, config.artifact.digest)
    return Handler(served, model, watch, asking, explaining)


async def read_body(request: HttpRequest) -> bytes:
    """The body, as far as `LARGEST_BODY`. Raises Refusal `request/too-large`, `request/encoding`."""
    encoding = request.headers.get("content-encoding", "identity")
    if encoding != "identity":
        raise Refusal(415, "request/encoding", "the body must come as it is, without a Content-Encoding")
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MOST_READ:
            break
        if size <= LARGEST_BODY:
            parts.append(part)
    if size > LARGEST_BODY:
        raise too_large(size)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _once(reply: Reply, given_id: str | None) -> Reply:
    """The reply without its id's header where Ray Serve adds it: it sends the request's own with every answer."""
    if reply.headers.get(HEADER) != given_id:
        return reply
    return reply._replace(headers={name: value for name, value in reply.headers.items() if name != HEADER})


def response_of(reply: Reply) -> Response:
    """A reply as Starlette's."""
    from starlette.responses import Response

    return Response(reply.body, reply.status, dict(reply.headers), reply.content_type)
