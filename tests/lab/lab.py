"""The lab: a control plane with Argo CD and KubeRay, a Git repository, and what tests ask of them.

    with simulated_lab() as lab:
        lab.bootstrap()
        lab.wait_application("dev.digits.serve", revision=lab.repository.head())
        lab.kubectl("get", "rayservices", "-A")

`Lab` is what both kinds have: `simulated_lab` has nodes that are not there, that of `tests/lab/node` runs real pods.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from tests.lab.argo_cd import NAMESPACE, ArgoCD
from tests.lab.component import Components, temporary_folder, wait_until
from tests.lab.control_plane import ControlPlane, Refused
from tests.lab.dashboard import Dashboard
from tests.lab.nodes import start_nodes
from tests.lab.platform import provide_platform
from tests.lab.ray import start_operator
from tests.lab.repository import Repository

APPLICATIONS = f"/apis/argoproj.io/v1alpha1/namespaces/{NAMESPACE}/applications"
SETS = f"/apis/argoproj.io/v1alpha1/namespaces/{NAMESPACE}/applicationsets"
REFRESH, REFRESH_SET = "argocd.argoproj.io/refresh", "argocd.argoproj.io/application-set-refresh"
"""Annotations by which Argo CD is asked to look, and which it takes away once it has."""
ROOT_APPLICATION = "mlgitops-root"
CLUSTERS = ("ml-dev", "ml-staging", "ml-prod")
"""The destinations of the example's environments."""
TOLD_AGAIN = 5.0
"""Seconds after which Argo CD is told again of a revision that it has not seen."""
OURS = "mlgitops.dev/environment"
"""A label of whatever is rendered: another test may have left something in a namespace of its own."""


class State(NamedTuple):
    """What Argo CD says of one Application; `syncs` is the number of the last one that was recorded."""

    name: str
    sync: str
    health: str
    revision: str
    phase: str
    syncs: int
    finished: str
    message: str
    asked: bool
    """Whether it has been asked to look at Git, and has not yet."""

    @property
    def well(self) -> bool:
        return (self.sync, self.health) == ("Synced", "Healthy")


