"""One model in one environment: who wins, what a version keeps, and where each value was written."""

from __future__ import annotations

import copy
import dataclasses
import time
from typing import Any

import pytest

from mlgitops.findings import Finding
from mlgitops.source import Location
from mlgitops.spec.code import code_of
from mlgitops.spec.documents.environment import Environment
from mlgitops.spec.documents.model import Model
from mlgitops.spec.documents.release import Release
from mlgitops.spec.documents.run import Run
from mlgitops.spec.documents.version import Version
from mlgitops.spec.layers import Origin
from mlgitops.spec.resolve import ResolvedModel, resolve
from tests.spec.example_documents import (
    CODE,
    ENVIRONMENT,
    FULL_MODEL,
    MODEL,
    PATHS,
    RELEASE,
    RUN,
    VERSION,
    changed,
    place,
    written,
)

SERVING = "  serving: {route: /churn, replicas: {min: 2}, timeout: 20s}\n"
MONITORING = "  monitoring: {drift: {test: psi, threshold: 0.2}}\n"


def outcome(
    model: str = MODEL, environment: str = ENVIRONMENT, *, version: str = "", run: str = ""
) -> ResolvedModel | list[Finding]:
    return resolve(
        written(Model, model),
        written(Environment, environment),
        version=written(Version, version) if version else None,
        release=written(Release, RELEASE) if version else None,
        run=written(Run, run) if run else None,
        training_code=code_of(CODE, "train"),
        candidate_code=code_of(CODE, "serve"),
        serving_code=code_of({"serve.py": "released = 1\n"}, "serve") if version else None,
    )


def resolved(*texts: str, **more: str) -> ResolvedModel:
    result = outcome(*texts, **more)
    assert isinstance(result, ResolvedModel), result
    return result


def environment(**sections: str) -> str:
    """An environment with defaults and overrides in YAML's flow style."""
    return ENVIRONMENT + "".join(f"  {name}: {text}\n" for name, text in sections.items())


def test_a_model_alone() -> None:
    model = resolved()
    assert model.spec == written(Model, MODEL).value.spec
    assert (model.name, model.environment_name, model.subject) == ("churn", "dev", "churn@dev")
    assert (model.trains, model.serves, model.version, model.release, model.run) == (True, False, None, None, None)
    assert set(model.training_code.files) == {"train.py", "features.py"}
    assert set(model.serving_code.files) == set(model.candidate_code.files) == {"serve.py", "features.py"}


DEFAULTS = "{training: {deadline: 1h, maxFailures: 1, resources: {cpu: 1, memory: 1Gi}}}"
OVERRIDES = "{churn: {training: {maxFailures: 3}}, other: {training: {maxFailures: 9}}}"
SAYING = changed(MODEL, "framework: sklearn", "framework: sklearn\n    maxFailures: 2\n    resources: {memory: 2Gi}")


@pytest.mark.parametrize(
    ("model", "sections", "failures", "deadline", "cpu", "memory"),
    [
        (MODEL, {}, 0, None, None, None),
        (MODEL, {"defaults": DEFAULTS}, 1, "1h", 1, "1Gi"),
        (SAYING, {}, 2, None, None, "2Gi"),
        (SAYING, {"defaults": DEFAULTS}, 2, "1h", 1, "2Gi"),
        (SAYING, {"defaults": DEFAULTS, "overrides": OVERRIDES}, 3, "1h", 1, "2Gi"),
        (SAYING, {"overrides": "{other: {training: {maxFailures: 9}}}"}, 2, None, None, "2Gi"),
        (
            SAYING,
            {"defaults": DEFAULTS, "overrides": "{churn: {training: {resources: null, deadline: null}}}"},
            2,
            None,
            None,
            None,
        ),
    ],
)
def test_each_layer_has_its_turn(
    model: str, sections: dict[str, str], failures: int, deadline: str | None, cpu: float | None, memory: str | None
) -> None:
    training = resolved(model, environment(**sections)).spec.training
    assert (training.maxFailures, training.deadline) == (failures, deadline)
    assert (training.resources.cpu, training.resources.memory) == (cpu, memory)


def test_lists_of_named_items_merge_through_the_layers() -> None:
    model = changed(
        MODEL, "framework: sklearn", 'framework: sklearn\n    env: [{name: A, value: "2"}, {name: B, value: "2"}]'
    )
    where = environment(
        defaults='{training: {env: [{name: A, value: "1"}, {name: Z, value: "1"}]}}',
        overrides="{churn: {training: {env: [{name: B, value: null, secret: {name: s, key: k}}]}}}",
    )
    env = resolved(model, where).spec.training.env
    assert [(v.name, v.value, v.secret and v.secret.key) for v in env] == [
        ("A", "2", None),
        ("Z", "1", None),
        ("B", None, "k"),
    ]


