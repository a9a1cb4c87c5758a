"""What the control plane and the runtime agree on: configurations, metric names, labels, paths.

Rendering writes these as JSON, the runtime reads them; both sides go by the models here and by `VERSION`. A
configuration leaves out what has its default value, so that a new field with a default changes no rendered byte.

    run.RunInputs                what decides the result of training; part of a run's identity
    train.TrainConfig            how this environment carries a run out; part of no identity
    evaluate.EvaluateConfig      what the evaluate Job scores and against what
    sign.SignConfig              what the sign Job checks, registers and signs
    serve.ServeConfig            which version a deployment serves, and how
    score.ScoreConfig            what a scoring Job scores, with which version

and what the runtime leaves behind, which its other parts and the control plane read:

    artifact.ArtifactDescription what an artifact says of itself
    outcome.RunRecord            what became of a run
    evaluation.Evaluation        what the evaluate Job measured
    profile.ReferenceProfile     how the training data was distributed
    registered.RegisteredVersion a version in a registry
    folder.Entry                 a file of a folder's manifest
"""

from __future__ import annotations

from typing import Final

VERSION: Final = 1
"""Of the configurations. The runtime refuses another one: what it does not know it must not ignore."""
