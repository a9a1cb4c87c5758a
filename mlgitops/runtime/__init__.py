"""What runs where Ray runs: trains, evaluates, signs, serves and watches what the specs say.

    python -m mlgitops.runtime.train      the driver of a RayJob
    python -m mlgitops.runtime.evaluate   the Job that scores a run on the holdout
    python -m mlgitops.runtime.sign       the Job that registers and signs a run
    mlgitops.runtime.serve:app            the Ray Serve application of a release

It knows the control plane by `mlgitops.contract` alone. The control plane never imports it; the commands that train or
score on a laptop do so when they are called.
"""
