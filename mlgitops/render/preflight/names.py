"""The grammars of names, labels and versions that the API server and the operator hold people to.

Sources: k8s.io/apimachinery, pkg/util/validation and pkg/util/version. Each function returns what is wrong, or "".
"""

from __future__ import annotations

import re

DNS1035_LABEL = re.compile(r"[a-z](?:[-a-z0-9]*[a-z0-9])?")
DNS1123_LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?")
DNS1123_SUBDOMAIN = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*")
QUALIFIED = re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?")
VERSION = re.compile(r"\s*v?([0-9]+(?:\.[0-9]+)*)[^\n]*")

MAX_LABEL = 63
MAX_SUBDOMAIN = 253


def dns1035(name: str) -> str:
    """Why a name is no DNS-1035 label, which Services need."""
    if len(name) > MAX_LABEL:
        return f"must have at most {MAX_LABEL} characters"
    if DNS1035_LABEL.fullmatch(name):
        return ""
    return "must consist of lower-case letters, digits and '-', start with a letter and end with a letter or digit"


def dns1123_label(name: str) -> str:
    """Why a name is no DNS-1123 label."""
    if len(name) > MAX_LABEL:
        return f"must have at most {MAX_LABEL} characters"
    if DNS1123_LABEL.fullmatch(name):
        return ""
    return "must consist of lower-case letters, digits and '-', and start and end with a letter or digit"


def dns1123_subdomain(name: str) -> str:
    """Why a name is no DNS-1123 subdomain, which every object's name has to be."""
    if len(name) > MAX_SUBDOMAIN:
        return f"must have at most {MAX_SUBDOMAIN} characters"
    if DNS1123_SUBDOMAIN.fullmatch(name):
        return ""
    return (
        "must consist of lower-case letters, digits, '-' and '.', each part starting and ending with a letter or digit"
    )


def qualified_name(name: str) -> str:
    """Why a text is no key of a label or annotation: `prefix/name`, where the prefix is a DNS subdomain."""
    prefix, slash, local = name.rpartition("/")
    if slash and (not prefix or dns1123_subdomain(prefix)):
        return "must have a DNS subdomain before its one '/'"
    return _qualified_part(local)


def label_value(value: str) -> str:
    """Why a text is no label value."""
    return _qualified_part(value) if value else ""


def _qualified_part(text: str) -> str:
    if len(text) > MAX_LABEL:
        return f"must have at most {MAX_LABEL} characters"
    if QUALIFIED.fullmatch(text):
        return ""
    return "must consist of letters, digits, '-', '_' and '.', and start and end with a letter or digit"


def generic_version(text: str) -> tuple[int, ...] | None:
    """The numbers that a version starts with, at least two; None for what the operator cannot read.

    >>> generic_version("2.52.0rc1"), generic_version("v2.9"), generic_version("latest"), generic_version("2")
    ((2, 52, 0), (2, 9), None, None)
    """
    matched = VERSION.fullmatch(text)
    if matched is None:
        return None
    parts = matched[1].split(".")
    if len(parts) < 2 or (parts[0].startswith("0") and parts[0] != "0"):
        return None
    if any(len(part) > 19 for part in parts):
        return None
    return tuple(int(part) for part in parts)


def older_than(version: tuple[int, ...], minimum: tuple[int, int, int]) -> bool:
    """Whether a version comes before another; numbers that it lacks are 0."""
    return (*version, 0, 0)[: max(3, len(version))] < minimum
