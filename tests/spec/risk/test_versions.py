"""What a release changes, each kind of it with its level and its place."""

from __future__ import annotations

import pytest

from mlgitops.source import Location
from mlgitops.spec.risk.factor import RiskFactor, level_of
from mlgitops.spec.risk.versions import RECIPE, SERVING, version_factors
from tests.deliver.chain import SERVING_CODE, version
from tests.spec.example_documents import DIGEST, IMAGE, VERSION, changed

RECORD = "specs/churn/versions/v2/version.yaml"
RECIPE_TEXT = f"""\
  recipe:
    task: binaryClassification
    target: churned
    features: [tenure, plan]
    entrypoint: train:loop
    hyperparameters: {{epochs: 3, depth: 4}}
    codeDigest: {DIGEST["5"]}
    codeShape: {DIGEST["6"]}
"""
TOLD = changed(VERSION, "  image: " + IMAGE + "\n  metrics", RECIPE_TEXT + "  image: " + IMAGE + "\n  metrics")


def factors(text: str, base: str = VERSION, code: dict[str, str] | None = None) -> list[tuple[str, str, str]]:
    """What differs between a version and another one: words, level, reason."""
    old = version("v1", "2026-11-01T04:10:00Z", text=base)
    new = version("v2", "2026-11-02T04:10:00Z", text=text, code=code or SERVING_CODE)
    found = version_factors(old, new)
    for one in found:
        assert one.location is not None
        assert one.location.path.startswith("specs/churn/versions/v2/"), one
    return [(one.change, one.level, one.reason) for one in found]


def trained(text: str) -> str:
    """With another artifact, of another run."""
    return changed(changed(text, DIGEST["a"], DIGEST["f"]), DIGEST["c"], DIGEST["9"])


def test_nothing_differs() -> None:
    assert factors(VERSION) == []
    assert level_of([]) == "low"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("route: /churn", "route: /leaving", ("serving API", "medium", "serving.route differs: callers ask elsewhere")),
        ("name: tenure", "name: calls", ("inputs", "medium", "serving.inputs differs: requests have other fields")),
        (
            "route: /churn",
            "threshold: 0.4\n      route: /churn",
            ("decision threshold", "medium", "serving.threshold differs: the same score is another answer"),
        ),
        (
            "route: /churn",
            "entrypoint: serve:A\n      route: /churn",
            ("serving API", "medium", "serving.entrypoint differs: another predictor answers"),
        ),
        (
            "route: /churn",
            "explain: true\n      route: /churn",
            ("serving API", "medium", "serving.explain differs: a way to ask comes or goes"),
        ),
        (
            "route: /churn",
            "env: [{name: A, value: b}]\n      route: /churn",
            (
                "serving variables",
                "medium",
                "serving.env differs: what code does with a variable nobody can tell",
            ),
        ),
        ("timeout: 5s", "timeout: 6s", ("serving limits", "low", "serving.timeout differs: requests wait otherwise")),
        ("threshold: 0.1", "threshold: 0.3", ("monitoring", "low", "what is watched differs, and no answer")),
    ],
)
def test_serving(before: str, after: str, expected: tuple[str, str, str]) -> None:
    assert factors(changed(VERSION, before, after)) == [expected]


def test_an_image_and_where_it_stands() -> None:
    text = VERSION.replace(f"      image: {IMAGE}", f"      image: {IMAGE[:-1]}0")
    assert factors(text) == [("serving image", "low", "serving.image differs: a library or the base image is another")]
    one = version_factors(version("v1", "2026-11-01T04:10:00Z"), version("v2", "2026-11-02T04:10:00Z", text=text))
    line = 1 + text.split("\n").index(f"      image: {IMAGE[:-1]}0")
    assert one[0].location == Location(RECORD, line, 14)


@pytest.mark.parametrize(
    ("serve", "expected"),
    [
        ("x = 1  # a note\n", ("serving code: comments", "low", "serve.py: it runs as before")),
        (
            "x = 2\n",
            ("serving code: repair", "low", "serve.py: bodies of functions differ, and nothing that they offer"),
        ),
        (
            "x = 1\ndef explain(): ...\n",
            (
                "serving code: feature",
                "medium",
                "serve.py: functions, parameters, imports or keys of answers differ",
            ),
        ),
    ],
)
def test_serving_code(serve: str, expected: tuple[str, str, str]) -> None:
    assert factors(VERSION, code={**SERVING_CODE, "serve.py": serve}) == [expected]


