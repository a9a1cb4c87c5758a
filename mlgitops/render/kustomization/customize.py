"""Applying a kustomization: to the environment's own objects, and to those of the models in shards.

A build that kustomize refuses is taken apart until the models and the patch at fault are known, so that the others go
on: see `_Blame`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from mlgitops.errors import MlgitopsError
from mlgitops.findings import Finding, in_order
from mlgitops.render.kustomization.absent import absent, steps_of
from mlgitops.render.kustomization.build import Use, environment_files, shard_files, use_of
from mlgitops.render.kustomization.strings import Strings
from mlgitops.render.kustomization.values import (
    Build,
    BuildAll,
    Files,
    Kustomization,
    Object,
    ObjectId,
    Patch,
    identity,
)
from mlgitops.source import Location
from mlgitops.spec.yaml_characters import excerpt

SHARD = 160
"""Objects in one build, about 20 models: half as many cost more starts, twice as many half as much memory again
(69, 95 and 136 MB) for nothing."""

BLAME_BUILDS = 64
"""Builds spent on finding out who is at fault: 20 ms each, since they hold few objects."""


class Customized(NamedTuple):
    """The objects of one model after customisation, and what of the kustomization applied to them."""

    objects: list[Object]
    """In the order they were given in."""
    patches: frozenset[int] = frozenset()
    """Entries of `patches` that matched one of them, by their place in the file."""
    images: frozenset[int] = frozenset()
    """Entries of `images` that name an image of theirs."""


class Customization(NamedTuple):
    """What came of customising several models: those that failed are missing, and `findings` say why."""

    models: dict[str, Customized]
    findings: list[Finding]


def customize(kustomization: Kustomization, models: Mapping[str, list[Object]], build_all: BuildAll) -> Customization:
    """Apply a kustomization to the objects of models.

    Objects nothing applies to are returned as they are, and kustomize does not see them. `build_all` may raise
    MlgitopsError, as does output that is none of kustomize's.
    """
    findings: list[Finding] = []
    uses = {name: use_of(kustomization, objects) for name, objects in models.items()}
    uses = _applicable(kustomization, models, uses, findings)
    done = {name: Customized(models[name]) for name, use in uses.items() if not use.affected}
    shards = list(_shards({name: use for name, use in uses.items() if use.affected}, models))
    failed: list[tuple[_Shard, str]] = []
    for shard, (output, error) in zip(shards, build_all([shard.files(kustomization) for shard in shards]), strict=True):
        if error:
            failed.append((shard, error))
        else:
            _take(kustomization, shard, output, done, findings)
    if failed:
        _Blame(kustomization, build_all).share_out(failed, done, findings)
    return Customization({name: done[name] for name in models if name in done}, in_order(findings))


def _applicable(
    kustomization: Kustomization, models: Mapping[str, list[Object]], uses: dict[str, Use], findings: list[Finding]
) -> dict[str, Use]:
    """The uses without those of models that an operation does not fit, of which findings tell."""
    steps = steps_of(kustomization)
    fit = {}
    for name, use in uses.items():
        subject = _subject(kustomization, name)
        wrong = (
            [found for place in use.affected for found in absent(steps, models[name][place], subject)] if steps else []
        )
        findings += wrong
        if not wrong:
            fit[name] = use
    return fit


def environment_objects(kustomization: Kustomization, build_all: BuildAll) -> tuple[Customized, list[Finding]]:
    """The environment's own objects, from `resources` and generators, customised like all others.

    Their order is kustomize's. Without an error among the findings the objects are complete.
    """
    if not kustomization.makes_objects:
        return Customized([]), []
    originals = [extra.data for extra in kustomization.extras]
    steps = steps_of(kustomization)
    wrong = [found for obj in originals for found in absent(steps, obj)]
    if wrong:
        return Customized([]), in_order(wrong)
    strings = Strings()
    kept = kustomization._replace(
        extras=tuple(extra._replace(data=strings.put_away(extra.data)) for extra in kustomization.extras)
    )
    # A patch without a target fails where its object is not: the models' own go to the shards.
    patches = [
        patch
        for patch in kustomization.patches
        if patch.target is not None or _touches_generated(kustomization, patch) or any(map(patch.touches, originals))
    ]
    ((output, error),) = build_all([environment_files(kept, kept.extras, patches)])
    if error:
        blame = _Blame(kustomization, build_all)
        place = blame.culprit(patches, lambda some: environment_files(kept, kept.extras, some))
        return Customized([]), [_failure(kustomization, error, place, "")]
    objects = [strings.put_back(obj) for obj in _parsed(output)]
    built = {identity(obj) for obj in objects}
    originals_of = ((extra.locate, identity(extra.data)) for extra in kustomization.extras)
    lost = [_lost(locate(()), original) for locate, original in originals_of if original not in built]
    if lost:
        return Customized([]), lost
    matched = frozenset(patch.number for patch in patches if any(patch.touches(obj) for obj in (*originals, *objects)))
    images = use_of(kustomization, originals).images
    return Customized(objects, matched, images), []


def unused(
    kustomization: Kustomization, applied: Iterable[Customized], unreleased: Collection[str] = ()
) -> list[Finding]:
    """What of a kustomization applies to nothing, given what applied to the environment *and to all its models*.

    Where models are `unreleased`, it may be meant for what will serve them: then it is a warning.
    """
    every = list(applied)
    patches = frozenset[int]().union(*(one.patches for one in every))
    images = frozenset[int]().union(*(one.images for one in every))
    idle = [patch for patch in kustomization.patches if patch.number not in patches]
    findings = [_idle_patch(kustomization, patch) for patch in idle]
    # An image may also come from a patch, or from another entry.
    given = [*(patch.body for patch in kustomization.patches), *(str(i.get("newName")) for i in kustomization.images)]
    for number, image in enumerate(kustomization.images):
        if number not in images and not any(image["name"] in text for text in given):
            findings.append(_idle_image(kustomization, number, image["name"]))
    if not unreleased:
        return findings
    hint = f"nothing to do where it is for what will serve {excerpt(', '.join(sorted(unreleased)))}; else "
    sure = {f"/patches/{patch.number}" for patch in idle if _kind(patch) in _WITHOUT_A_RELEASE}
    return [
        found if found.pointer in sure else found._replace(severity="warning", hint=hint + (found.hint or ""))
        for found in findings
    ]


_WITHOUT_A_RELEASE = frozenset(("RayJob", "Job"))
"""Kinds of training alone: they are there, or not, whatever is released."""


def _kind(patch: Patch) -> str | None:
    if patch.subject is not None:
        return str(patch.subject.kind)
    kind = patch.entry["target"].get("kind")
    return None if kind is None else str(kind)


def _idle_patch(kustomization: Kustomization, patch: Patch) -> Finding:
    return Finding(
        kustomization.locate(("patches", patch.number)),
        "kustomize/patch-matches-nothing",
        "error",
        f"expected a patch of an object that is rendered here, got one of {_wanted(patch)}",
        "correct the target: apiVersion, kind, name and namespace must be those of an object under rendered/",
        pointer=f"/patches/{patch.number}",
    )


def _idle_image(kustomization: Kustomization, number: int, name: str) -> Finding:
    return Finding(
        kustomization.locate(("images", number)),
        "kustomize/image-matches-nothing",
        "error",
        f"expected the name of an image that is rendered here, got {excerpt(name)}",
        "write the image as it is under rendered/, without tag and digest",
        pointer=f"/images/{number}",
    )


class _Shard(NamedTuple):
    """Models that are built together."""

    names: tuple[str, ...]
    models: Mapping[str, list[Object]]
    uses: Mapping[str, Use]
    strings: Strings

    def files(self, kustomization: Kustomization, patches: Sequence[Patch] | None = None) -> Files:
        """The folder to build, with all patches that any of the objects needs, or with those given."""
        objects = (self.models[name][place] for name in self.names for place in self.uses[name].affected)
        carried = [self.strings.put_away(obj) for obj in objects]
        return shard_files(kustomization, carried, self.patches(kustomization) if patches is None else patches)

    def patches(self, kustomization: Kustomization) -> list[Patch]:
        """The patches that may apply, in the order of the file."""
        numbers = {patch.number for name in self.names for patch in self.uses[name].patches}
        return [patch for patch in kustomization.patches if patch.number in numbers]

    def part(self, names: Sequence[str]) -> _Shard:
        """A shard of some of these models."""
        return self._replace(names=tuple(names), strings=Strings())


def _shards(uses: Mapping[str, Use], models: Mapping[str, list[Object]]) -> Iterator[_Shard]:
    """Models in shards; two that have an object of one name are in two, since one build could not tell them apart."""
    names: list[str] = []
    taken: set[ObjectId] = set()
    for name, use in uses.items():
        own = {identity(models[name][place]) for place in use.affected}
        if names and (len(taken) + len(own) > SHARD or taken & own):
            yield _Shard(tuple(names), models, uses, Strings())
            names, taken = [], set()
        names.append(name)
        taken |= own
    if names:
        yield _Shard(tuple(names), models, uses, Strings())


def _take(
    kustomization: Kustomization, shard: _Shard, output: str, done: dict[str, Customized], findings: list[Finding]
) -> None:
    """Give the objects of a build back to their models."""
    built = {identity(obj): shard.strings.put_back(obj) for obj in _parsed(output)}
    for name in shard.names:
        use = shard.uses[name]
        objects = list(shard.models[name])
        missing = [identity(objects[place]) for place in use.affected if identity(objects[place]) not in built]
        if missing:
            findings.append(_vanished(kustomization, use, missing[0], name))
            continue
        for place in use.affected:
            objects[place] = built[identity(objects[place])]
        seen = (*shard.models[name], *objects)
        matched = frozenset(patch.number for patch in use.patches if any(patch.touches(obj) for obj in seen))
        done[name] = Customized(objects, matched, use.images)


def _parsed(output: str) -> list[Object]:
    """The objects of kustomize's output. It is written by go-yaml, which quotes what any reader might take amiss."""
    from ryaml import InvalidYamlError, loads_all

    try:
        objects = loads_all(output) or []
    except InvalidYamlError as error:
        raise MlgitopsError(
            f"kustomize wrote what is not YAML: {excerpt(str(error), 200)}",
            "`mlgitops doctor` says which programs work",
        ) from None
    objects = [obj for obj in objects if obj is not None]
    if not all(isinstance(obj, dict) and identity(obj).name and identity(obj).kind for obj in objects):
        raise MlgitopsError(
            "kustomize wrote what is no Kubernetes object", "`mlgitops doctor` says which programs work"
        )
    return objects


