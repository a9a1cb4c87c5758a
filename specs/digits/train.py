"""Trains the network on as many GPUs as the spec asks for: an ordinary Ray Train loop."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import ray.train
import torch
from network import network, scaled
from ray.train import Checkpoint
from ray.train.torch import prepare_model
from safetensors.torch import save_file
from torch import nn


def train_loop(config: dict[str, Any]) -> None:
    """One worker's part; reports once an epoch and leaves `model.safetensors` in the last checkpoint."""
    torch.manual_seed(config["seed"])
    model = prepare_model(network(config["hidden"]))
    optimizer = torch.optim.Adam(model.parameters(), lr=config["learningRate"])
    loss_of = nn.CrossEntropyLoss()
    shard = ray.train.get_dataset_shard("pictures")
    for epoch in range(config["epochs"]):
        total = 0.0
        for batch in shard.iter_torch_batches(batch_size=config["batchSize"], dtypes=torch.float32):
            target = batch.pop("target").long()
            pixels = torch.stack([batch[name] for name in sorted(batch, key=_place)], dim=1)
            optimizer.zero_grad()
            loss = loss_of(model(scaled(pixels)), target)
            loss.backward()
            optimizer.step()
            total += loss.item()
        _report(epoch, total, model, last=epoch == config["epochs"] - 1)


def _place(column: str) -> tuple[int, int]:
    """The row and column in a name such as `pixel_3_7`."""
    _, row, position = column.split("_")
    return int(row), int(position)


def _report(epoch: int, loss: float, model: nn.Module, *, last: bool) -> None:
    if not last or ray.train.get_context().get_world_rank() != 0:
        ray.train.report({"epoch": epoch, "loss": loss})
        return
    with tempfile.TemporaryDirectory() as folder:
        plain = model.module if hasattr(model, "module") else model
        save_file({name: value.cpu() for name, value in plain.state_dict().items()}, Path(folder, "model.safetensors"))
        ray.train.report({"epoch": epoch, "loss": loss}, checkpoint=Checkpoint.from_directory(folder))
