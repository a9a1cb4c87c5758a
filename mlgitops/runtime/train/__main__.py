"""`python -m mlgitops.runtime.train`: 0 trained, or trained before; 1 the run is wrong; 3 the world failed."""

from __future__ import annotations

import sys

from mlgitops.problem import exit_code_of
from mlgitops.runtime.train.driver import main

if __name__ == "__main__":
    sys.exit(exit_code_of(main))