ALL_SECTIONS = (
    "{serving: {route: /x, replicas: {min: 3}}, monitoring: {drift: {threshold: 0.5}}, "
    "validation: {dataset: x, metrics: [{name: auc, min: 0.5}]}, triggers: {newData: true}}"
)
BARE = MODEL[: MODEL.index("  validation:")]


@pytest.mark.parametrize("layer", ["defaults", "overrides"])
def test_no_section_is_created_by_an_environment(layer: str) -> None:
    text = ALL_SECTIONS if layer == "defaults" else f"{{churn: {ALL_SECTIONS}}}"
    spec = resolved(BARE, environment(**{layer: text})).spec
    assert spec == written(Model, BARE).value.spec


def test_sections_are_filled_in_where_the_model_has_them() -> None:
    model = MODEL + "  serving: {route: /churn}\n"
    spec = resolved(model, environment(defaults="{serving: {timeout: 9s}, monitoring: {drift: {threshold: 0.5}}}")).spec
    assert spec.serving is not None
    assert (spec.serving.timeout, spec.monitoring) == ("9s", None)


def test_a_section_that_a_model_sets_to_null_is_not_filled_in() -> None:
    assert resolved(BARE + "  serving: null\n", environment(defaults=ALL_SECTIONS)).spec.serving is None


def test_an_override_can_take_a_section_away() -> None:
    spec = resolved(MODEL + SERVING, environment(overrides="{churn: {serving: null, validation: null}}")).spec
    assert (spec.serving, spec.validation) == (None, None)


# A version that serves.


def test_a_version_s_behaviour_is_kept_and_its_hardware_is_not() -> None:
    model = MODEL + "  serving: {route: /new, replicas: {min: 2}, resources: {cpu: 4}, timeout: 20s}\n" + MONITORING
    result = resolved(model, version=VERSION)
    serving, snapshot = result.spec.serving, written(Version, VERSION).value.spec.snapshot
    assert serving is not None
    assert (serving.route, serving.timeout, serving.inputs) == ("/churn", "5s", snapshot.serving.inputs)
    assert (serving.replicas.min, serving.replicas.max, serving.resources.cpu) == (2, None, 4)
    assert result.spec.monitoring == snapshot.monitoring
    assert result.serves
    assert result.serving_code.files == {"serve.py": "released = 1\n"}


def test_what_the_next_version_serves_with_is_the_working_tree_s() -> None:
    model = MODEL + SERVING
    result = resolved(model, environment(defaults="{serving: {maxOngoingRequests: 7}}"), version=VERSION)
    assert result.candidate_serving is not None
    assert (result.candidate_serving.timeout, result.candidate_serving.maxOngoingRequests) == ("20s", 7)
    assert set(result.candidate_code.files) == {"serve.py", "features.py"}
    assert resolved(model).candidate_serving == resolved(model).spec.serving


def test_what_an_environment_overrides_stays_there_and_is_in_no_version() -> None:
    overrides = "{churn: {serving: {timeout: 9s, replicas: {min: 3}}}}"
    for version in (None, VERSION):
        result = resolved(MODEL + SERVING, environment(overrides=overrides), version=version)
        assert result.spec.serving is not None
        assert result.candidate_serving is not None
        assert result.spec.serving.timeout == "9s"
        assert (result.candidate_serving.timeout, result.candidate_serving.replicas.min) == ("20s", 3)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("timeout: 20s", "timeout: 21s"),
        ("route: /churn", "route: /elsewhere"),
        ("timeout: 20s", "inputs: [{name: age, type: int64}]"),
        ("timeout: 20s", "threshold: 0.9"),
        ("timeout: 20s", "entrypoint: serve:Other"),
        ("threshold: 0.2", "threshold: 0.9"),
    ],
)
def test_an_edit_of_behaviour_changes_nothing_that_serves(before: str, after: str) -> None:
    model = MODEL + SERVING + MONITORING
    now, then = (resolved(text, version=VERSION).spec for text in (model, changed(model, before, after)))
    assert (now.serving, now.monitoring) == (then.serving, then.monitoring)


@pytest.mark.parametrize(
    ("before", "after"),
    [("min: 2", "min: 4"), ("timeout: 20s", "accelerators: {type: T4}"), ("timeout: 20s", "resources: {memory: 9Gi}")],
)
def test_an_edit_of_hardware_follows_the_working_tree(before: str, after: str) -> None:
    model = MODEL + SERVING
    assert (
        resolved(model, version=VERSION).spec.serving
        != resolved(changed(model, before, after), version=VERSION).spec.serving
    )