class _Blame:
    """Finds the models and the patch for which kustomize refuses, within `BLAME_BUILDS` builds."""

    def __init__(self, kustomization: Kustomization, build_all: BuildAll) -> None:
        self._kustomization = kustomization
        self._build_all = build_all
        self._left = BLAME_BUILDS

    def share_out(self, failed: list[tuple[_Shard, str]], done: dict[str, Customized], findings: list[Finding]) -> None:
        """Halve shards that fail until each holds one model; report those, and all that there is no time to halve."""
        while failed:
            shard, error = failed.pop(0)
            if len(shard.names) == 1 or self._left < 2:
                place = Location(self._kustomization.path)
                if len(shard.names) == 1:
                    place = self.culprit(shard.patches(self._kustomization), partial(shard.files, self._kustomization))
                findings.extend(_failure(self._kustomization, error, place, name) for name in shard.names)
                continue
            half = len(shard.names) // 2
            halves = [shard.part(shard.names[:half]), shard.part(shard.names[half:])]
            builds = self._build([part.files(self._kustomization) for part in halves])
            for part, (output, why) in zip(halves, builds, strict=True):
                if why:
                    failed.append((part, why))
                else:
                    _take(self._kustomization, part, output, done, findings)

    def culprit(self, patches: Sequence[Patch], folder: Callable[[Sequence[Patch]], Files]) -> Location:
        """The first patch with which a build fails: with all before it, it passes, so halving finds it.

        The kustomization's start where it fails without any patch, or where there is no time left to look.
        """
        low, high = 0, len(patches)
        while low < high and self._left > 0:
            middle = (low + high) // 2
            ((_, error),) = self._build([folder(patches[:middle])])
            if error:
                high = middle
            else:
                low = middle + 1
        if low == high and high:
            return self._kustomization.locate(("patches", patches[high - 1].number))
        return Location(self._kustomization.path)

    def _build(self, folders: Sequence[Files]) -> Sequence[Build]:
        self._left -= len(folders)
        return self._build_all(folders)


