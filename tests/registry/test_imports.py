"""What a replica, a Job or a command starts with: no library that only some of them need."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("cryptography", "fsspec", "lightgbm", "mlflow", "model_signing", "numpy", "pyarrow", "ray", "sklearn", "torch")


def test_the_registry_and_the_sign_job_import_no_library_before_they_use_it():
    script = f"""
import importlib, pkgutil, sys
import mlgitops.registry, mlgitops.runtime.sign.job
for module in pkgutil.iter_modules(mlgitops.registry.__path__, "mlgitops.registry."):
    importlib.import_module(module.name)
print(sorted(set({HEAVY}) & sys.modules.keys()))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
