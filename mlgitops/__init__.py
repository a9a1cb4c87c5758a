"""mlgitops: machine-learning models declared in Git, decided by policy, rendered for Ray and synced by Argo CD."""

__version__ = "0.1.0"
