"""`mlgitops preflight FILE|-`: what KubeRay and Argo CD would do with any manifests. Needs no repository."""

from __future__ import annotations

import argparse

from mlgitops.cli import options
from mlgitops.errors import UsageError


def declare(parser: argparse.ArgumentParser) -> None:
    """The manifests, and the operator's version."""
    parser.add_argument("manifests", metavar="FILE", help="YAML with any number of objects; - for stdin")
    parser.add_argument("--kuberay", metavar="VERSION", help="version of KubeRay (the oldest that is known)")
    options.declare(parser, "format")


def run(arguments: argparse.Namespace) -> int:
    """Report what is wrong with the objects."""
    from mlgitops.cli.foreign import manifests_of, no_objects
    from mlgitops.cli.output import deliver
    from mlgitops.render.preflight import SUPPORTED
    from mlgitops.stages.foreign import check_foreign

    version = arguments.kuberay or SUPPORTED[0]
    if version not in SUPPORTED:
        raise UsageError(f"--kuberay must be one of {', '.join(SUPPORTED)}, got {version[:80]!r}")
    content, name = manifests_of(arguments.manifests)
    report = check_foreign(content, name, version)
    if not report.checked and not report.findings:
        raise no_objects(content, name)
    return deliver(report, arguments, None)
