"""The repository on disk and in Git: reading with observation, atomic writing, caches."""
