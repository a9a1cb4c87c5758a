"""A process that counts as a replica does: `python -m tests.runtime.watch.replica`.

It prints the port of its page, then takes lines of JSON: {"seed": 1, "rows": 500, "shift": 0}, and answers each with
a line when it is counted.
"""

from __future__ import annotations

import json
import sys

import numpy as np

from mlgitops.contract.profile import ReferenceProfile
from mlgitops.runtime.watch.watch import Watch
from tests.runtime.watch.example import INPUTS, PROFILE, answers_of, serve_config, tenures


def main() -> None:
    """Count until the input ends."""
    profile = ReferenceProfile.model_validate({**PROFILE.model_dump(), "features": [PROFILE.features[0].model_dump()]})
    watch = Watch(serve_config(), inputs=INPUTS[:1], profile=profile, port=0)
    watch.loaded()
    watch.server.listening.wait(10)
    print(watch.server.port, flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        values = tenures(asked["seed"], asked["rows"], asked["shift"])
        for start in range(0, len(values), 50):
            part = values[start : start + 50]
            watch.answered("ok", 0.002)
            watch.observe(part[:, np.newaxis], {"tenure": part.tolist()}, answers_of(part))
        print("counted", flush=True)


if __name__ == "__main__":
    main()
