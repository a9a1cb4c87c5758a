"""A loop of Ray Train that notes when its first batch was there and what its steps took: the code of a spec."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import ray.train
import torch
from safetensors.torch import save_file

STEPS = 500
NOTED = Path(__file__).with_name("noted.json")


def train_loop(config: dict[str, Any]) -> None:
    """Take a batch, make steps, leave a model."""
    batch = next(iter(ray.train.get_dataset_shard("customers").iter_batches(batch_size=200)))
    began = time.time()
    rows = torch.tensor(batch["income"], dtype=torch.float32).reshape(-1, 1)
    weights = torch.nn.Linear(1, 200)
    seconds = []
    for _ in range(STEPS):
        start = time.perf_counter()
        weights.zero_grad()
        weights(rows).square().mean().backward()
        seconds.append(time.perf_counter() - start)
    NOTED.write_text(json.dumps({"began": began, "step": median(seconds)}))
    with tempfile.TemporaryDirectory() as folder:
        save_file(weights.state_dict(), Path(folder, "model.safetensors"))
        ray.train.report({"loss": 0.0}, checkpoint=ray.train.Checkpoint.from_directory(folder))
