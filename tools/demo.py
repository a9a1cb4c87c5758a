"""`make demo`: the main job, on this machine alone, from three specs to a served prediction and back.

    .venv/bin/python tools/demo.py [--models breast-cancer,diabetes,digits]

Nothing outside a temporary folder is written, and nothing that it starts outlives it. Any step that does not do what it
says ends the demo with an error.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import demo_repository
from demo_repository import ROOT, commit
from local_pods import LocalPods, Release
from own_proxy import free_port
from ryaml import loads

MLGITOPS = ROOT / ".venv" / "bin" / "mlgitops"
SERVED = "breast-cancer"
"""The model that the demo serves."""
SHOWN = ("mlgitops_predictions_total", "mlgitops_feedback_total", "mlgitops_outliers_total", "mlgitops_model_loaded")
"""Of the replica's metrics, what the demo prints."""
FEEDBACK = 40
"""Rows that it asks about, and tells the truth of afterwards."""


class DemoFailed(Exception):
    """A step that did not do what it should."""


def main() -> int:
    """Run the demo; 1 where a step did not do what it says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", default="breast-cancer,diabetes,digits", help="which to train (all three)")
    models = parser.parse_args().models.split(",")
    # What is started is ended by SIGINT, which the background of a shell has ignored by all that starts there.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mlgitops-", ignore_cleanup_errors=True) as folder:
        try:
            check()
            Story(Path(folder), models).tell()
        except (DemoFailed, RuntimeError) as failed:
            print(f"demo: {failed}", file=sys.stderr)
            return 1
    say(f"Done in {time.monotonic() - began:.0f} seconds.")
    return 0


def say(text: str) -> None:
    """Print what comes next, as a heading."""
    print(f"\n# {text}", flush=True)


def run(*words: str, cwd: Path = ROOT, expected: int = 0, show: bool = True) -> str:
    """Run mlgitops, show what it says, and return its standard output. Raises DemoFailed for another exit code."""
    print(f"\n$ mlgitops {' '.join(words)}", flush=True)
    done = subprocess.run(
        [MLGITOPS, *words], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if show or done.returncode != expected:
        print(done.stdout, end="", flush=True)
    if done.returncode != expected:
        raise DemoFailed(f"exit code {expected} expected of mlgitops {words[0]}, got {done.returncode}")
    return done.stdout


def check() -> None:
    """The examples as they are."""
    say("Three models, three environments: is every document right, and does every policy allow it?")
    run("validate")
    say("Are the manifests in rendered/, which Argo CD syncs, what the documents say?")
    run("render", "--check")


class Story:
    """One repository, from its first commit to the return to the first version."""

    def __init__(self, folder: Path, models: Sequence[str]) -> None:
        self.models = models
        self.repository, self.keys = demo_repository.make(folder)
        self.stores = folder / "stores"
        work = folder / "work"
        work.mkdir()
        self.token = secrets.token_urlsafe()
        self.pods = LocalPods(self.repository, work, self.keys, {"model-feedback/token": self.token})
        self.model_file = self.repository / "specs" / SERVED / "model.yaml"
        self.served: Release | None = None

    def tell(self) -> None:
        """Every chapter in its order."""
        try:
            self.break_and_mend()
            self.train(self.models)
            first = self.deliver("Release what was trained, and promote it to staging.")
            self.serve(first, "Serve it, and ask it.")
            self.change()
            self.train([SERVED])
            second = self.deliver("Release the new version.")
            if first == second:
                raise DemoFailed(f"a new version was expected, got {second} again")
            self.serve(second, "Serve the new version in the place of the old one.")
            self.roll_back(first)
            self.serve(first, "Serve the first version again.")
            self.feed_back()
        finally:
            if self.served is not None:
                self.served.stop()

    def break_and_mend(self) -> None:
        """A broken spec, told; and what a longer deadline would change."""
        sound = self.model_file.read_text(encoding="utf-8")
        say(f"In a copy of them, break specs/{SERVED}: no replicas, and a field that does not exist.")
        self.edit(("replicas: {min: 2,", "replicas: {min: 0,"), ("maxFailures:", "maxFailurs:"))
        run("validate", cwd=self.repository, expected=1)
        say("Mend it, and render what the clusters get.")
        self.model_file.write_text(sound, encoding="utf-8")
        run("render", cwd=self.repository)
        commit(self.repository, "Render")

    def edit(self, *changes: tuple[str, str]) -> None:
        """Edit the served model's spec."""
        text = self.model_file.read_text(encoding="utf-8")
        for before, after in changes:
            if before not in text:
                raise DemoFailed(f"{before!r} must be in {self.model_file.name}")
            text = text.replace(before, after)
        self.model_file.write_text(text, encoding="utf-8")

    def train(self, models: Sequence[str]) -> None:
        """The run and the two Jobs of each model, as the rendered objects say."""
        for model in models:
            say(f"Train {model} as its RayJob says, evaluate it on the holdout, sign it: three pods, three keys.")
            for name in ("train", "evaluate", "sign"):
                began = time.monotonic()
                code = self.pods.train("dev", model) if name == "train" else self.pods.job("dev", model, name)
                print(f"{model}: {name} took {time.monotonic() - began:.1f} s", flush=True)
                if code != 0:
                    raise DemoFailed(f"{name} of {model} was expected to exit with 0, got {code}")
        run("runs", "list", SERVED, "--env", "dev", cwd=self.repository)

    def deliver(self, heading: str) -> str:
        """Registered versions as files in Git, in dev and then in staging; returns the version to be served."""
        say(heading)
        run("release", "--new", "--env", "dev", cwd=self.repository)
        commit(self.repository, "Release to dev")
        run("promote", SERVED, "--from", "dev", "--to", "staging", cwd=self.repository)
        return self.merge("Promote to staging")

    def merge(self, message: str) -> str:
        """Render, commit, and return the version that staging serves now."""
        run("render", cwd=self.repository, show=False)
        commit(self.repository, message)
        run("release", "list", "--model", SERVED, cwd=self.repository)
        release = loads((self.repository / f"environments/staging/releases/{SERVED}.yaml").read_text())
        version: str = release["spec"]["version"]
        return version

    def change(self) -> None:
        """A change that trains: what does a reviewer see?"""
        say("Change a hyperparameter. What would that do?")
        self.edit(("maxDepth: 4", "maxDepth: 3"))
        run("render", cwd=self.repository, show=False)
        run("plan", "--base", "HEAD", cwd=self.repository)
        commit(self.repository, "Grow shallower trees")

    def roll_back(self, version: str) -> None:
        """Back to an earlier version, by a commit like any other."""
        say(f"Roll back to {version}.")
        run("rollback", SERVED, "--env", "staging", "--reason", "For the demo.", cwd=self.repository)
        now = self.merge("Roll back")
        if now != version:
            raise DemoFailed(f"{version} expected in staging after the rollback, got {now}")

    def serve(self, version: str, heading: str) -> None:
        """The rendered RayService, by a Ray of its own; the former one goes when this one answers."""
        say(heading)
        release = Release(self.pods, "staging", SERVED, free_port())
        try:
            release.wait_until_ready(120)
        except RuntimeError:
            release.stop()
            raise
        if self.served is not None:
            self.served.stop()
        self.served = release
        row = without(self.rows()[0], "target")
        answer = ask(f"{release.url}/predict", row)
        offline = self.offline(release, row)
        print(f"{release.url}/predict answers {json.dumps(answer)}", flush=True)
        got = {key: answer["prediction"].get(key) for key in offline}
        if got != offline:
            raise DemoFailed(f"the offline predictor's {offline!r} was expected, got {got!r}")
        if answer["version"] != version:
            raise DemoFailed(f"version {version} expected in the answer, got {answer['version']}")
        record = loads((self.repository / f"specs/{SERVED}/versions/{version}/version.yaml").read_text())
        expected = record["spec"]["artifact"]["digest"]
        if release.args["artifact"]["digest"] != expected:
            raise DemoFailed(f"the record's digest {expected} expected to be served")
        print(f"the offline predictor says the same, and {expected} is what the release in Git names", flush=True)

    def rows(self) -> list[dict[str, float]]:
        """The holdout, as records."""
        path = self.stores / "example-holdout" / SERVED / "v1" / "validation.csv"
        with path.open(encoding="utf-8") as file:
            return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]

    def offline(self, release: Release, row: dict[str, float]) -> dict[str, Any]:
        """What the registered artifact answers without any server."""
        from mlgitops.contract.parts import ArtifactReference, Predictor
        from mlgitops.registry.opened import open_registry
        from mlgitops.registry.verified import fetched_artifact
        from mlgitops.runtime.predict import load_model

        registry = open_registry("directory", release.args["registry"])
        reference = ArtifactReference.model_validate(release.args["artifact"])
        predictor = Predictor.model_validate(release.args.get("predictor", {}))
        with tempfile.TemporaryDirectory() as folder:
            model = load_model(fetched_artifact(registry, SERVED, reference, Path(folder) / "version"), predictor)
        answer: dict[str, Any] = dict(model.answers({name: [value] for name, value in row.items()})[0])
        return answer

    def feed_back(self) -> None:
        """Ask about many rows, tell what they turned out to be, and look at what is counted and found."""
        say(f"Ask about {FEEDBACK} rows, tell what they turned out to be, and look at what Prometheus gets to see.")
        assert self.served is not None
        rows = self.rows()[:FEEDBACK]
        for number, row in enumerate(rows):
            ask(f"{self.served.url}/predict", without(row, "target"), **{"x-request-id": f"row-{number}"})
        truths = [{"id": f"row-{number}", "truth": int(row["target"])} for number, row in enumerate(rows)]
        bearer = {"Authorization": f"Bearer {self.token}"}
        print(json.dumps(ask(f"{self.served.url}/feedback", {"feedback": truths}, **bearer)))
        with urllib.request.urlopen(self.served.metrics, timeout=30) as page:
            counted = [line for line in page.read().decode().splitlines() if line.startswith(SHOWN)]
        print("\n".join(counted), flush=True)
        say("The daily job joins labels with predictions. What was the version worth?")
        self.served.stop()
        self.served = None
        if self.pods.cron_job("staging", SERVED, "join") != 0:
            raise DemoFailed("the job that joins labels was expected to exit with 0")
        reports = self.stores / "ml-staging-predictions" / SERVED / "staging" / "reports"
        report = json.loads((reports / "latest.json").read_text(encoding="utf-8"))
        print(", ".join(f"{count} {name}" for name, count in report["labels"].items()))
        if report["labels"]["joined"] != FEEDBACK:
            raise DemoFailed(f"{FEEDBACK} labels were expected to be joined, got {report['labels']['joined']}")
        for version in report["versions"]:
            for score in version["scores"]:
                now, then = score["value"], score["registered"]
                basis = f"on {version['rows']} rows, registered {then:.4f}"
                print(f"{version['version']}  {score['metric']:18} {now:.4f} {basis}")


def ask(url: str, body: Any, **headers: str) -> Any:
    """POST a body, and return what is answered."""
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json", **headers})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read())


def without(row: dict[str, float], name: str) -> dict[str, float]:
    """A record without one of its fields."""
    return {key: value for key, value in row.items() if key != name}


if __name__ == "__main__":
    os.environ.setdefault("COLUMNS", "120")
    sys.exit(main())
