"""`python -m mlgitops.runtime.score`: see `job`."""

from __future__ import annotations

import sys

from mlgitops.problem import exit_code_of
from mlgitops.runtime.score.job import main

if __name__ == "__main__":
    sys.exit(exit_code_of(main))
