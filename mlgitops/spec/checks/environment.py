"""Checks of the environments: what they name must exist, and they must not collide."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from mlgitops.findings import Finding
from mlgitops.source import Pointer, pointer_text
from mlgitops.spec.declared import DeclaredEnvironment
from mlgitops.spec.documents.environment import KeylessSigning, SigningKey, signer_name
from mlgitops.spec.documents.signer import KeylessIdentity


def check_environments(
    environments: Mapping[str, DeclaredEnvironment], models: frozenset[str], broken: Collection[str] = ()
) -> list[Finding]:
    """What is wrong with environments; `models` are the names of all model folders, broken ones too.

    `broken` are environments that cannot be read: they exist, and nothing more is known of them.
    """
    findings: list[Finding] = []
    for environment in environments.values():
        findings += _unknown_models(environment, models)
        findings += _parts(environment)
        findings += _signing(environment)
    findings += _promotion(environments, broken)
    findings += _shared_namespaces(environments)
    return findings


def _finding(environment: DeclaredEnvironment, pointer: Pointer, code: str, message: str, hint: str) -> Finding:
    place = environment.spec.document.locate(pointer)
    return Finding(place, code, "error", message, hint, pointer_text(pointer))


def _unknown_models(environment: DeclaredEnvironment, models: frozenset[str]) -> Iterator[Finding]:
    spec = environment.spec.value.spec
    named: list[tuple[Pointer, str]] = [(("spec", "overrides", name), name) for name in spec.overrides]
    named += [(("spec", "models", "include", i), name) for i, name in enumerate(spec.models.include)]
    named += [(("spec", "models", "exclude", i), name) for i, name in enumerate(spec.models.exclude)]
    for pointer, name in named:
        if name not in models:
            message = f"{pointer[1]} must name a model of specs/, got '{name}'"
            place = environment.spec.document.locate(pointer, key=pointer[1] == "overrides")
            hint = f"add specs/{name}, or remove the entry"
            yield Finding(place, "env/unknown-model", "error", message, hint, pointer_text(pointer))
    for index, removal in enumerate(spec.removals):
        for kind, items in (("release", environment.releases), ("run", environment.runs)):
            if removal.model in items:
                message = f"'{removal.model}' is removed here, and still has a {kind}"
                hint = f"delete {kind}s/{removal.model}.yaml with the removal"
                yield _finding(environment, ("spec", "removals", index, "model"), "env/removed-in-use", message, hint)


def _parts(environment: DeclaredEnvironment) -> Iterator[Finding]:
    spec = environment.spec.value.spec
    if not spec.trains and not spec.serves:
        message = "an environment must train, serve or both, got neither: nothing would be in it"
        yield _finding(environment, ("spec", "trains"), "env/no-purpose", message, "set `trains` or `serves` to true")
    if spec.trains and spec.signing is None:
        message = "an environment that trains needs `signing`, got none: its versions could not be signed"
        hint = "add `signing: {secret: …}`, or `signing: {keyless: …}`"
        yield _finding(environment, ("spec", "trains"), "env/signing-missing", message, hint)
    if spec.serves and spec.gateway is None:
        message = "an environment that serves needs `gateway`, got none: no route could reach its models"
        hint = "add `gateway: {name: …, namespace: …, host: …}`"
        yield _finding(environment, ("spec", "serves"), "env/gateway-missing", message, hint)
    if spec.feedback is not None and spec.storage.predictions is None:
        message = "feedback needs `storage.predictions`, got none: labels that come in would be stored nowhere"
        hint = "add `storage.predictions`, or remove `feedback`"
        yield _finding(environment, ("spec", "feedback"), "env/feedback-lost", message, hint)
    for section, types in (("limits", spec.limits.accelerators), ("prices", spec.prices.accelerators)):
        for name in types:
            if name not in spec.accelerators:
                known = ", ".join(sorted(spec.accelerators)) or "none"
                message = f"{section} must name an accelerator that the environment has ({known}), got '{name}'"
                pointer = ("spec", section, "accelerators", name)
                yield _finding(environment, pointer, "env/unknown-accelerator", message, "add it to `accelerators`")


def _signing(environment: DeclaredEnvironment) -> Iterator[Finding]:
    """Who signs must be who `signers` says, where it says: else every version would be refused once it is signed."""
    signing, signers = environment.spec.value.spec.signing, environment.spec.value.spec.signers
    if signing is None:
        return
    name = signer_name(signing)
    found = signers.get(name)
    if isinstance(signing, KeylessSigning) and not isinstance(found, KeylessIdentity):
        known = ", ".join(sorted(one for one, signer in signers.items() if not isinstance(signer, str))) or "none"
        got = f"'{name}'" if found is None else f"'{name}', which is a public key"
        message = f"signing.keyless must name an identity of `signers` ({known}), got {got}"
        hint = "add `identities`, `issuer` and `trust` to `signers` under this name"
        yield _finding(environment, ("spec", "signing", "keyless"), "env/other-signer", message, hint)
    elif isinstance(signing, SigningKey) and isinstance(found, KeylessIdentity):
        message = f"signing with a key must name a public key of `signers`, got '{name}', which signs without one"
        hint = f"write `signing: {{keyless: {name}}}`, or name the key's signer"
        yield _finding(environment, ("spec", "signing"), "env/other-signer", message, hint)


def _promotion(environments: Mapping[str, DeclaredEnvironment], broken: Collection[str]) -> Iterator[Finding]:
    pointer = ("spec", "promotesFrom")
    origin = {name: one.spec.value.spec.promotesFrom for name, one in environments.items()}
    for name, source in origin.items():
        if source is None or source in broken:
            continue
        if source not in environments:
            known = ", ".join(sorted(environments))
            message = f"promotesFrom must name an environment ({known}), got '{source}'"
            yield _finding(environments[name], pointer, "env/unknown-environment", message, "correct the name")
            continue
        chain = [name]
        step: str | None = source
        while step is not None and step not in chain:
            chain.append(step)
            step = origin.get(step)
        if step == name:
            message = f"promotions must not go in a circle, got {' → '.join([*chain, name])}"
            yield _finding(environments[name], pointer, "env/promotion-cycle", message, "remove one `promotesFrom`")


def _shared_namespaces(environments: Mapping[str, DeclaredEnvironment]) -> Iterator[Finding]:
    """Two environments in one namespace of one cluster would overwrite each other's objects."""
    owner: dict[tuple[str, str], str] = {}
    for name, environment in environments.items():
        mine: dict[tuple[str, str], Pointer] = {}
        spec = environment.spec.value.spec
        training, serving = spec.destinations.training, spec.destinations.serving
        for part, used, destination in (("training", spec.trains, training), ("serving", spec.serves, serving)):
            if not used:
                continue
            start: Pointer = ("spec", "destinations", part)
            mine.setdefault((destination.cluster, destination.namespace), (*start, "namespace"))
            for team, namespace in destination.namespaces.items():
                mine.setdefault((destination.cluster, namespace), (*start, "namespaces", team))
        for place, pointer in mine.items():
            if place in owner:
                cluster, namespace = place
                message = (
                    f"namespace '{namespace}' of cluster '{cluster}' must belong to one environment, "
                    f"got '{owner[place]}' and '{name}'"
                )
                hint = "give each environment namespaces of its own"
                yield _finding(environment, pointer, "env/namespace-clash", message, hint)
        owner |= dict.fromkeys(mine, name)
