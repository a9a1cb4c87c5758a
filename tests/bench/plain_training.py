"""What people write without mlgitops: XGBoost and PyTorch by themselves, and a run of Ray Train.

    python -m tests.bench.plain_training xgboost|torch FILE OUT
    python -m tests.bench.plain_training ray FILE FOLDER

No digest, no check of a column, no record, no metrics of the training rows.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.bench.sizes import BATCH, DEPTH, EPOCHS, ROUNDS


def xgboost(file: str, out: str) -> None:
    import numpy as np
    import xgboost as library
    from pyarrow import csv

    table = csv.read_csv(file)
    target = table.column("target").to_numpy()
    columns = [table.column(name).to_numpy() for name in table.column_names if name != "target"]
    data = library.DMatrix(np.column_stack(columns).astype(np.float32), target, nthread=1)
    options = {"objective": "binary:logistic", "max_depth": DEPTH, "eta": 0.1, "nthread": 1}
    library.train(options, data, ROUNDS).save_model(f"{out}/model.ubj")


def torch(file: str, out: str) -> None:
    import numpy as np
    import torch as library
    from pyarrow import csv
    from safetensors.torch import save_file

    from tests.bench.loops.network import Batch, fit, network

    table = csv.read_csv(file)
    classes = library.tensor(table.column("target").to_numpy())
    columns = [table.column(name).to_numpy() for name in table.column_names if name != "target"]
    rows = library.from_numpy(np.column_stack(columns).astype(np.float32))

    def epoch() -> Iterable[Batch]:
        return zip(rows.split(BATCH), classes.split(BATCH), strict=True)

    library.manual_seed(7)
    model = network(len(columns))
    fit(model, (epoch() for _ in range(EPOCHS)))
    save_file(model.state_dict(), Path(out, "model.safetensors"))


def ray(file: str, folder: str) -> None:
    """The loop in the folder's `code`, as Ray's documentation starts one."""
    import ray
    import ray.data
    from ray.train import RunConfig, ScalingConfig
    from ray.train.torch import TorchTrainer

    sys.path.insert(0, f"{folder}/code")
    ray.init("local")
    TorchTrainer(
        importlib.import_module("begins").train_loop,
        scaling_config=ScalingConfig(num_workers=1),
        run_config=RunConfig(name="plain", storage_path=f"{folder}/storage"),
        datasets={"customers": ray.data.read_csv(file)},
    ).fit()


if __name__ == "__main__":
    {"xgboost": xgboost, "torch": torch, "ray": ray}[sys.argv[1]](*sys.argv[2:])
