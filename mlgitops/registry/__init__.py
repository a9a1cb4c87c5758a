"""Where versions are kept, and what lies in stores: staging areas, evaluations, registries.

    stores      files under a uri: a folder, or an object store
    folders     a local folder's manifest
    protocol    what a registry does
    opened      the registry of an environment
    directory   the registry in a store; the default
    mlflow      the registry in MLflow
    signing     signatures over a version's files
    verified    a version's artifact, copied to a private place and verified there

Used by the runtime, and by the control plane where it releases: `fsspec` is imported when an object store is opened,
`mlflow` and `model_signing` when they are used.
"""
