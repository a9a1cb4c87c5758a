"""How a model's predictor is told what it serves: the same for Ray Serve and for the evaluate Job that scores it."""

from __future__ import annotations

from mlgitops.render.objects import Object
from mlgitops.spec.documents.model import Serving


def predictor_config(serving: Serving) -> Object:
    """`contract.parts.Predictor`, defaults left out."""
    result: Object = {}
    if serving.entrypoint is not None:
        result["entrypoint"] = serving.entrypoint
    if serving.inputs:
        result["inputs"] = [feature.model_dump(exclude_defaults=True) for feature in serving.inputs]
    if serving.threshold is not None:
        result["threshold"] = serving.threshold
    return result
