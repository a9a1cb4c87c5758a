"""The documents people write: their types, loading with positions, resolution with origins. Pure."""
