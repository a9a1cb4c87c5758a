"""The scalar types of the documents: durations, sizes, digests, names, image references.

Each is text with a pattern that pydantic checks at native speed. `DESCRIPTIONS` says for every
pattern what is expected in a person's words, with an example; `invalid` turns to it when a value
does not match. Functions give the value behind the text:

    >>> seconds("6h")
    21600.0
    >>> mebibytes("32Gi")
    32768
"""

from __future__ import annotations

import re
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError


class Strict(BaseModel):
    """A frozen value that refuses unknown keys and coerces nothing.

    Validators are built when a document of a kind is first read, each kind's as a whole: building one for each of the
    classes when they are imported takes 60 ms more.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False, defer_build=True)


class Expected(NamedTuple):
    """What a pattern asks for, in words: `what` follows "must be"."""

    what: str
    example: str


DURATION = r"^[1-9][0-9]{0,6}(ms|s|m|h|d)$"
SIZE = r"^[1-9][0-9]{0,6}(Ki|Mi|Gi|Ti)$"
DIGEST = r"^sha256:[0-9a-f]{64}$"
GIT_OBJECT = r"^[0-9a-f]{40}([0-9a-f]{24})?$"
DNS_LABEL = r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"
DNS_NAME = r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$"
MODEL_NAME = r"^[a-z]([-a-z0-9]{0,28}[a-z0-9])?$"
VERSION_NAME = r"^[a-z0-9]([-a-z0-9]{0,14}[a-z0-9])?$"
IDENTIFIER = r"^[A-Za-z_][A-Za-z0-9_]{0,62}$"
COLUMN = r"^[^\x00-\x1f]{1,128}$"
ENTRYPOINT = r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*:[A-Za-z_][A-Za-z0-9_]*$"
_HOST = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
_PORT = r":[0-9]{1,5}"
IMAGE = (
    rf"^({_HOST}(\.{_HOST})+({_PORT})?|{_HOST}{_PORT}|localhost)"
    r"(/[a-z0-9]+((\.|_{1,2}|-+)[a-z0-9]+)*)+"
    r"(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(@sha256:[0-9a-f]{64})?$"
)
"""A first part without a dot or a port is no registry but a folder of the container runtime's own default."""
URI = r"^[a-z][a-z0-9+.-]{0,15}://[^\s\x00-\x1f]{1,1000}$"
ROUTE = r"^/([A-Za-z0-9_~-][A-Za-z0-9._~-]*(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*)?$"
"""What the Gateway API takes as a prefix that is its own normal form: no `//`, `/./`, `/../`, no escapes."""
OWNER = r"^(@[A-Za-z0-9][A-Za-z0-9-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)?|[^@\s]{1,64}@[A-Za-z0-9.-]{1,190})$"
DATE = r"^[1-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
TIMESTAMP = r"^[1-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$"
ENVIRONMENT_VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]{0,127}$"
HEADER_NAME = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$"
HEADER_VALUE = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"
"""What means the same in a header, in a cookie and, but for the dot, in a regular expression."""
LABEL_KEY = (
    r"^([a-z0-9]([-a-z0-9]{0,251}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,251}[a-z0-9])?)*/)?"
    r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$"
)
LABEL_VALUE = r"^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$"
_OCTET = r"(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
CIDR = rf"^({_OCTET}\.){{3}}{_OCTET}/([0-9]|[12][0-9]|3[0-2])$"
_NUMBER = r"(0|[1-9][0-9]{0,4})"
SEMANTIC_VERSION = rf"^{_NUMBER}\.{_NUMBER}\.{_NUMBER}$"
ENVIRONMENT_NAME = r"^[a-z]([-a-z0-9]{0,18}[a-z0-9])?$"
ACCELERATOR_TYPE = r"^[A-Za-z0-9][A-Za-z0-9-]{0,30}$"
CLUSTER = r"^[A-Za-z0-9][A-Za-z0-9 ._:/@-]{0,99}$"
"""What an AppProject allows is a pattern to Argo CD: `*` would be every cluster, and `!dev` all but one."""
ESTIMATOR = r"^[A-Za-z][A-Za-z0-9_.]{0,100}$"
SECRET_KEY = r"^[-._A-Za-z0-9]{1,253}$"
CURRENCY = r"^[A-Z]{3}$"
RULE = r"^[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*$"
GIT_URL = r"^(https://[^@\s\x00-\x1f]{1,500}|(ssh://|git@|file://)[^\s\x00-\x1f]{1,500})$"
"""A password in front of `@` would be in every Application, for all to read."""
GIT_REVISION = r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,200}$"
HTTPS_URL = r"^https://[^@\s\x00-\x1f]{1,500}$"
IDENTITY = r"^[^\s\x00-\x1f{}]{1,250}(\{model\}[^\s\x00-\x1f{}]{0,60})?$"
AUDIENCE = r"^[^\s\x00-\x1f]{1,200}$"
PUBLIC_KEY = r"^-----BEGIN PUBLIC KEY-----\n([A-Za-z0-9+/=]{1,76}\n){1,20}-----END PUBLIC KEY-----\n?$"

