"""The texts of `EvaluateConfig` and `SignConfig` for a resolved model. Defaults are left out, keys are sorted."""

from __future__ import annotations

from mlgitops import contract
from mlgitops.render.objects import Object
from mlgitops.render.pods import training_image
from mlgitops.render.predictor_config import predictor_config
from mlgitops.render.training_config import (
    columns_of,
    data_identity,
    data_location,
    request,
    run_inputs,
    stores,
    text_of,
    training_data,
)
from mlgitops.spec.documents.environment import KeylessSigning, SigningKey, signer_name
from mlgitops.spec.documents.model import DataSet, Validation
from mlgitops.spec.documents.signer import signer_reference
from mlgitops.spec.resolve import ResolvedModel

TOKEN_FILE = "token"
"""What the sign Job signs with where it has no key, in the place of one."""


def evaluate_config_text(resolved: ResolvedModel, validation: Validation) -> str:
    """`contract.evaluate.EvaluateConfig`."""
    spec = resolved.spec
    holdout = _holdout(resolved, validation)
    result: Object = {
        **_common(resolved, validation),
        "codeDigest": resolved.candidate_code.digest,
        "task": spec.task,
        "framework": spec.training.framework,
        "holdout": data_location(holdout),
        "holdoutIdentity": data_identity(holdout),
        "training": [data_location(data) for data in training_data(spec)],
        "data": [data_identity(data) for data in training_data(spec)],
    }
    columns = columns_of(spec)
    if columns:
        result["columns"] = columns
    reference = [data for data in spec.data if data.role == "reference"]
    if reference:
        result["reference"] = [data_location(data) for data in reference]
        result["referenceData"] = [data_identity(data) for data in reference]
    if resolved.candidate_serving is not None:
        result["predictor"] = predictor_config(resolved.candidate_serving)
    if resolved.version is not None:
        artifact = resolved.version.spec.artifact
        name = resolved.version.metadata.name
        result["baseline"] = {"version": name, "uri": artifact.uri, "digest": artifact.digest}
        if resolved.version.spec.artifactOf is not None:
            result["baseline"]["trainedAs"] = resolved.version.spec.artifactOf
    return text_of(result)


def sign_config_text(resolved: ResolvedModel, validation: Validation, signing: SigningKey | KeylessSigning) -> str:
    """`contract.sign.SignConfig`; `signing` is the environment's."""
    result: Object = {
        **_common(resolved, validation),
        "inputs": run_inputs(resolved),
        "codeDigest": resolved.training_code.digest,
        "image": training_image(resolved),
        "holdout": data_identity(_holdout(resolved, validation)),
        "signer": signer_name(signing),
        **_signed_with(resolved, signing),
    }
    if resolved.run is not None:
        result["request"] = request(resolved.run.spec)
    return text_of(result)


def _signed_with(resolved: ResolvedModel, signing: SigningKey | KeylessSigning) -> Object:
    if isinstance(signing, SigningKey):
        return {"key": signing.key}
    result: Object = {"key": TOKEN_FILE, **signer_reference(resolved.environment.signers[signing.keyless])}
    return result if signing.audience == "sigstore" else {**result, "audience": signing.audience}


def _holdout(resolved: ResolvedModel, validation: Validation) -> DataSet:
    return next(data for data in resolved.spec.data if data.name == validation.dataset)


def _common(resolved: ResolvedModel, validation: Validation) -> Object:
    result: Object = {
        "contract": contract.VERSION,
        "model": resolved.metadata.name,
        "environment": resolved.environment_name,
        "team": resolved.metadata.team,
        "metrics": [metric.model_dump(exclude_defaults=True) for metric in validation.metrics],
        "stores": stores(resolved),
    }
    if validation.slices:
        result["slices"] = [part.model_dump(exclude_defaults=True) for part in validation.slices]
    return result
