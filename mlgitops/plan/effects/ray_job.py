"""What a RayJob that comes, changes or leaves does: runs that start, runs that stop, edits that nobody reads.

A run's name carries its identity (`render.identity`), so an edit that decides the result is a new RayJob. What is
edited under the same name, KubeRay disregards, but for a few fields that it reads again while the run lives.
"""

from __future__ import annotations

import json

from mlgitops.contract import places
from mlgitops.plan.effect import Effect
from mlgitops.plan.effects.change import Change, name_of, sync_options, told
from mlgitops.plan.effects.rules import read_again
from mlgitops.plan.fields import FieldChange, compare
from mlgitops.render.identity import deciding_fields
from mlgitops.render.objects import Object, items
from mlgitops.render.objects import fields as object_of

ASK = "raise `attempt` in the environment's runs/ file to ask for a run with it"


def ray_job_effects(change: Change) -> list[Effect]:
    """The effects of a RayJob that comes, changes or leaves."""
    if change.after is None:
        return [run_ended(change)]
    if change.before is None:
        return [_started(change)]
    if change.replaced:
        return [_started(change), run_ended(change)]
    return _edited(change)


def _started(change: Change) -> Effect:
    why = _why(change)
    since = f", since {told(why)} {'differs' if len(why) == 1 else 'differ'}" if why else ""
    version = change.around.trained.get(run_of(change.after))
    if version is not None:
        reason = f"the run {change.name} starts and ends at once{since}: its result is version {version} already"
    else:
        reason = f"the training run {change.name} starts{since}"
    return change.effect("run-started", reason, why or change.fields)


def _why(change: Change) -> list[FieldChange]:
    """What of the run's inputs makes it another one; nothing where it is the first."""
    if not _is_run(change.before) or not _is_run(change.after):
        return []
    before, after = change.around.config_maps
    old, new = (
        deciding_fields(object_of(job), dict(maps)) for job, maps in ((change.before, before), (change.after, after))
    )
    return [_readable(field) for field in compare(_by_file(old), _by_file(new))]


def _is_run(job: object) -> bool:
    return isinstance(object_of(job).get("spec"), dict)


def _by_file(deciding: Object) -> Object:
    """The inputs as one mapping, so that a file is compared with itself."""
    return {**deciding, "inputs": {name: text for one in deciding["inputs"] for name, text in one.items()}}


def _readable(field: FieldChange) -> FieldChange:
    path = field.path.removeprefix("inputs.").removeprefix(f"{places.RUN_INPUTS}.")
    return field._replace(path=path)


def run_of(job: object) -> str:
    """The identity that a RayJob tells its driver (`sha256:…`); empty where it tells none."""
    return _variable(job, places.RUN_VARIABLE)


def _variable(job: object, name: str) -> str:
    cluster = object_of(object_of(object_of(job).get("spec")).get("rayClusterSpec"))
    pod = object_of(object_of(object_of(cluster.get("headGroupSpec")).get("template")).get("spec"))
    variables = [one for container in items(pod.get("containers"))[:1] for one in items(container.get("env"))]
    return next((str(one.get("value", "")) for one in variables if one.get("name") == name), "")


def run_ended(change: Change) -> Effect:
    """What becomes of a run whose RayJob is no longer in Git."""
    former = name_of(change.before)
    version = change.around.trained.get(run_of(change.before))
    if version is not None:
        kept = "stays" if _is_kept(change) else "goes"
        reason = f"the run {former} is done, its result is version {version}: its RayJob {kept}, and nothing is lost"
        return change.effect("nothing", reason, name=former)
    if _is_kept(change):
        reason = f"the run {former} stays on the cluster and finishes, if it is not done (onSupersede: finish)"
        return change.effect("nothing", reason, name=former)
    if change.part in change.around.leaving:
        if change.around.protected:
            how = f"ends when a person deletes the Application {change.application}"
        else:
            how = f"is stopped with the Application {change.application}"
    else:
        how = "is stopped, if it is not done"
    reason = f"the run {former} {how}: {_lost(change.before)}"
    keep = (
        ""
        if change.part in change.around.leaving
        else "set training.onSupersede to finish, a commit earlier, to let it end"
    )
    return change.effect("run-stopped", reason, instead=keep, name=former)


def _is_kept(change: Change) -> bool:
    """Whether Argo CD leaves a RayJob that is no longer in Git: `Prune=false` spares nothing of a part that goes."""
    return "Prune=false" in sync_options(change.before) and change.part not in change.around.leaving


def _lost(job: object) -> str:
    """What of its work is lost, in words."""
    try:
        checkpoint = json.loads(_variable(job, places.CONFIG_VARIABLE) or "{}").get("checkpoint") or {}
    except (ValueError, AttributeError):
        checkpoint = {}
    every = checkpoint.get("every") if isinstance(checkpoint, dict) else None
    again = "asked for again, it goes on from there"
    if every:
        return f"lost is what it did since its last checkpoint, {every} of work at most; {again}"
    return f"lost is what it did since its last checkpoint, all of it where train() keeps none; {again}"


def _edited(change: Change) -> list[Effect]:
    suspended = [field for field in change.fields if field.path == "spec.suspend"]
    spec = [field for field in change.fields if field.path.startswith("spec.") and field not in suspended]
    live = [field for field in spec if read_again(field, change.around.kuberay)]
    unread = [field for field in spec if field not in live]
    rest = [field for field in change.fields if not field.path.startswith("spec.")]
    effects = []
    if suspended and suspended[0].after is True:
        reason = f"the run {change.name} is suspended: its pods are deleted, and {_lost(change.before)}"
        effects.append(change.effect("run-stopped", reason, suspended))
    elif suspended:
        effects.append(change.effect("run-started", f"the run {change.name} goes on", suspended))
    if unread:
        kept = "a RayJob that was started keeps what it started with"
        reason = f"KubeRay {change.around.kuberay} disregards {told(unread)}: {kept}"
        effects.append(change.effect("ignored", reason, unread, ASK))
    if live:
        reason = f"a run that is under way takes {told(live)} over, and is not restarted"
        effects.append(change.effect("configured", reason, live))
    if rest and not unread:
        effects.append(change.effect("configured", f"the RayJob's {told(rest)} in place; its pods keep theirs", rest))
    return effects
