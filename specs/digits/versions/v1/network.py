"""The network: two convolutions and a linear layer over an 8 by 8 picture."""

from __future__ import annotations

import torch
from torch import nn

PIXELS = 64
CLASSES = 10


def network(hidden: int) -> nn.Module:
    """Takes (batch, 64) pixels of 0 to 16, gives (batch, 10) logits."""
    return nn.Sequential(
        nn.Unflatten(1, (1, 8, 8)),
        nn.Conv2d(1, hidden, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(hidden, 2 * hidden, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(2 * hidden * 4, CLASSES),
    )


def scaled(pixels: torch.Tensor) -> torch.Tensor:
    """Pixels of 0 to 16 as numbers of 0 to 1."""
    return pixels / 16
