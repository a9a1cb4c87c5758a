"""Serves the network: pixels in, a digit and its probability out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from network import network, scaled
from safetensors.torch import load_file


class Digits:
    """A predictor: loaded once a replica, asked in batches."""

    def __init__(self, artifact: Path) -> None:
        weights = load_file(artifact / "model.safetensors")
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.model = network(hidden=weights["1.weight"].shape[0]).to(self.device)
        self.model.load_state_dict(weights)
        self.model.eval()

    def predict(self, rows: list[list[float]]) -> list[dict[str, Any]]:
        """For each row of 64 pixels (0 to 16, row by row) the digit and how sure the network is."""
        with torch.inference_mode():
            pixels = torch.tensor(rows, dtype=torch.float32, device=self.device)
            probabilities = self.model(scaled(pixels)).softmax(dim=1)
            best = probabilities.max(dim=1)
        return [
            {"label": int(digit), "probability": float(probability)}
            for digit, probability in zip(best.indices, best.values, strict=True)
        ]
