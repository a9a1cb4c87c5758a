"""`Handler`: what is answered to which request, before Ray Serve or any other server comes into it.

    POST /predict                        one record, {…} → {"model", "version", "id", "prediction": {…}}
                                         a list of records, [{…}, …] → {…, "predictions": [{…}, …]}
    POST /explain                        the same, with an "explanation" beside each prediction; where the spec asks
    POST /feedback                       what turned out true (`runtime.watch`)
    GET  /livez, /readyz                 whether this replica answers, and with which artifact
    /v2, /v2/health/live, /v2/health/ready, /v2/models/<model>[/versions/<version>][/ready|/infer]
                                         the Open Inference Protocol, whose errors are {"error": "…"}

all of them under the route. Every answer carries the request's id, in its body and as `x-request-id`; what is wrong
with a request is said by a 4xx (`refusal`), and no body brings about a 5xx.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np

from mlgitops.problem import RunProblem
from mlgitops.runtime.predict.answers import Answer
from mlgitops.runtime.predict.model import Model
from mlgitops.runtime.serve.asking import INLINE_BYTES, Asking
from mlgitops.runtime.serve.bodies import records_of
from mlgitops.runtime.serve.checking import Checker, Row
from mlgitops.runtime.serve.explaining import MOST_RECORDS, Explaining
from mlgitops.runtime.serve.inference_routes import inference_reply
from mlgitops.runtime.serve.refusal import Refusal
from mlgitops.runtime.serve.reply import Reply, encoded, json_reply
from mlgitops.runtime.serve.request import Request, only
from mlgitops.runtime.serve.request_id import HEADER, record_ids, request_id
from mlgitops.runtime.serve.watching import Watching

EXPLANATIONS_AT_ONCE = 2
RETRY_AFTER_SECONDS = "1"
Value = TypeVar("Value")

_log = logging.getLogger("mlgitops.serve")


class Served(NamedTuple):
    """What is served: names for every answer."""

    model: str
    version: str
    digest: str


class Prepared(NamedTuple):
    """Records that were checked, and what the model is asked with."""

    records: Sequence[Mapping[str, object]]
    rows: Any
    many: bool


class Columns(Mapping[str, Sequence[object]]):
    """Records column by column, made when somebody asks for one."""

    def __init__(self, names: Sequence[str], records: Sequence[Mapping[str, object]]) -> None:
        self._names, self._records = names, records

    def __getitem__(self, name: str) -> Sequence[object]:
        if name not in self._names:
            raise KeyError(name)
        return [record.get(name) for record in self._records]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class Handler:
    """Answers requests for one model; made once a replica."""

    def __init__(
        self,
        served: Served,
        model: Model,
        watch: Watching,
        asking: Asking,
        explaining: Explaining | None = None,
    ) -> None:
        self.served, self.model, self.watch = served, model, watch
        self.asking, self.explaining = asking, explaining
        self.names = [feature.name for feature in model.inputs]
        self.checker = Checker(model.inputs, as_numbers=model.takes_matrix)
        self._head = f'{{"model":{encoded(served.model)},"version":{encoded(served.version)},"id":'
        self._explaining = 0

    def close(self) -> None:
        """Stop what runs beside the answering."""
        self.asking.close()
        self.watch.close()

    async def reply(self, request: Request) -> Reply:
        """The answer to a request."""
        identity = request_id(request.headers.get(HEADER))
        try:
            if request.path == "/predict":
                only(request, "POST")
                return await self._predict(request.body, identity)
            return await self._other(request, identity)
        except Refusal as refusal:
            return self.refused(request.path, refusal, identity)
        except Exception as error:
            return self._failed(request, error, identity)

    async def _predict(self, body: bytes, identity: str) -> Reply:
        large = len(body) > INLINE_BYTES
        prepared = await self.off_loop(lambda: self.prepared(body)) if large else self.prepared(body)
        _, text = await self.answered(prepared, identity, large=large)
        content = f'"predictions":{text}' if prepared.many else f'"prediction":{text[1:-1]}'
        return Reply(200, f'{self._head}"{identity}",{content}}}'.encode(), {HEADER: identity})

    async def off_loop(self, work: Callable[[], Value]) -> Value:
        """Do something in the predictor's thread, while the loop goes on."""
        return await self.asking.in_thread(work)

    def prepared(self, body: bytes) -> Prepared:
        """The records of a body, checked. Raises Refusal."""
        records, many = records_of(body)
        return Prepared(records, self._asked_with(self.checker.rows(records)), many)

    def prepared_records(self, records: Sequence[Mapping[str, object]]) -> Prepared:
        """Some records, checked. Raises Refusal."""
        return Prepared(records, self._asked_with(self.checker.rows(records)), many=True)

    def _asked_with(self, rows: list[Row]) -> Any:
        return np.array(rows, np.float32) if self.model.takes_matrix else rows

    async def answered(self, prepared: Prepared, identity: str, *, large: bool = False) -> tuple[list[Answer], str]:
        """The answers to prepared records, and as JSON; counted and watched.

        Raises Refusal, and what the predictor raises.
        """
        started = time.perf_counter()
        answers = await self.asking.ask(prepared.rows)
        seconds = time.perf_counter() - started
        text = await self.off_loop(lambda: _finite(answers)) if large else _finite(answers)
        self.watch.answered("ok", seconds)
        columns = Columns(self.names, prepared.records)
        ids = record_ids(identity, len(answers), many=prepared.many)
        self.watch.observe(prepared.rows if self.model.takes_matrix else None, columns, answers, ids)
        return answers, text

    async def _other(self, request: Request, identity: str) -> Reply:
        path = request.path.rstrip("/")
        if path == "/v2" or path.startswith("/v2/"):
            return await inference_reply(self, request, path, identity)
        if path in ("/livez", "/readyz"):
            only(request, "GET", "HEAD")
            state = {"model": self.served.model, "version": self.served.version, "digest": self.served.digest}
            return json_reply({"ready": True, **state}, headers={HEADER: identity})
        if path == "/explain" and self.explaining is not None:
            only(request, "POST")
            return await self._explain(self.explaining, request.body, identity)
        if path == "/feedback":
            only(request, "POST")
            return await self._feedback(request, identity)
        raise Refusal(404, "request/no-such-path", "the path must be /predict, /v2/…, /readyz or /livez")

    async def _explain(self, explaining: Explaining, body: bytes, identity: str) -> Reply:
        if self._explaining >= EXPLANATIONS_AT_ONCE:
            message = f"at most {EXPLANATIONS_AT_ONCE} requests are explained at once"
            raise Refusal(429, "request/busy", message)
        self._explaining += 1
        try:
            return await self.off_loop(lambda: self._explained(explaining, body, identity))
        finally:
            self._explaining -= 1

    def _explained(self, explaining: Explaining, body: bytes, identity: str) -> Reply:
        prepared = self.prepared(body)
        if len(prepared.records) > MOST_RECORDS:
            message = f"at most {MOST_RECORDS} records are explained at once, got {len(prepared.records)}"
            raise Refusal(413, "request/too-large", message)
        answers = self.model.answers_of_rows(prepared.rows)
        reasons = explaining.explanations(prepared.rows, answers)
        both = [{"prediction": answer, "explanation": why} for answer, why in zip(answers, reasons, strict=True)]
        found = _finite(both)
        content = f'"explanations":{found}' if prepared.many else found[2:-2]
        return Reply(200, f'{self._head}"{identity}",{content}}}'.encode(), {HEADER: identity})

    async def _feedback(self, request: Request, identity: str) -> Reply:
        authorization = request.headers.get("authorization")
        status, content = await self.off_loop(
            lambda: self.watch.feedback(request.body, authorization, self.answers_of_columns)
        )
        return json_reply(content, status, {HEADER: identity})

    def answers_of_columns(self, columns: Mapping[str, Sequence[object]]) -> list[Answer]:
        """The answers to raw values by feature, checked as a request's are. Raises Refusal."""
        records = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        return self.model.answers_of_rows(self.prepared_records(records).rows)

    def check_name(self, model: str, version: str) -> None:
        """Raises Refusal for another model than the one that is served, or another version of it."""
        if model != self.served.model:
            raise Refusal(404, "request/no-such-model", f"the model here is {self.served.model}")
        if version and version != self.served.version:
            raise Refusal(404, "request/no-such-version", f"the version here is {self.served.version}")

    def refused(self, path: str, refusal: Refusal, given_id: str | None) -> Reply:
        """The answer to a request that is refused."""
        identity = request_id(given_id)
        self.watch.answered("shed" if refusal.status == 429 else "invalid", 0.0)
        headers = {HEADER: identity}
        if refusal.status == 429:
            headers["retry-after"] = RETRY_AFTER_SECONDS
        if "/v2" in path:
            return json_reply({"error": refusal.text(), "id": identity}, refusal.status, headers)
        names = {"model": self.served.model, "version": self.served.version, "id": identity}
        return json_reply({"error": refusal.content(), **names}, refusal.status, headers)

    def _failed(self, request: Request, error: Exception, identity: str) -> Reply:
        """A predictor that fails is ours or its author's to mend: the log says why, the caller gets the id."""
        self.watch.answered("error", 0.0)
        code = error.code if isinstance(error, RunProblem) else "predictor/failed"
        _log.error("request %s failed: %s", identity, code, exc_info=error)
        message = "the model failed; its log says why, under this id"
        headers = {HEADER: identity}
        if request.path.startswith("/v2"):
            return json_reply({"error": f"{code}: {message}", "id": identity}, 500, headers)
        names = {"model": self.served.model, "version": self.served.version, "id": identity}
        return json_reply({"error": {"code": code, "message": message}, **names}, 500, headers)


def _finite(answers: Sequence[object]) -> str:
    """The answers as JSON. Raises Refusal where the model's number for a record is none."""
    try:
        return encoded(answers)
    except ValueError:
        message = "the model has no finite answer to a record: it may not know missing or extreme values"
        raise Refusal(422, "request/no-answer", message) from None
