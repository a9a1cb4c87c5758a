"""How each format is read and asked: `load(file, description) -> Scorer`, numbers by `mlgitops.runtime.predict`."""