def _vanished(kustomization: Kustomization, use: Use, lost: ObjectId, model: str) -> Finding:
    """A patch that removed an object or made another one of it."""
    patch = next((patch for patch in reversed(use.patches) if patch.may_touch(lost)), None)
    place = kustomization.locate(("patches", patch.number)) if patch else Location(kustomization.path)
    hint = "change its fields only; switch it off in environment.yaml or in the model's spec"
    return _lost(place, lost)._replace(hint=hint, subject=_subject(kustomization, model))


def _lost(place: Location, lost: ObjectId) -> Finding:
    message = f"expected {excerpt(str(lost), 200)} to be there after customisation, got no such object"
    hint = "let patches change its fields only, or take it from `resources`"
    return Finding(place, "kustomize/patch-removes-object", "error", message, hint)


def _failure(kustomization: Kustomization, error: str, where: Location, model: str) -> Finding:
    about = f" for {model}" if model else ""
    return Finding(
        where,
        "kustomize/failed",
        "error",
        f"kustomize refuses this{about}: {said(error)}",
        "narrow the target, or change the patch so that it fits every object that the target selects",
        subject=_subject(kustomization, model) if model else "",
    )


def said(error: str) -> str:
    """What kustomize said, without the documents that it likes to repeat."""
    text = error.removeprefix("Error: ").strip()
    text = re.sub(r"map\[string\]interface ?\{\}\{.*\}", "(an object)", text, flags=re.DOTALL)
    text = re.sub(r"`\n.*?\n`", "(an entry)", text, flags=re.DOTALL)
    text = re.sub(r"\[patch: \".*\"\]", "(the patch)", text, flags=re.DOTALL)
    return excerpt(" ".join(text.split()), 400)[1:-1]


def _wanted(patch: Patch) -> str:
    """What a patch looks for, in a few words."""
    if patch.subject is not None:
        return excerpt(str(patch.subject), 200)
    return excerpt(", ".join(f"{key} {value}" for key, value in patch.entry["target"].items()), 200)


def _touches_generated(kustomization: Kustomization, patch: Patch) -> bool:
    """Whether a patch without a target names a ConfigMap that a generator makes."""
    wanted = patch.subject
    return wanted is not None and any(
        (wanted.kind, wanted.name) == ("ConfigMap", entry["name"])
        and wanted.effective_namespace == (entry.get("namespace") or "default")
        for entry in kustomization.generators
    )


def _subject(kustomization: Kustomization, model: str) -> str:
    return f"{model}@{kustomization.environment}"
