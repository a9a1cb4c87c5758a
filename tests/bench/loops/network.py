"""A small network and how it is trained: by itself, and as a loop of Ray Train, which is a spec's code."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from torch import nn

Batch = tuple[torch.Tensor, torch.Tensor]
"""Rows, and their classes."""


def network(features: int) -> nn.Module:
    """Two classes from so many numbers."""
    return nn.Sequential(nn.Linear(features, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2))


def fit(model: nn.Module, epochs: Iterable[Iterable[Batch]]) -> float:
    """Train on one thread; the last loss."""
    torch.set_num_threads(1)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    loss = torch.zeros(())
    for epoch in epochs:
        for rows, classes in epoch:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(rows), classes)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    return loss.item()


def train_loop(config: dict[str, Any]) -> None:
    """What a worker of Ray Train does."""
    import ray.train
    from safetensors.torch import save_file

    torch.manual_seed(config["seed"])
    shard = ray.train.get_dataset_shard("rows")

    def epoch() -> Iterable[Batch]:
        for batch in shard.iter_torch_batches(batch_size=config["batchSize"], dtypes=torch.float32):
            classes = batch.pop("target").long()
            yield torch.stack(list(batch.values()), dim=1), classes

    model = network(config["features"])
    loss = fit(model, (epoch() for _ in range(config["epochs"])))
    with tempfile.TemporaryDirectory() as folder:
        save_file(model.state_dict(), Path(folder, "model.safetensors"))
        ray.train.report({"loss": loss}, checkpoint=ray.train.Checkpoint.from_directory(folder))
