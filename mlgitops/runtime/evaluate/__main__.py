"""`python -m mlgitops.runtime.evaluate`: see `job`."""

from __future__ import annotations

import sys

from mlgitops.problem import exit_code_of
from mlgitops.runtime.evaluate.asking import hide_from_children
from mlgitops.runtime.evaluate.job import main


def _main() -> None:
    hide_from_children()
    main()


if __name__ == "__main__":
    sys.exit(exit_code_of(_main))