DESCRIPTIONS: dict[str, Expected] = {
    DURATION: Expected("a duration: a whole number and ms, s, m, h or d", "6h"),
    SIZE: Expected("a size: a whole number and Ki, Mi, Gi or Ti", "32Gi"),
    DIGEST: Expected("a digest: sha256: and 64 hexadecimal digits in lower case", "sha256:9f86…"),
    GIT_OBJECT: Expected("a Git object's full hash: 40 or 64 hexadecimal digits", "3f785…"),
    DNS_LABEL: Expected("a DNS label: lower-case letters, digits and '-', at most 63", "growth"),
    DNS_NAME: Expected("a DNS name: labels of lower-case letters, digits and '-', joined by '.'", "models.example.com"),
    MODEL_NAME: Expected(
        "a model's name: lower-case letters, digits and '-', a letter first, at most 30 characters "
        "(KubeRay allows a RayJob 47, and the run's identity needs its share)",
        "churn",
    ),
    VERSION_NAME: Expected("a version's name: lower-case letters, digits and '-', at most 16 characters", "v14"),
    IDENTIFIER: Expected("a name of letters, digits and '_' that does not start with a digit", "tenure"),
    COLUMN: Expected("a column's name: 1 to 128 characters on one line", "mean radius"),
    ENTRYPOINT: Expected("module:function", "train:train_loop"),
    IMAGE: Expected("an image reference with its registry's host", "registry.example.com/ml/ray:2.60.0@sha256:…"),
    URI: Expected("a URI with its scheme", "s3://features/customers/v7"),
    ROUTE: Expected("a route: '/' and path segments that start with no '.', without a '/' at the end", "/churn"),
    OWNER: Expected("an owner: a handle or a mail address", "@growth/churn"),
    DATE: Expected("a date: year-month-day", "2026-12-01"),
    TIMESTAMP: Expected("a time in UTC", "2026-11-02T03:00:00Z"),
    ENVIRONMENT_VARIABLE: Expected("an environment variable's name", "LOG_LEVEL"),
    HEADER_NAME: Expected("a header's or a cookie's name: letters, digits, '_' and '-'", "X-Cohort"),
    HEADER_VALUE: Expected("a value of letters, digits, '.', '_' and '-'", "b"),
    LABEL_KEY: Expected("a Kubernetes label key", "example.com/cost-centre"),
    LABEL_VALUE: Expected("a Kubernetes label value: at most 63 letters, digits, '-', '_' and '.'", "ml-42"),
    CIDR: Expected("an IPv4 network", "10.20.0.0/16"),
    SEMANTIC_VERSION: Expected("a version of three numbers", "1.6.2"),
    ENVIRONMENT_NAME: Expected(
        "an environment's name: lower-case letters, digits and '-', a letter first, at most 20 characters", "staging"
    ),
    ACCELERATOR_TYPE: Expected("an accelerator's type: letters, digits and '-', at most 31", "A100"),
    CLUSTER: Expected(
        "a cluster's name in Argo CD: letters, digits, spaces, '.', '_', ':', '/', '@' and '-', at most 100", "ml-dev"
    ),
    ESTIMATOR: Expected("a class of scikit-learn with its module", "linear_model.Ridge"),
    SECRET_KEY: Expected("a key of a Secret: letters, digits, '-', '_' and '.'", "api-token"),
    CURRENCY: Expected("a currency's three letters", "EUR"),
    RULE: Expected("a rule: its category and its name", "cost.gpu-limit"),
    GIT_URL: Expected("a Git repository's address without a password", "https://git.example.com/ml/models.git"),
    GIT_REVISION: Expected("a Git branch, tag or commit", "main"),
    HTTPS_URL: Expected("an https:// address", "https://oidc.example.com/ml-dev"),
    IDENTITY: Expected(
        "an identity as a certificate names it, in which {model} may stand for the model's name, and no other brace",
        "https://kubernetes.io/namespaces/ml-dev/serviceaccounts/{model}-sign",
    ),
    AUDIENCE: Expected("a token's audience, without spaces", "sigstore"),
    PUBLIC_KEY: Expected("a public key in PEM", "-----BEGIN PUBLIC KEY-----…"),
}

