"""`python -m mlgitops`, the same as the command `mlgitops`."""

import sys

from mlgitops.cli.main import main

sys.exit(main())
