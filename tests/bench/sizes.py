"""How much is trained in the comparisons without a cluster: seconds of one core, beside those of starting."""

from __future__ import annotations

ROWS, FEATURES = 10_000, 20
ROUNDS, DEPTH = 1_000, 6
EPOCHS, BATCH = 250, 256