Duration = Annotated[str, StringConstraints(pattern=DURATION)]
Size = Annotated[str, StringConstraints(pattern=SIZE)]
Digest = Annotated[str, StringConstraints(pattern=DIGEST)]
GitObject = Annotated[str, StringConstraints(pattern=GIT_OBJECT)]
DnsLabel = Annotated[str, StringConstraints(pattern=DNS_LABEL)]
DnsName = Annotated[str, StringConstraints(pattern=DNS_NAME, max_length=253)]
ModelName = Annotated[str, StringConstraints(pattern=MODEL_NAME)]
VersionName = Annotated[str, StringConstraints(pattern=VERSION_NAME)]
Identifier = Annotated[str, StringConstraints(pattern=IDENTIFIER)]
Column = Annotated[str, StringConstraints(pattern=COLUMN)]
Entrypoint = Annotated[str, StringConstraints(pattern=ENTRYPOINT, max_length=200)]
ImageReference = Annotated[str, StringConstraints(pattern=IMAGE, max_length=400)]
Uri = Annotated[str, StringConstraints(pattern=URI)]
Route = Annotated[str, StringConstraints(pattern=ROUTE, max_length=200)]
Owner = Annotated[str, StringConstraints(pattern=OWNER)]
EnvironmentVariable = Annotated[str, StringConstraints(pattern=ENVIRONMENT_VARIABLE)]
HeaderName = Annotated[str, StringConstraints(pattern=HEADER_NAME)]
HeaderValue = Annotated[str, StringConstraints(pattern=HEADER_VALUE)]
LabelKey = Annotated[str, StringConstraints(pattern=LABEL_KEY, max_length=317)]
LabelValue = Annotated[str, StringConstraints(pattern=LABEL_VALUE)]
Cidr = Annotated[str, StringConstraints(pattern=CIDR)]
SemanticVersion = Annotated[str, StringConstraints(pattern=SEMANTIC_VERSION)]
EnvironmentName = Annotated[str, StringConstraints(pattern=ENVIRONMENT_NAME)]
AcceleratorType = Annotated[str, StringConstraints(pattern=ACCELERATOR_TYPE)]
Cluster = Annotated[str, StringConstraints(pattern=CLUSTER)]
Estimator = Annotated[str, StringConstraints(pattern=ESTIMATOR)]
SecretKey = Annotated[str, StringConstraints(pattern=SECRET_KEY)]
Currency = Annotated[str, StringConstraints(pattern=CURRENCY)]
RuleName = Annotated[str, StringConstraints(pattern=RULE, max_length=127)]
GitUrl = Annotated[str, StringConstraints(pattern=GIT_URL)]
GitRevision = Annotated[str, StringConstraints(pattern=GIT_REVISION)]
HttpsUrl = Annotated[str, StringConstraints(pattern=HTTPS_URL)]
Identity = Annotated[str, StringConstraints(pattern=IDENTITY)]
Audience = Annotated[str, StringConstraints(pattern=AUDIENCE)]
PublicKey = Annotated[str, StringConstraints(pattern=PUBLIC_KEY, max_length=1600)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Percentage = Annotated[float, Field(ge=0, le=100)]
Cpu = Annotated[float, Field(gt=0, le=1024)]
"""Cores; a fraction is a share of one."""

_DAYS_IN_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _calendar_date(text: str) -> str:
    year, month, day = int(text[:4]), int(text[5:7]), int(text[8:10])
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    last = 28 if month == 2 and not leap else _DAYS_IN_MONTH[month - 1]
    if day > last:
        raise PydanticCustomError("date", "a day that exists: that month has {last} days", {"last": last})
    return text


Date = Annotated[str, StringConstraints(pattern=DATE), AfterValidator(_calendar_date)]
Timestamp = Annotated[str, StringConstraints(pattern=TIMESTAMP), AfterValidator(_calendar_date)]

_CRON_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day of month", 1, 31), ("month", 1, 12), ("day of week", 0, 6))
_CRON_PART = re.compile(r"(?:\*|([0-9]{1,2})(?:-([0-9]{1,2}))?)(?:/([1-9][0-9]?))?")


def _cron_line(text: str) -> str:
    fields = text.split(" ")
    if len(fields) != 5:
        raise PydanticCustomError("cron", "five fields parted by one space: minute hour day month weekday")
    for field, (name, low, high) in zip(fields, _CRON_FIELDS, strict=True):
        for part in field.split(","):
            found = _CRON_PART.fullmatch(part)
            numbers = [int(number) for number in found.groups()[:2] if number] if found else []
            if not found or any(not low <= n <= high for n in numbers) or numbers != sorted(numbers):
                raise PydanticCustomError(
                    "cron",
                    "a schedule whose {name} is {low} to {high} (or *, a-b, lists, /steps)",
                    {"name": name, "low": low, "high": high},
                )
    return text


Cron = Annotated[str, StringConstraints(max_length=100), AfterValidator(_cron_line)]
"""Five-field cron in UTC, as Kubernetes reads it (without names and macros; Sunday is 0 and never 7)."""

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_MEBIBYTES = {"Ki": 1 / 1024, "Mi": 1.0, "Gi": 1024.0, "Ti": 1024.0 * 1024.0}


def seconds(duration: str) -> float:
    """The length of a `Duration` in seconds."""
    unit = duration.lstrip("0123456789")
    return int(duration[: -len(unit)]) * _SECONDS[unit]


def mebibytes(size: str) -> int:
    """A `Size` in mebibytes, rounded up."""
    value = int(size[:-2]) * _MEBIBYTES[size[-2:]]
    return int(value) if value == int(value) else int(value) + 1