def test_overrides_have_the_last_word_over_a_version() -> None:
    where = environment(overrides="{churn: {serving: {timeout: 1s, replicas: {min: 7}}}}")
    serving = resolved(MODEL + SERVING, where, version=VERSION).spec.serving
    assert serving is not None
    assert (serving.timeout, serving.replicas.min) == ("1s", 7)


def test_defaults_do_not_undo_a_version() -> None:
    where = environment(defaults="{serving: {timeout: 1s}, monitoring: {drift: {threshold: 0.9}}}")
    result = resolved(MODEL + SERVING, where, version=VERSION)
    assert result.spec.serving is not None
    assert result.spec.serving.timeout == "5s"
    assert result.spec.monitoring == written(Version, VERSION).value.spec.snapshot.monitoring


def test_defaults_add_no_behaviour_to_a_version() -> None:
    defaults = "{serving: {maxQueuedRequests: 7, env: [{name: X, value: x}], resources: {cpu: 3}}}"
    released = resolved(MODEL + SERVING, environment(defaults=defaults), version=VERSION).spec.serving
    assert released is not None
    assert (released.maxQueuedRequests, released.env, released.resources.cpu) == (1000, [], 3)
    working = resolved(MODEL + SERVING, environment(defaults=defaults)).spec.serving
    assert working is not None
    assert (working.maxQueuedRequests, [item.name for item in working.env]) == (7, ["X"])


def test_a_version_without_monitoring_is_not_monitored() -> None:
    version = VERSION[: VERSION.index("    monitoring:")]
    assert resolved(MODEL + SERVING + MONITORING, version=version).spec.monitoring is None


def test_a_model_that_serves_no_more_keeps_serving_what_is_released() -> None:
    result = resolved(MODEL, version=VERSION)
    assert result.spec.serving is not None
    assert (result.spec.serving.replicas.min, result.candidate_serving) == (1, None)


def test_nothing_serves_where_the_environment_does_not() -> None:
    where = changed(ENVIRONMENT, "serves: true", "serves: false")
    assert not resolved(MODEL + SERVING, where, version=VERSION).serves


# A run.


def test_a_run_has_its_own_data() -> None:
    result = resolved(run=RUN)
    first, second = result.spec.data
    assert (first.name, first.role, first.uri, first.version) == (
        "customers",
        "training",
        "s3://features/customers/v8",
        "v8",
    )
    assert second == written(Model, MODEL).value.spec.data[1]
    assert result.run is not None
    assert result.run.spec.attempt == 2


def test_a_run_without_data_changes_none() -> None:
    run = RUN[: RUN.index("  data:")]
    assert resolved(run=run).spec.data == resolved().spec.data


# Where values come from.


def at(kind: type[Any], text: str, fragment: str, within: str = "") -> Location:
    return Location(PATHS[kind], *place(text, fragment, within))


def test_the_origin_of_values_of_every_layer() -> None:
    model = SAYING + SERVING + MONITORING
    where = environment(
        defaults=DEFAULTS, overrides="{churn: {serving: {maxQueuedRequests: 5}, training: {maxFailures: 3}}}"
    )
    result = resolved(model, where, version=VERSION, run=RUN)
    expected = {
        ("task",): ("model", at(Model, model, "binaryClassification")),
        ("training", "resources", "memory"): ("model", at(Model, model, "2Gi")),
        ("training", "resources", "cpu"): ("environment defaults", at(Environment, where, "1, memory: 1Gi")),
        ("training", "deadline"): ("environment defaults", at(Environment, where, "1h")),
        ("training", "maxFailures"): ("environment override", at(Environment, where, "3}}}")),
        ("serving", "maxQueuedRequests"): ("environment override", at(Environment, where, "5}, training")),
        ("serving", "timeout"): ("version", at(Version, VERSION, "5s")),
        ("serving", "inputs", 0, "type"): ("version", at(Version, VERSION, "float32")),
        ("serving", "replicas", "min"): ("model", at(Model, model, "2}, timeout")),
        ("monitoring", "drift", "test"): ("version", at(Version, VERSION, "ks,")),
        ("data", 0, "uri"): ("run", at(Run, RUN, '"s3://features/customers/v8"')),
        ("data", 0, "role"): ("model", at(Model, model, "training, uri")),
        ("data", 1, "uri"): ("model", at(Model, model, '"s3://holdout/customers/v3"')),
    }
    found = {pointer: result.origin(pointer) for pointer in expected}
    assert found == {pointer: Origin(layer, location) for pointer, (layer, location) in expected.items()}


