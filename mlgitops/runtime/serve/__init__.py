"""Serves one version of a model with Ray Serve: `mlgitops.runtime.serve:app`, with a `ServeConfig` as its `args`.

handler.Handler        what is answered to which request; knows no server
bodies, checking       JSON → records → rows that the model is asked with, or a 4xx that names the fields
tensors, inference_*   the Open Inference Protocol, over HTTP and gRPC
asking                 who asks the model: the loop, a thread, or a batch of several requests
explaining             what each feature did
deployment             the Ray Serve deployment: fetch, verify, load, answer
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ray.serve import Application


def app(args: dict[str, Any]) -> Application:
    """The application of a `ServeConfig`, as `serveConfigV2` has it under `args`.

    Raises RunProblem `contract/…`: a configuration of another contract is refused before a replica starts.
    """
    from mlgitops.runtime.serve.deployment import application, config_of

    return application(config_of(args))
