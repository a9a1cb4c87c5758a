"""Removing is deliberate: prod serves on whatever is missing in Git, until a person confirms what a tombstone says."""

from __future__ import annotations

import shutil
import time

from tests.lab.component import wait_until
from tests.lab.delivery import Person
from tests.lab.lab import ROOT_APPLICATION, SETS, SimulatedLab

SERVING = ("rayservices", "services", "httproutes")
LONG_ENOUGH = 10.0
"""Seconds: pruning is seen within two."""

PROD = "mlgitops.dev/environment=prod"
TOMBSTONE = """\
  removals:
    - {model: breast-cancer, reason: Nobody asks it any more., date: "2026-11-20"}
"""


def prod(lab: SimulatedLab) -> dict[tuple[str, str, str], str]:
    """What serves in prod; the operator's own objects come and go with its clusters."""
    return lab.identities(*SERVING, selector=PROD)


def assert_serves_on(lab: SimulatedLab, former: dict[tuple[str, str, str], str]) -> None:
    """Raise AssertionError where something that served was removed or made again."""
    lab.notify()
    limit = time.monotonic() + LONG_ENOUGH
    while time.monotonic() < limit:
        assert prod(lab) == former
        time.sleep(1)


def test_an_empty_prod_serves_on(lab: SimulatedLab) -> None:
    former = prod(lab)
    assert len(former) >= 6
    shutil.rmtree(lab.repository.folder / "rendered" / "prod")
    lab.repository.commit("Empty prod by mistake")
    assert_serves_on(lab, former)
    assert "app path does not exist" in lab.application("prod.digits.serve").message


def test_a_model_that_is_removed_from_prod_serves_on_and_elsewhere_is_pruned(lab: SimulatedLab) -> None:
    former = prod(lab)
    for environment in ("prod", "staging"):
        shutil.rmtree(lab.repository.folder / "rendered" / environment / "digits")
    lab.repository.commit("Remove digits without a word")
    assert_serves_on(lab, former)
    wait_until(lambda: "staging.digits.serve" not in names(lab), "the Application of staging is gone", 60)
    left = lab.identities(*SERVING, selector="mlgitops.dev/environment=staging,mlgitops.dev/model=digits")
    assert left == {}


def test_an_environment_that_is_removed_serves_on(lab: SimulatedLab) -> None:
    former = prod(lab)
    rendered = lab.repository.folder / "rendered"
    shutil.rmtree(rendered / "prod")
    for file in rendered.glob("argocd/*prod*.yaml"):
        file.unlink()
    lab.repository.commit("Remove prod by mistake")
    assert_serves_on(lab, former)
    sets = [each["metadata"]["name"] for each in lab.api(SETS)["items"]]
    assert "prod.serve" in sets
    assert {"prod.digits.serve", "prod.breast-cancer.serve", "prod.environment", ROOT_APPLICATION} <= names(lab)
    # The root's sync waits for a person who confirms, and later commits for it.
    waits = "waiting for pruning confirmation"
    wait_until(lambda: waits in lab.application(ROOT_APPLICATION).message, "the root's sync waits for a person", 30)
    lab.repository.revert()
    called_off = Person(lab).run("sync", "--env", "prod", "--timeout", "120s")
    assert f"{ROOT_APPLICATION}: called off the sync of an older commit" in called_off.err
    assert called_off.code == 0, called_off
    lab.wait_application(ROOT_APPLICATION, revision=lab.repository.head(), phase=None)


def test_a_model_leaves_prod_by_its_tombstone_and_a_persons_word(lab: SimulatedLab) -> None:
    former = prod(lab)
    repository = lab.repository
    repository.edit("environments/prod/environment.yaml", "  protected: true\n", "  protected: true\n" + TOMBSTONE)
    (repository.folder / "environments/prod/releases/breast-cancer.yaml").unlink()
    repository.render()
    assert not (repository.folder / "rendered/prod/breast-cancer/serve").exists()
    repository.commit("Retire a model")
    assert_serves_on(lab, former)
    lab.argocd("app", "delete", "prod.breast-cancer.serve", "--yes", "--wait=false")
    row = Person(lab).see_row("prod", "breast-cancer", lambda row: "confirms" in row["reason"], "asks to be confirmed")
    assert (row["state"], row["next"]) == ("removing", "argocd app confirm-deletion prod.breast-cancer.serve")
    assert_serves_on(lab, former)
    lab.argocd("app", "confirm-deletion", "prod.breast-cancer.serve")
    kept = {key: uid for key, uid in former.items() if "breast-cancer" not in key[2]}
    wait_until(lambda: prod(lab) == kept, "breast-cancer has left prod, and nothing else", 60)
    wait_until(lambda: "prod.breast-cancer.serve" not in names(lab), "its Application is gone", 60)


def names(lab: SimulatedLab) -> set[str]:
    return {state.name for state in lab.applications()}