def test_a_default_that_nobody_wrote_stands_at_the_nearest_thing_that_somebody_did() -> None:
    result = resolved()
    builtin = "built-in default"
    assert result.origin(("training", "seed")) == Origin(builtin, at(Model, MODEL, "framework: sklearn"))
    assert result.origin(("triggers", "newData")) == Origin(builtin, at(Model, MODEL, "task:"))
    assert result.nearest(("validation", "metrics", 0, "maxGap")) == at(Model, MODEL, "{name: auc, min: 0.82}")
    assert result.nearest(()) == at(Model, MODEL, "task:")


def test_a_removed_value_stands_at_what_is_left() -> None:
    where = environment(defaults=DEFAULTS, overrides="{churn: {training: {deadline: null}}}")
    result = resolved(MODEL, where)
    assert result.origin(("training", "deadline")) == Origin(
        "built-in default", at(Environment, where, "{deadline: null}")
    )


# What layers break together.


def test_an_override_that_breaks_the_spec_is_said_at_the_override() -> None:
    where = environment(overrides="{churn: {serving: {replicas: {min: 0}}, training: {wokers: 2}}}")
    assert outcome(MODEL + SERVING, where) == [
        Finding(
            at(Environment, where, "wokers"),
            "spec/unknown-key",
            "error",
            "training has no key 'wokers'",
            "did you mean `workers`?",
            "/spec/training/wokers",
            "churn@dev",
        ),
        Finding(
            at(Environment, where, "0}}, training"),
            "spec/out-of-range",
            "error",
            "serving.replicas.min must be at least 1, got 0",
            "write a number that is at least 1",
            "/spec/serving/replicas/min",
            "churn@dev",
        ),
    ]


def test_a_null_that_takes_what_must_be_is_said_where_it_is_missing() -> None:
    where = environment(overrides="{churn: {training: {framework: null}}}")
    assert outcome(MODEL, where) == [
        Finding(
            at(Environment, where, "{framework: null}"),
            "spec/missing-key",
            "error",
            "training needs the key `framework`, got none",
            "add `framework:`",
            "/spec/training/framework",
            "churn@dev",
        )
    ]


def test_a_default_that_completes_nothing_is_said_at_the_default() -> None:
    where = environment(defaults="{training: {accelerators: {perWorker: 2}}}")
    (finding,) = outcome(MODEL, where)  # type: ignore[misc]
    assert finding.message == "training.accelerators needs the key `type`, got none"
    assert finding.location == at(Environment, where, "{perWorker: 2}")


def test_what_breaks_only_the_working_tree_s_serving_is_said_at_its_line() -> None:
    """The version serves without what the default breaks; the next version could not be evaluated."""
    where = environment(defaults="{serving: {inputs: [{name: tenure}]}}")
    assert outcome(MODEL + SERVING, where, version=VERSION) == [
        Finding(
            at(Environment, where, "{name: tenure}"),
            "spec/missing-key",
            "error",
            "serving.inputs[0] needs the key `type`, got none",
            "add `type:`",
            "/spec/serving/inputs/0/type",
            "churn@dev",
        )
    ]
    serving_only = changed(where, "trains: true", "trains: false")
    assert isinstance(outcome(MODEL + SERVING, serving_only, version=VERSION), ResolvedModel)


def test_names_that_are_no_text_are_refused() -> None:
    where = environment(overrides="{churn: {training: {env: [{name: [1]}, {name: {a: 1}}]}}}")
    findings = outcome(MODEL, where)
    assert [(f.code, f.message) for f in findings] == [  # type: ignore[union-attr]
        ("spec/type", "training.env[0].name must be text, got a list"),
        ("spec/type", "training.env[1].name must be text, got a mapping"),
    ]


def test_documents_stay_as_they_were() -> None:
    model, where = written(Model, FULL_MODEL), written(Environment, environment(defaults=DEFAULTS, overrides=OVERRIDES))
    before = copy.deepcopy((model.document.data, where.document.data))
    code = code_of(CODE, "train")
    first = resolve(model, where, training_code=code, candidate_code=code)
    assert isinstance(first, ResolvedModel)
    assert (model.document.data, where.document.data) == before
    assert resolve(model, where, training_code=code, candidate_code=code) == first


def test_a_resolved_model_is_frozen_and_small_to_print() -> None:
    model = resolved()
    with pytest.raises(dataclasses.FrozenInstanceError):
        model.name = "x"  # type: ignore[misc]
    assert "merged" not in repr(model)


def test_resolution_is_quick() -> None:
    """It happens for each of 1,000 models in each environment; a limit ten times what it takes here."""
    model, where = written(Model, FULL_MODEL), written(Environment, environment(defaults=DEFAULTS, overrides=OVERRIDES))
    code = code_of(CODE, "train")
    started = time.process_time()
    for _ in range(200):
        resolve(model, where, training_code=code, candidate_code=code)
    assert (time.process_time() - started) / 200 < 0.002
