"""Where the runtime finds things in its container."""

from __future__ import annotations

CODE = "/app"
"""Code beside the spec and configuration files, from an immutable ConfigMap; on `PYTHONPATH`."""

CODE_VARIABLE = "MLGITOPS_CODE"
"""Environment variable that names another folder than `CODE`, outside of pods."""

RUN_INPUTS = "mlgitops-run.json"
EVALUATE_CONFIG = "mlgitops-evaluate.json"
SIGN_CONFIG = "mlgitops-sign.json"
"""Files in `CODE`."""

ARTIFACT_DESCRIPTION = "mlgitops.json"
"""File at the root of an artifact."""

CONFIG_VARIABLE = "MLGITOPS_CONFIG"
"""Environment variable of a run's driver: the `TrainConfig` as JSON."""

RUN_VARIABLE = "MLGITOPS_RUN"
"""Environment variable of a run's driver and of its evaluate and sign Jobs: the run's identity, `sha256:…`."""

WAIT_VARIABLE = "MLGITOPS_WAIT"
"""Environment variable: the most seconds that the evaluate Job waits for a run, and the sign Job for its evaluation,
outside of pods."""

SIGNING_KEY = "/var/run/mlgitops/signing-key"
"""Folder that holds the signing key in the sign Job, or the token that it signs with, and nowhere else."""

SIGNING_KEY_VARIABLE = "MLGITOPS_SIGNING_KEY"
"""Environment variable that names another folder than `SIGNING_KEY`, outside of pods."""

FEEDBACK_TOKEN_VARIABLE = "MLGITOPS_FEEDBACK_TOKEN"
"""Environment variable of replicas: the bearer token of who may send labels."""

JOIN_CONFIG = "mlgitops-join.json"
"""File in `CODE`."""
JOIN_COMMAND = ("python", "-m", "mlgitops.runtime.watch.join")

SCORE_CONFIG = "mlgitops-score.json"
"""File in `CODE`."""
SCORE_COMMAND = ("python", "-m", "mlgitops.runtime.score")

TRAIN_ENTRYPOINT = "python -m mlgitops.runtime.train"
EVALUATE_COMMAND = ("python", "-m", "mlgitops.runtime.evaluate")
SIGN_COMMAND = ("python", "-m", "mlgitops.runtime.sign")

SERVE_IMPORT_PATH = "mlgitops.runtime.serve:app"
"""Builds the Ray Serve application from its `args`, a `ServeConfig`."""

SERVE_GRPC = "mlgitops.runtime.serve.inference_grpc:add_inference_service"
"""Adds the Open Inference Protocol's service to Ray Serve's gRPC server."""

SERVE_DEPLOYMENT = "predictor"
"""The application's one deployment."""
