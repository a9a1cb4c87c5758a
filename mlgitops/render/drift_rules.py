"""Recording rules: how far what a version is asked, and answers, is from the reference it was trained on.

    mlgitops:drift:psi{model, version, environment, kind, feature}    and jensen_shannon, chi_squared

All of them compare shares by bin: of the values that all replicas counted in the window, and of the reference that the
replicas of that version carry, so that a release brings its own reference with it and two versions side by side are
told apart. A replica's counters begin at 0 and never fall (their label `replica` is another one in each process), so
what it counted in the window is its largest less its smallest value. `increase` would estimate, and the statistics of
an estimate are those of no sample.

Of fewer values than the minimum nothing is said: `mlgitops:drift:insufficient_data` is 1 then.

    psi             Σ (a - e) · ln(a / e)
    jensen_shannon  the distance √(½ Σ a · ln(a / m) + ½ Σ e · ln(e / m)), m = (a + e) / 2; at most 0.83
    chi_squared     n · Σ (a - e)² / e, with as many degrees of freedom as the reference has bins, less one

PSI and χ² know no answer where a share is 0; there it counts as `SMALLEST_SHARE`.
"""

from __future__ import annotations

from mlgitops.contract import names
from mlgitops.contract.profile import MISSING_BIN, OTHER_BIN
from mlgitops.render.objects import Object

SMALLEST_SHARE = 0.0001

SERIES = "model, version, environment, kind, feature"
"""Labels of one distribution."""
BINS = f"{SERIES}, bin"


def drift_rules(chosen: str, window: str, minimum: int) -> list[Object]:
    """The rules of one model in one environment; `chosen` are the label matchers that say which."""
    return [
        _record(names.WINDOW_COUNT, counted(names.FEATURE_VALUES, BINS, chosen, window)),
        _record(names.WINDOW_SAMPLE, f"sum by ({SERIES}) ({names.WINDOW_COUNT}{{{chosen}}})"),
        _record(names.REFERENCE, f"max by ({BINS}) ({names.REFERENCE_SHARE}{{{chosen}}})"),
        _record(
            names.WINDOW_SHARE,
            f"{names.WINDOW_COUNT}{{{chosen}}} / on ({SERIES}) group_left ()"
            f" ({names.WINDOW_SAMPLE}{{{chosen}}} >= {minimum})",
        ),
        _record(names.INSUFFICIENT_DATA, f"{names.WINDOW_SAMPLE}{{{chosen}}} < bool {minimum}"),
        _record(names.PSI, _psi(chosen)),
        _record(names.JENSEN_SHANNON, _jensen_shannon(chosen)),
        _record(names.CHI_SQUARED, _chi_squared(chosen)),
        _record(names.DEGREES_OF_FREEDOM, f"count by ({SERIES}) ({names.REFERENCE}{{{chosen}}} > 0) - 1"),
        _record(names.SKEW, _skew(chosen)),
        _record(names.OUTLIER_SHARE, _outliers(chosen, window, minimum)),
    ]


def counted(metric: str, by: str, chosen: str, window: str) -> str:
    """How much a counter rose in the window, of all replicas together."""
    series = f"{metric}{{{chosen}}}[{window}]"
    return f"sum by ({by}) (max_over_time({series}) - min_over_time({series}))"


def _record(name: str, expression: str) -> Object:
    return {"record": name, "expr": expression}


def _shares(chosen: str) -> tuple[str, str]:
    return f"{names.WINDOW_SHARE}{{{chosen}}}", f"{names.REFERENCE}{{{chosen}}}"


def _psi(chosen: str) -> str:
    actual, expected = (f"clamp_min({share}, {SMALLEST_SHARE})" for share in _shares(chosen))
    return f"sum by ({SERIES}) (({actual} - {expected}) * ln({actual} / {expected}))"


def _jensen_shannon(chosen: str) -> str:
    actual, expected = _shares(chosen)
    middle = f"(({actual} + {expected}) / 2)"
    # A bin that one of the two has nothing in adds nothing to that one's sum; both have some that they have values in.
    sums = [f"sum by ({SERIES}) (({one} > 0) * ln({one} / {middle}))" for one in (actual, expected)]
    return f"sqrt(clamp_min(({sums[0]} + {sums[1]}) / 2, 0))"


def _chi_squared(chosen: str) -> str:
    actual, expected = _shares(chosen)
    terms = f"({actual} - {expected}) ^ 2 / clamp_min({expected}, {SMALLEST_SHARE})"
    return f"{names.WINDOW_SAMPLE}{{{chosen}}} * sum by ({SERIES}) ({terms})"


def _skew(chosen: str) -> str:
    """How much more often than in the reference a value is missing or of no known category."""
    matchers = f'{chosen},kind="dataDrift",bin=~"{MISSING_BIN}|{OTHER_BIN}"'
    actual, expected = _shares(matchers)
    return f"sum by ({SERIES}) ({actual} - {expected})"


def _outliers(chosen: str, window: str, minimum: int) -> str:
    """The share of records whose value of a feature is out of range."""
    of = "model, version, environment"
    values = counted(names.OUTLIER_VALUES, f"{of}, feature", chosen, window)
    records = counted(names.RECORDS, of, chosen, window)
    return f"{values} / on ({of}) group_left () ({records} >= {minimum})"
