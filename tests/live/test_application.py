"""An Application as Argo CD tells it: what is taken for a commit."""

from __future__ import annotations

import pytest

from mlgitops.live.application import application_of
from tests.live.said import NEW, application, operation


@pytest.mark.parametrize("commit", [NEW, "c" * 64])
def test_commits(commit: str) -> None:
    found = application_of(application(compared=commit, operation=operation("Succeeded", commit)))
    assert (found.compared, found.applied, found.operation_revision) == (commit, commit, commit)


def test_a_branch_is_no_commit() -> None:
    """What Argo CD 3.5 gives where it cannot make manifests, as for a folder that is gone."""
    conditions = [{"type": "ComparisonError", "message": "rendered/prod/churn/serve: app path does not exist"}]
    said = application(sync="Unknown", compared="main", operation=operation("Error", "main"), conditions=conditions)
    found = application_of(said)
    assert (found.compared, found.operation_revision) == ("", "")