class Lab:
    """What a test has: the parts, each by its own name, and what is asked of several of them together."""

    def __init__(self, plane: ControlPlane, argo_cd: ArgoCD, repository: Repository) -> None:
        self.plane = plane
        self.argo_cd = argo_cd
        self.repository = repository
        self.components = plane.components
        self.kubectl = plane.kubectl
        self.argocd = argo_cd.cli
        self.api = plane.api

    def bootstrap(self) -> None:
        """Apply the root Application's project and itself, once, as the documentation says; Git brings the rest."""
        rendered = self.repository.folder / "rendered" / "argocd"
        for name in ("appproject-root.yaml", "application-root.yaml"):
            self.kubectl("apply", "--server-side", "-f", str(rendered / name))

    def push(self, message: str, *applications: str) -> str:
        """Commit everything and tell Argo CD, as a webhook would; returns the revision."""
        revision = self.repository.commit(message)
        self.notify(*applications)
        return revision

    def notify(self, *applications: str) -> None:
        """Have Argo CD look at Git now: at these Applications, or at all and the ApplicationSets."""
        for name in applications:
            self.refresh(name)
        if not applications:
            for state in self.applications():
                with _unless_gone():
                    self.refresh(state.name)
            for each in self.api(SETS)["items"]:
                with _unless_gone():
                    self.refresh_set(each["metadata"]["name"])

    def take_up(self) -> None:
        """Wait until Argo CD has taken up what Git says: asked twice, since it drops a request while it compares."""
        for _ in range(2):
            self.notify()
            wait_until(lambda: not self._asked(), "everything of Argo CD has looked at Git", 60)

    def _asked(self) -> bool:
        sets = self.api(SETS)["items"]
        return any(state.asked for state in self.applications()) or any(_is_asked(each, REFRESH_SET) for each in sets)

    def refresh(self, name: str, how: str = "normal") -> None:
        """Have Argo CD compare one Application now; `hard` forgets what it has generated."""
        annotations = {REFRESH: how}
        self.plane.patch(f"{APPLICATIONS}/{name}", {"metadata": {"annotations": annotations}})

    def refresh_set(self, name: str) -> None:
        """Have an ApplicationSet look for new folders now."""
        annotations = {REFRESH_SET: "true"}
        self.plane.patch(f"{SETS}/{name}", {"metadata": {"annotations": annotations}})

    def applications(self) -> list[State]:
        """All Applications, by name."""
        return sorted(_state(each) for each in self.api(APPLICATIONS)["items"])

    def application(self, name: str) -> State:
        """One Application. Raises Refused (404) where there is none."""
        return _state(self.api(f"{APPLICATIONS}/{name}"))

    def wait_application(
        self,
        name: str,
        *,
        revision: str | None = None,
        sync: str = "Synced",
        health: str = "Healthy",
        phase: str | None = "Succeeded",
        within: float = 60.0,
    ) -> State:
        """Wait until an Application is as asked for, at `revision` where one is given.

        Its last sync has ended well then, unless another `phase` is asked for, or None for any: a sync with more than
        one wave, or that prunes last, runs on until what it made is healthy. Argo CD is told of `revision` again where
        it has not seen it: it drops a request that comes while it compares, and looks by itself a minute later.
        """
        last: list[State] = []
        told = time.monotonic()

        def there() -> State | None:
            try:
                state = self.application(name)
            except Refused as refused:
                if refused.code != 404:
                    raise
                return None
            last[:] = [state]
            nonlocal told
            if revision not in (None, state.revision) and time.monotonic() - told > TOLD_AGAIN:
                told = time.monotonic()
                self.refresh(name)
            ended = phase is None or sync != "Synced" or state.phase == phase
            at = revision is None or state.revision == revision
            return state if (state.sync, state.health) == (sync, health) and ended and at else None

        try:
            return wait_until(there, f"{name} {sync} and {health}", within)
        except TimeoutError as error:
            raise TimeoutError(f"{error}; it is {last[0] if last else 'absent'}") from None

    def wait_all(self, within: float = 120.0) -> list[State]:
        """Wait until every Application is Synced and Healthy."""

        def well() -> list[State]:
            states = self.applications()
            done = all(state.well and state.phase not in ("", "Running") for state in states)
            return states if done else []

        try:
            return wait_until(well, "all Applications are Synced and Healthy", within, every=1.0)
        except TimeoutError as error:
            others = [state for state in self.applications() if not state.well]
            raise TimeoutError(f"{error}: " + "; ".join(map(str, others))) from None

    def assert_quiet(self, seconds: float = 30.0, *names: str) -> None:
        """Raise AssertionError where Argo CD syncs one of these, or any, within some time: it would do so for ever."""

        def finished() -> dict[str, tuple[int, str]]:
            states = self.applications()
            return {state.name: (state.syncs, state.finished) for state in states if not names or state.name in names}

        before = finished()
        time.sleep(seconds)
        after = finished()
        changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
        assert changed == [], f"synced again within {seconds:.0f} s: {changed}"

    def objects(self, kind: str, namespace: str = "", selector: str = "") -> list[dict[str, Any]]:
        """Live objects of a kind, by kubectl's name for it."""
        where = ["--namespace", namespace] if namespace else ["--all-namespaces"]
        selected = ["--selector", selector] if selector else []
        listed: dict[str, Any] = json.loads(self.kubectl("get", kind, *where, *selected, "--output=json"))
        return list(listed["items"])

    def kill_pod(self, namespace: str, selector: str) -> str:
        """End a pod at once, as a machine that is gone would; returns its name."""
        [pod, *_] = [one for one in self.objects("pods", namespace, selector) if one["status"]["phase"] == "Running"]
        name = str(pod["metadata"]["name"])
        self.kubectl("delete", "pod", name, "--namespace", namespace, "--grace-period=0", "--force")
        return name

    def describe(self) -> str:
        """What a person would look at first where something is not well: objects, their health and its reasons."""
        trees = [self.argocd("app", "get", state.name, "--output=tree=detailed") for state in self.applications()]
        warnings = self.kubectl("get", "events", "--all-namespaces", "--field-selector=type=Warning")
        pods = self.kubectl("get", "pods", "--all-namespaces", "--output=wide")
        return "\n".join([*trees, warnings, pods])

    def delete_superseded_runs(self) -> None:
        """Delete the runs that Git no longer asks for, as a person does who has read why one failed.

        They are kept where `onSupersede` is `finish`, and Argo CD counts their health with that of the newest run.
        """
        files = (self.repository.folder / "rendered").glob("*/*/train/rayjob.yaml")
        wanted = {name for file in files for name in re.findall(r"(?m)^  name: (\S+)$", file.read_text())}
        for each in self.objects("rayjobs"):
            name, namespace = each["metadata"]["name"], each["metadata"]["namespace"]
            if name not in wanted:
                with _unless_gone():
                    self.api(f"/apis/ray.io/v1/namespaces/{namespace}/rayjobs/{name}", method="DELETE")

    def active_cluster(self, service: str, namespace: str) -> dict[str, Any]:
        """The RayCluster that answers for a RayService: one that it has replaced stays for a minute."""
        group = f"/apis/ray.io/v1/namespaces/{namespace}"
        status = self.api(f"{group}/rayservices/{service}")["status"]
        found: dict[str, Any] = self.api(f"{group}/rayclusters/{status['activeServiceStatus']['rayClusterName']}")
        return found

    def delete_replaced_clusters(self) -> None:
        """Delete the RayClusters that no RayService uses any more: the operator leaves them for a minute."""
        used = {
            service.get("status", {}).get(part, {}).get("rayClusterName")
            for service in self.objects("rayservices")
            for part in ("activeServiceStatus", "pendingServiceStatus")
        }
        for each in self.objects("rayclusters", selector="ray.io/originated-from-crd=RayService"):
            name, namespace = each["metadata"]["name"], each["metadata"]["namespace"]
            if name not in used:
                self.kubectl("delete", "raycluster", name, "--namespace", namespace, "--ignore-not-found")

    def identities(self, *kinds: str, selector: str = "") -> dict[tuple[str, str, str], str]:
        """(kind, namespace, name) → uid of live objects: another uid means that one was made again."""
        return {
            (each["kind"], each["metadata"]["namespace"], each["metadata"]["name"]): each["metadata"]["uid"]
            for each in self.objects(",".join(kinds), selector=selector)
        }


