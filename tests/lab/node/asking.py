"""Predictions asked for as a gateway does: from its namespace, at the Service that the rendered route names."""

from __future__ import annotations

import csv
import http.client
import json
import time
from contextlib import AbstractContextManager
from typing import NamedTuple

from tests.lab.load import asked_again
from tests.lab.node.lab import RealLab
from tests.lab.node.network import Attached, within
from tests.lab.node.story import MODEL, NAMESPACE, StoryRepository

ROUTE = f"/{MODEL}"
PORT = 8000


class Answered(NamedTuple):
    """What became of one request: HTTP's status, 0 where there was no answer, and the version that answered."""

    status: int
    version: str
    after: float
    said: str = ""


class Gateway:
    """Who sends requests on to a model's Service."""

    def __init__(self, lab: RealLab, repository: StoryRepository, attached: Attached) -> None:
        self.lab, self.attached = lab, attached
        [self.row, *_] = rows(repository)

    def address(self) -> str:
        """The address of the Service that the route leads to."""
        service = self.lab.api(f"/api/v1/namespaces/{NAMESPACE}/services/{MODEL}")
        return str(service["spec"]["clusterIP"])

    def ask(self, timeout: float = 10.0) -> Answered:
        """One prediction."""
        address = self.address()
        return within(self.attached, lambda: ask(address, self.row, timeout))

    def load(self, every: float = 0.2) -> AbstractContextManager[list[Answered]]:
        """Requests one after the other as long as this lasts, and their answers."""
        address = self.address()
        return asked_again(lambda: ask(address, self.row, 20.0), every, lambda run: within(self.attached, run))


def ask(address: str, row: dict[str, float], timeout: float) -> Answered:
    """One request on a connection of its own."""
    begun = time.monotonic()
    connection = http.client.HTTPConnection(address, PORT, timeout=timeout)
    try:
        headers = {"Content-Type": "application/json"}
        connection.request("POST", f"{ROUTE}/predict", json.dumps(row).encode(), headers)
        response = connection.getresponse()
        said = response.read()
        version = json.loads(said)["version"] if response.status == 200 else ""
        return Answered(response.status, version, time.monotonic() - begun, said.decode(errors="replace")[:300])
    except OSError as error:
        return Answered(0, "", time.monotonic() - begun, repr(error))
    finally:
        connection.close()


def rows(repository: StoryRepository) -> list[dict[str, float]]:
    """Records of the holdout, without their truth."""
    path = repository.stores / "example-holdout" / MODEL / "v1" / "validation.csv"
    with path.open(encoding="utf-8") as file:
        return [{name: float(value) for name, value in row.items() if name != "target"} for row in csv.DictReader(file)]
