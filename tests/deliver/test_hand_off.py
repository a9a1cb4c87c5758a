"""Which version is due, decided on values: logical time, records, several environments that train."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from mlgitops.deliver.hand_off import Undue, what_is_due
from mlgitops.deliver.trained import Finished, Recorded, Wanted, newest, signature_reference
from mlgitops.spec.documents.environment import Environment
from tests.deliver.chain import SPEC, churn, environment, place, version
from tests.signers import PUBLIC_KEY
from tests.spec.example_documents import DIGEST, ENVIRONMENT, KEYLESS_ENVIRONMENT, VERSION, changed, written

OLD, NEW = DIGEST["3"], DIGEST["4"]


def wanted(run: str, requested: str | None, where: str = "dev") -> Wanted:
    """A run; of what it is resolved from, the time alone counts here."""
    asked = SimpleNamespace(spec=SimpleNamespace(requestedAt=requested)) if requested else None
    return Wanted(environment(where, trains=True), SimpleNamespace(run=asked), run)  # type: ignore[arg-type]


def registered(run: str, at: str = "2026-11-20T10:00:00Z") -> Any:
    return SimpleNamespace(run=run, version="r" + run[7:17], finishedAt=at, registeredAt=at)


def recorded(name: str, run: str) -> Any:
    return version(name, "2026-11-09T05:00:00Z", text=changed(VERSION, DIGEST["c"], run))


def test_whose_signature_counts_is_what_git_says() -> None:
    signature = SimpleNamespace(signer="sign-job", digest=OLD)
    version: Any = SimpleNamespace(model="churn", version="r1", run=OLD, signature=signature)
    keyless = written(Environment, KEYLESS_ENVIRONMENT).value.spec
    found = signature_reference(keyless, version)
    assert found is not None
    assert (found.signer, found.publicKey, found.keyless) == ("sign-job", None, keyless.signers["sign-job"])
    assert signature_reference(written(Environment, ENVIRONMENT).value.spec, version) is None
    signature.signer = "ml-platform"
    keyed = signature_reference(written(Environment, ENVIRONMENT).value.spec, version)
    assert keyed is not None
    assert (keyed.publicKey, keyed.keyless) == (PUBLIC_KEY, None)


def test_what_was_asked_for_last_counts_and_not_what_finished_last() -> None:
    runs = [wanted(OLD, "2026-11-01T00:00:00Z"), wanted(NEW, "2026-11-02T00:00:00Z", "lab")]
    slow, fast = registered(OLD, "2026-11-09T00:00:00Z"), registered(NEW, "2026-11-03T00:00:00Z")
    assert newest(runs, [fast, slow], churn()) == Finished(runs[1], fast)
    assert newest(list(reversed(runs)), [slow, fast], churn()) == Finished(runs[1], fast)
    assert newest(runs, [slow], churn()) == Finished(runs[0], slow)
    assert newest(runs, [], churn()) is None


def test_a_change_of_the_spec_asks_before_whatever_was_asked_for_since() -> None:
    runs = [wanted(OLD, None), wanted(NEW, "2026-11-02T00:00:00Z", "lab")]
    assert newest(runs, [registered(OLD), registered(NEW)], churn()) == Finished(runs[1], registered(NEW))
    same = [wanted(OLD, None), wanted(NEW, None, "lab")]
    assert newest(same, [registered(OLD), registered(NEW)], churn()) == Finished(same[0], registered(OLD))


def test_a_record_comes_before_the_registry() -> None:
    (run,) = [wanted(NEW, None)]
    model = churn(r4444444444=recorded("r4444444444", NEW))
    assert newest([run], [registered(NEW)], model) == Recorded(run, "r4444444444")
    assert newest([run], [], model) == Recorded(run, "r4444444444")
    shared = changed(VERSION, DIGEST["c"], NEW).replace("  signature:", "  artifactOf: v1\n  signature:")
    behaviour = version("v4", "2026-11-09T05:00:00Z", text=shared)
    assert newest([run], [], churn(v4=behaviour)) is None  # the weights of another one


def test_two_finished_runs_cannot_downgrade() -> None:
    """The older one has its record and serves; the newer one is due. Then neither is, whatever serves."""
    runs = [wanted(OLD, "2026-11-01T00:00:00Z"), wanted(NEW, "2026-11-02T00:00:00Z", "lab")]
    both = [registered(OLD), registered(NEW)]
    model = churn(r3333333333=recorded("r3333333333", OLD))
    assert what_is_due(model, runs, place("dev", "v2", of=model), both) == Finished(runs[1], registered(NEW))
    model = churn(r3333333333=recorded("r3333333333", OLD), r4444444444=recorded("r4444444444", NEW))
    why = "r4444444444 has its record; r3333333333 serves in dev, as was decided since"
    here = place("dev", "r3333333333", of=model)
    assert what_is_due(model, runs, here, both) == Undue("current", why, "r4444444444", NEW)


def test_nothing_is_due() -> None:
    run = wanted(NEW, None)
    spec = SPEC[: SPEC.index("  serving:")]
    assert what_is_due(churn(spec), [run], place("dev", "v2"), [registered(NEW)]).state == "not served"  # type: ignore[union-attr]
    assert what_is_due(churn(), [], place("dev", "v2"), []) == Undue("waiting", "no environment trains it")
    none = "run 4444444444 of the present spec has no version yet"
    assert what_is_due(churn(), [run], place("dev", "v2"), []) == Undue("waiting", none, None, NEW)
    other = f"{none}; r3333333333, the newest of 1, is of another spec than the present one"
    assert what_is_due(churn(), [run], place("dev", "v2"), [registered(OLD)]) == Undue("waiting", other, None, NEW)