class SimulatedLab(Lab):
    """A lab whose pods do not run: `dashboard` says what Ray would."""

    def __init__(self, plane: ControlPlane, argo_cd: ArgoCD, repository: Repository, dashboard: Dashboard) -> None:
        super().__init__(plane, argo_cd, repository)
        self.dashboard = dashboard


@contextmanager
def simulated_lab(*, clusters: Sequence[str] = CLUSTERS, resync: int = 60) -> Iterator[SimulatedLab]:
    """A lab with simulated nodes, and nothing in its Argo CD yet, which looks at all again each `resync` seconds."""
    with temporary_folder() as folder, Dashboard() as dashboard:
        components = Components(folder)
        try:
            plane = ControlPlane(components)
            plane.start()
            provide_platform(plane)
            start_nodes(plane)
            proxied = {"HTTP_PROXY": dashboard.url, "NO_PROXY": "127.0.0.1,localhost"}
            start_operator(plane, environment=proxied)
            argo_cd = ArgoCD(plane)
            argo_cd.start(resync)
            for number, name in enumerate(clusters):
                argo_cd.add_cluster(name, number)
            yield SimulatedLab(plane, argo_cd, Repository.example(folder / "repository"), dashboard)
        finally:
            components.close()


def _state(application: dict[str, Any]) -> State:
    status = application.get("status", {})
    operation = status.get("operationState", {})
    sync = status.get("sync", {})
    conditions = [condition.get("message", "") for condition in status.get("conditions", [])]
    return State(
        name=application["metadata"]["name"],
        sync=sync.get("status", ""),
        health=status.get("health", {}).get("status", ""),
        revision=sync.get("revision", ""),
        phase=operation.get("phase", ""),
        syncs=max((entry["id"] for entry in status.get("history", [])), default=-1),
        finished=operation.get("finishedAt", ""),
        message="; ".join([operation.get("message", ""), *conditions])[:500],
        asked=_is_asked(application, REFRESH),
    )


@contextmanager
def _unless_gone() -> Iterator[None]:
    """What was listed a moment ago may have been removed meanwhile."""
    try:
        yield
    except Refused as refused:
        if refused.code != 404:
            raise


def _is_asked(obj: dict[str, Any], annotation: str) -> bool:
    return annotation in obj["metadata"].get("annotations", {})