def test_libraries() -> None:
    found = factors(VERSION, code={**SERVING_CODE, "requirements.txt": "numpy\n"})
    assert found == [("serving code: libraries", "low", "requirements.txt: what it is installed with differs")]


def test_another_run_without_a_recipe() -> None:
    reason = "a record says nothing of its recipe: hyperparameters may differ"
    assert factors(trained(VERSION)) == [("trained anew", "medium", reason)]
    assert factors(trained(TOLD)) == [("trained anew", "medium", reason)]  # the former one has none


def test_refreshed_data_alone() -> None:
    new = changed(changed(trained(TOLD), DIGEST["1"], DIGEST["2"]), "customers/v7", "customers/v8")
    reason = "customers has another digest, at the place where it was"
    assert factors(new, TOLD) == [("training data refreshed", "low", reason)]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            "{epochs: 3, depth: 4}",
            "{epochs: 9, depth: 4}",
            ("hyperparameters", "medium", "hyperparameters differs: epochs"),
        ),
        ("[tenure, plan]", "[tenure, calls]", ("features", "medium", "features differs: calls, plan")),
        (
            "target: churned",
            "target: left",
            ("target", "medium", "target differs: another column is predicted: the data is labelled otherwise"),
        ),
        (
            "train:loop",
            "train:other",
            ("model type", "high", "entrypoint differs: it is 'train:other', and was 'train:loop'"),
        ),
        (
            "task: binaryClassification",
            "task: regression",
            ("model type", "high", "task differs: it is 'regression', and was 'binaryClassification'"),
        ),
        (
            "    codeDigest",
            "    seed: 4\n    codeDigest",
            ("seed", "low", "seed differs: the same recipe begins elsewhere"),
        ),
        (
            DIGEST["5"],
            DIGEST["7"],
            ("training code", "medium", "bodies of the training code differ, and nothing that they offer"),
        ),
        (
            DIGEST["6"],
            DIGEST["7"],
            (
                "architecture",
                "high",
                "functions, classes or parameters of the training code differ, and its architecture may",
            ),
        ),
    ],
)
def test_recipes(before: str, after: str, expected: tuple[str, str, str]) -> None:
    assert factors(changed(trained(TOLD), before, after), TOLD) == [expected]


def test_another_framework_is_told_though_the_weights_are_called_the_same() -> None:
    found = factors(changed(VERSION, "framework: sklearn", "framework: torch"))
    assert found == [("model type", "high", "framework is torch, and was sklearn")]


def test_the_gravest_first() -> None:
    text = changed(changed(trained(TOLD), "timeout: 5s", "timeout: 6s"), "framework: sklearn", "framework: torch")
    text = changed(text, "epochs: 3", "epochs: 4")
    assert [(change, level) for change, level, _ in factors(text, TOLD)] == [
        ("model type", "high"),
        ("hyperparameters", "medium"),
        ("serving limits", "low"),
    ]


def test_the_first_and_the_last() -> None:
    one = version("v1", "2026-11-01T04:10:00Z")
    reason = "nothing served here before, so there is nothing to compare it with"
    place = Location("specs/churn/versions/v1/version.yaml", 5, 3)
    assert version_factors(None, one) == (RiskFactor("first release", "medium", reason, place),)
    assert version_factors(one, None) == (RiskFactor("withdrawn", "high", "nothing answers any more"),)
    assert version_factors(None, None) == ()


def test_every_pinned_field_has_a_level() -> None:
    from mlgitops.spec.documents.model import Serving
    from mlgitops.spec.documents.version import Recipe
    from mlgitops.spec.resolve import SCALE

    assert SERVING.keys() == Serving.model_fields.keys() - set(SCALE)
    assert RECIPE.keys() == Recipe.model_fields.keys() - {"codeDigest", "codeShape"}
