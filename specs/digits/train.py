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
from safetensors.torch import load_file, save_file
from torch import nn

SHUFFLED = 1_000
"""Rows that batches are drawn from; a seed for each epoch gives a resumed run the same batches."""
CHECKPOINT_EPOCHS = 5


def train_loop(config: dict[str, Any]) -> None:
    """One worker's part; goes on at its last checkpoint, and leaves `model.safetensors` in the last one of all."""
    torch.manual_seed(config["seed"])
    model = prepare_model(network(config["hidden"]))
    optimizer = torch.optim.Adam(model.parameters(), lr=config["learningRate"])
    loss_of = nn.CrossEntropyLoss()
    shard = ray.train.get_dataset_shard("pictures")
    for epoch in range(_resume(model, optimizer), config["epochs"]):
        total = 0.0
        order = {"local_shuffle_buffer_size": SHUFFLED, "local_shuffle_seed": config["seed"] + epoch}
        for batch in shard.iter_torch_batches(batch_size=config["batchSize"], dtypes=torch.float32, **order):
            target = batch.pop("target").long()
            pixels = torch.stack([batch[name] for name in sorted(batch, key=_place)], dim=1)
            optimizer.zero_grad()
            loss = loss_of(model(scaled(pixels)), target)
            loss.backward()
            optimizer.step()
            total += loss.item()
        if (epoch + 1) % CHECKPOINT_EPOCHS == 0 or epoch + 1 == config["epochs"]:
            _report(epoch + 1, total, model, optimizer)


def _place(column: str) -> tuple[int, int]:
    """The row and column in a name such as `pixel_3_7`."""
    _, row, position = column.split("_")
    return int(row), int(position)


def _resume(model: nn.Module, optimizer: torch.optim.Optimizer) -> int:
    """Take up the last checkpoint, where there is one; the epochs that it has."""
    checkpoint = ray.train.get_checkpoint()
    if checkpoint is None:
        return 0
    with checkpoint.as_directory() as folder:
        _plain(model).load_state_dict(load_file(Path(folder, "model.safetensors")))
        state = torch.load(Path(folder, "resume.pt"), weights_only=True, map_location="cpu")
    optimizer.load_state_dict(state["optimizer"])
    return int(state["epochs"])


def _report(epochs: int, loss: float, model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Report with a checkpoint; what is called `resume…` in it never leaves the run."""
    metrics = {"epoch": epochs, "loss": loss}
    if ray.train.get_context().get_world_rank() != 0:
        ray.train.report(metrics)
        return
    with tempfile.TemporaryDirectory() as folder:
        weights = {name: value.cpu() for name, value in _plain(model).state_dict().items()}
        save_file(weights, Path(folder, "model.safetensors"))
        torch.save({"epochs": epochs, "optimizer": optimizer.state_dict()}, Path(folder, "resume.pt"))
        ray.train.report(metrics, checkpoint=Checkpoint.from_directory(folder))


def _plain(model: nn.Module) -> nn.Module:
    """The network itself: several workers wrap it."""
    return model.module if hasattr(model, "module") else model
