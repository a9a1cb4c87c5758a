"""Every code of preflight: what it says, why that matters, what to do; its severity and the versions that have it."""

from __future__ import annotations

from typing import NamedTuple

from mlgitops.findings import Severity


class Explanation(NamedTuple):
    """What is known of one code."""

    title: str
    """One sentence: what is wrong."""
    why: str
    """What happens when it stays."""
    fix: str
    """The next action."""
    severity: Severity = "error"
    since: str = "1.6.2"
    """The first version of KubeRay, of those known here, that has the rule."""
    until: str = ""
    """The first version without it; empty while there is none."""


ADMISSION = "The API server refuses the object, so Argo CD's sync fails and nothing of the commit after it is applied."
CONTROLLER = (
    "The object is admitted, and the operator refuses it afterwards: a RayService stays as it was with Ready=False, a "
    "RayJob becomes ValidationFailed and stays so even when it is mended, until somebody deletes it."
)
SERVE = "The cluster starts, and minutes later Ray Serve refuses the whole config: the application is DEPLOY_FAILED."
IN_VAIN = "Argo CD shows Synced, so nobody looks, and nothing happens."

STRUCTURE = {
    "kuberay/unknown-kind": Explanation(
        "KubeRay serves no such kind in this version.", ADMISSION, "Write ray.io/v1 and one of its kinds."
    ),
    "kuberay/unknown-field": Explanation(
        "The CRD has no such field.",
        "Argo CD's apply is strict and fails; a lenient client would drop in silence what you meant.",
        "Correct the spelling or the place, or check that the environment's KubeRay is new enough for it.",
    ),
    "kuberay/wrong-type": Explanation(
        "A value has another type than its field.", ADMISSION, "Quote text that looks like a number; unquote numbers."
    ),
    "kuberay/required": Explanation("A required field is missing.", ADMISSION, "Add it."),
    "kuberay/not-allowed": Explanation(
        "A value is none of those that its field allows.", ADMISSION, "Write one of them."
    ),
    "kuberay/pattern": Explanation(
        "A value does not match its field's pattern.",
        ADMISSION,
        "For amounts, write a quantity such as 500m, 4 or 16Gi.",
    ),
    "kuberay/length": Explanation(
        "A text is too short or too long for its field.", ADMISSION, "Shorten it, or fill it in."
    ),
    "kuberay/out-of-range": Explanation(
        "A number is outside of what its field takes.",
        "The API server refuses it, or stores what the operator cannot read: then it reads no object of the kind.",
        "Write a number within the bounds.",
    ),
    "kuberay/too-few-items": Explanation(
        "A list has fewer items than it must.", ADMISSION, "Add one, or remove the field."
    ),
    "kuberay/duplicate-item": Explanation(
        "Two items of a list have the same key.", ADMISSION, "Rename or remove one of them."
    ),
    "kuberay/managed-by": Explanation("managedBy names no known manager.", ADMISSION, "Remove it, or name MultiKueue."),
    "kuberay/deletion-condition-both": Explanation(
        "A deletion rule has two conditions.", ADMISSION, "Write one rule for each condition."
    ),
    "kuberay/deletion-condition-none": Explanation(
        "A deletion rule has no condition.", ADMISSION, "Say at which jobStatus it applies."
    ),
    "kuberay/deletion-styles-mixed": Explanation(
        "deletionStrategy mixes its two styles.",
        ADMISSION,
        "Keep deletionRules; onSuccess and onFailure are deprecated.",
    ),
    "kuberay/deletion-incomplete": Explanation(
        "deletionStrategy says nothing, or half of the older style.", ADMISSION, "Add deletionRules, or remove it."
    ),
}

METADATA = {
    "kuberay/name": Explanation(
        "The name is not one that the operator can use.", CONTROLLER, "Use lower-case letters, digits and '-'."
    ),
    "kuberay/name-too-long": Explanation(
        "The name leaves no room for what the operator adds to it.",
        CONTROLLER,
        "RayJob and RayService: 47 characters at most; RayCluster: 53.",
    ),
    "kuberay/cron-name-too-long": Explanation(
        "The name of a RayCronJob leaves no room for its jobs' names.",
        CONTROLLER,
        "Use 36 characters at most.",
        since="1.7.0",
    ),
    "kuberay/namespace": Explanation("The namespace's name is none.", ADMISSION, "Correct it."),
    "kuberay/label": Explanation(
        "A label's key or value is not valid.", ADMISSION, "Shorten it, or use an annotation."
    ),
    "kuberay/annotation": Explanation("An annotation's key is not valid.", ADMISSION, "Rename it."),
    "kuberay/annotations-too-large": Explanation(
        "The annotations are larger than an object's may be.", ADMISSION, "Move what is large into a ConfigMap."
    ),
    "kuberay/initializing-timeout": Explanation(
        "ray.io/initializing-timeout is no length of time.", CONTROLLER, "Write a Go duration such as 30m, or seconds."
    ),
}

CLUSTER = {
    "kuberay/no-container": Explanation(
        "A group's pods have no container.", CONTROLLER, "Add the one that runs Ray, first."
    ),
    "kuberay/resources-twice": Explanation(
        "A group's Ray resources are said in two places.", CONTROLLER, "Keep either resources or the rayStartParams."
    ),
    "kuberay/start-param-labels": Explanation(
        "Ray node labels stand in rayStartParams.", CONTROLLER, "Move them to the group's labels."
    ),
    "kuberay/node-label": Explanation(
        "A Ray node label is not valid.", CONTROLLER, "Follow the grammar of Kubernetes labels."
    ),
    "kuberay/replicas-negative": Explanation("A bound of a worker group is negative.", CONTROLLER, "Write 0 or more."),
    "kuberay/replicas-crossed": Explanation(
        "A worker group's minReplicas is above its maxReplicas.", CONTROLLER, "Raise maxReplicas or lower minReplicas."
    ),
    "kuberay/upgrade-strategy-owned": Explanation(
        "A RayCluster of a RayJob or RayService has an upgradeStrategy.", CONTROLLER, "Remove it."
    ),
    "kuberay/idle-timeout-negative": Explanation("An idle timeout is negative.", CONTROLLER, "Write 0 or more."),
    "kuberay/idle-timeout-needs-v2": Explanation(
        "A group's idle timeout needs the autoscaler's version v2.", CONTROLLER, "Set autoscalerOptions.version: v2."
    ),
    "kuberay/priority-ray-version": Explanation(
        "A group's priority needs Ray 2.56 and a rayVersion that says so.", CONTROLLER, "Set rayVersion.", since="1.7.0"
    ),
    "kuberay/priority-needs-v2": Explanation(
        "A group's priority needs the autoscaler's version v2.",
        CONTROLLER,
        "Set autoscalerOptions.version: v2.",
        since="1.7.0",
    ),
    "kuberay/autoscaler-start-command": Explanation(
        "The autoscaler's environment sets a variable that is KubeRay's.", CONTROLLER, "Remove it.", since="1.7.0"
    ),
    "kuberay/v2-without-autoscaling": Explanation(
        "The head asks for the autoscaler's version v2, and there is no autoscaler.",
        CONTROLLER,
        "Set enableInTreeAutoscaling: true, or remove RAY_enable_autoscaler_v2.",
    ),
    "kuberay/suspend-with-autoscaling": Explanation(
        "A worker group of an autoscaled cluster is suspended.", CONTROLLER, "Remove suspend."
    ),
    "kuberay/autoscaler-version-twice": Explanation(
        "The autoscaler's version is said in two places.", CONTROLLER, "Keep autoscalerOptions.version."
    ),
    "kuberay/v2-restart-policy": Explanation(
        "Pods restart where the autoscaler's version v2 replaces them.", CONTROLLER, "Leave restartPolicy out."
    ),
    "kuberay/gate-off": Explanation(
        "A field needs a feature gate that is off by default.", CONTROLLER, "Remove it.", since="1.7.0"
    ),
    "kuberay/redis-username": Explanation(
        "The user of Redis is set outside of gcsFaultToleranceOptions.", CONTROLLER, "Set redisUsername there."
    ),
    "kuberay/redis-address-alone": Explanation(
        "The head is given a Redis without gcsFaultToleranceOptions.",
        CONTROLLER,
        "Set gcsFaultToleranceOptions.redisAddress.",
    ),
    "kuberay/ft-annotation": Explanation(
        "ray.io/ft-enabled stands beside gcsFaultToleranceOptions.", CONTROLLER, "Remove the annotation."
    ),
    "kuberay/storage-namespace-annotation": Explanation(
        "ray.io/external-storage-namespace stands beside gcsFaultToleranceOptions.",
        CONTROLLER,
        "Set externalStorageNamespace in the options.",
    ),
    "kuberay/redis-password-param": Explanation(
        "The password of Redis stands in rayStartParams.",
        CONTROLLER,
        "Set redisPassword in the options, from a Secret.",
    ),
    "kuberay/redis-password-variable": Explanation(
        "The password of Redis stands in a variable.", CONTROLLER, "Set redisPassword in the options, from a Secret."
    ),
    "kuberay/redis-address-variable": Explanation(
        "The address of Redis stands in a variable beside the options.", CONTROLLER, "Set redisAddress in the options."
    ),
    "kuberay/storage-without-rocksdb": Explanation(
        "Storage is set for a backend that has none.", CONTROLLER, "Remove storage.", since="1.7.0"
    ),
    "kuberay/kubernetes-auth-kind": Explanation(
        "Kubernetes token authentication is only for a RayCluster.", CONTROLLER, "Remove enableK8sTokenAuth."
    ),
    "kuberay/kubernetes-auth-without-token": Explanation(
        "enableK8sTokenAuth needs mode token.", CONTROLLER, "Set authOptions.mode: token."
    ),
    "kuberay/auth-ray-version": Explanation(
        "Token authentication needs Ray 2.52 and a rayVersion that says so.",
        CONTROLLER,
        "Set rayVersion to the image's.",
    ),
    "kuberay/kubernetes-auth-ray-version": Explanation(
        "Kubernetes token authentication needs Ray 2.55.", CONTROLLER, "Use a newer Ray."
    ),
    "kuberay/kubernetes-auth-secret": Explanation(
        "secretName stands beside enableK8sTokenAuth.", CONTROLLER, "Remove one of them."
    ),
}

JOB = {
    "kuberay/suspend-needs-shutdown": Explanation(
        "A suspended RayJob must shut its cluster down.", CONTROLLER, "Set shutdownAfterJobFinishes: true."
    ),
    "kuberay/suspend-with-selector": Explanation(
        "A RayJob that borrows a cluster cannot be suspended.", CONTROLLER, "Remove suspend."
    ),
    "kuberay/cluster-missing": Explanation("A RayJob has no cluster to run in.", CONTROLLER, "Add rayClusterSpec."),
    "kuberay/selector-name": Explanation(
        "clusterSelector does not name the cluster.", CONTROLLER, "Add the key ray.io/cluster with the cluster's name."
    ),
    "kuberay/selector-with-sidecar": Explanation(
        "SidecarMode cannot be used in a borrowed cluster.", CONTROLLER, "Use K8sJobMode or HTTPMode."
    ),
    "kuberay/selector-with-backoff": Explanation(
        "A RayJob in a borrowed cluster cannot be tried again.", CONTROLLER, "Remove backoffLimit."
    ),
    "kuberay/interactive-with-backoff": Explanation(
        "A RayJob in InteractiveMode cannot be tried again.", CONTROLLER, "Remove backoffLimit."
    ),
    "kuberay/sidecar-template": Explanation(
        "SidecarMode has no submitter pod to have a template for.", CONTROLLER, "Remove submitterPodTemplate."
    ),
    "kuberay/sidecar-config": Explanation(
        "SidecarMode has no submitter Job to configure.", CONTROLLER, "Remove submitterConfig."
    ),
    "kuberay/sidecar-restart-policy": Explanation(
        "In SidecarMode the head must not restart.", CONTROLLER, "Leave restartPolicy out."
    ),
    "kuberay/ttl-negative": Explanation("ttlSecondsAfterFinished is negative.", CONTROLLER, "Write 0 or more."),
    "kuberay/ttl-needs-shutdown": Explanation(
        "ttlSecondsAfterFinished has nothing to delete.", CONTROLLER, "Set shutdownAfterJobFinishes: true."
    ),
    "kuberay/deadline-not-positive": Explanation(
        "activeDeadlineSeconds is not positive.", CONTROLLER, "Write 1 or more."
    ),
    "kuberay/backoff-negative": Explanation("backoffLimit is negative.", CONTROLLER, "Write 0 or more."),
    "kuberay/runtime-env": Explanation("runtimeEnvYAML is no YAML map.", CONTROLLER, "Correct the text."),
    "kuberay/rules-with-shutdown": Explanation(
        "deletionRules stand beside shutdownAfterJobFinishes.", CONTROLLER, "Keep one of them."
    ),
    "kuberay/rule-repeated": Explanation(
        "Two deletion rules have the same policy and condition.", CONTROLLER, "Remove one of them."
    ),
    "kuberay/rule-order": Explanation(
        "Something would be deleted before what belongs to it.",
        CONTROLLER,
        "Let ttlSeconds rise from DeleteWorkers over DeleteCluster to DeleteSelf.",
    ),
    "kuberay/policy-missing": Explanation("onSuccess or onFailure has no policy.", CONTROLLER, "Use deletionRules."),
    "kuberay/delete-workers-autoscaled": Explanation(
        "DeleteWorkers cannot be used with the autoscaler.", CONTROLLER, "Use DeleteCluster."
    ),
    "kuberay/delete-with-selector": Explanation(
        "A RayJob may not delete a cluster that it borrows.", CONTROLLER, "Use DeleteNone."
    ),
    "kuberay/keep-with-shutdown": Explanation(
        "DeleteNone contradicts shutdownAfterJobFinishes.", CONTROLLER, "Remove one of them."
    ),
    "kuberay/schedule": Explanation(
        "A RayCronJob's schedule cannot be read.", CONTROLLER, "Write five columns: 0 3 * * 1."
    ),
    "kuberay/schedule-time-zone": Explanation(
        "A schedule has a time zone in it.", CONTROLLER, "Set spec.timeZone.", since="1.7.0"
    ),
    "kuberay/time-zone-empty": Explanation("timeZone is empty.", CONTROLLER, "Remove it.", since="1.7.0"),
}

_INCREMENTAL = "NewClusterWithIncrementalUpgrade"
SERVICE = {
    "kuberay/head-service-name": Explanation(
        "The head's Service in a RayService has a name.", CONTROLLER, "Remove it: the operator names it."
    ),
    "kuberay/upgrade-type": Explanation(
        "upgradeStrategy.type of a RayService is none of the operator's.", CONTROLLER, "Use NewCluster."
    ),
    "kuberay/incremental-needs-autoscaling": Explanation(
        f"{_INCREMENTAL} needs the autoscaler.", CONTROLLER, "Set enableInTreeAutoscaling: true.", since="1.7.0"
    ),
    "kuberay/incremental-options": Explanation(
        f"{_INCREMENTAL} needs clusterUpgradeOptions.", CONTROLLER, "Add them.", since="1.7.0"
    ),
    "kuberay/incremental-percent": Explanation(
        "A percentage of an incremental upgrade is not 0 to 100.", CONTROLLER, "Correct it.", since="1.7.0"
    ),
    "kuberay/incremental-step": Explanation(
        "stepSizePercent is above maxSurgePercent.", CONTROLLER, "Lower stepSizePercent.", since="1.7.0"
    ),
    "kuberay/incremental-interval": Explanation(
        "intervalSeconds of an incremental upgrade is not positive.", CONTROLLER, "Write 1 or more.", since="1.7.0"
    ),
    "kuberay/incremental-gateway": Explanation(
        f"{_INCREMENTAL} needs a GatewayClass.", CONTROLLER, "Set gatewayClassName.", since="1.7.0"
    ),
}

SERVE_CONFIG = {
    "serve/unreadable": Explanation("serveConfigV2 is no YAML map.", SERVE, "Correct the text."),
    "serve/unknown-key": Explanation(
        "Ray Serve knows no such key.",
        "Ray ignores it in silence, for the sake of later versions, and the setting that was meant keeps its default.",
        "Correct the spelling, or check that the image's Ray is new enough for it.",
        "warning",
    ),
    "serve/wrong-type": Explanation("A value in serveConfigV2 has another type than its key.", SERVE, "Correct it."),
    "serve/not-allowed": Explanation("A value in serveConfigV2 is none of those allowed.", SERVE, "Write one of them."),
    "serve/out-of-range": Explanation("A number in serveConfigV2 is outside of its bounds.", SERVE, "Correct it."),
    "serve/no-application": Explanation(
        "serveConfigV2 has no application.", "The cluster starts, and the RayService is never Ready.", "Add one."
    ),
    "serve/name-empty": Explanation("An application or deployment has no name.", SERVE, "Name it as the code does."),
    "serve/name-repeated": Explanation("Two applications have the same name.", SERVE, "Rename one of them."),
    "serve/route-repeated": Explanation(
        "Two applications have the same route_prefix.", SERVE, "Change one; without a route_prefix it is /."
    ),
    "serve/deployment-repeated": Explanation(
        "Two deployments of an application have the same name.",
        "The later one wins in silence.",
        "Remove one of them.",
        "warning",
    ),
    "serve/host-in-application": Explanation(
        "An application sets host or port.", SERVE, "Move them to http_options at the top."
    ),
    "serve/exclusive": Explanation("Two settings exclude each other.", SERVE, "Remove one of them."),
    "serve/replicas-and-autoscaling": Explanation(
        "A deployment has a fixed number of replicas and autoscaling.", SERVE, "Keep autoscaling_config."
    ),
    "serve/bounds": Explanation(
        "min_replicas ≤ initial_replicas ≤ max_replicas does not hold.",
        SERVE,
        "Correct them; max_replicas is 1 by default.",
    ),
    "serve/import-path": Explanation(
        "import_path does not say what to import.", SERVE, "Write module:name, such as serve:app."
    ),
    "serve/route-prefix": Explanation("route_prefix is no path that Serve takes.", SERVE, "Write it like /churn."),
    "serve/local-path": Explanation(
        "runtime_env names code that is not at a URI.", SERVE, "Put the code into the image or a ConfigMap."
    ),
}

AGAIN = "Argo CD's self-heal makes again what was deleted, and what had been paid for runs again and again."
GITOPS = {
    "gitops/array-default-missing": Explanation(
        "A default inside a list is not written out.",
        "Argo CD compares a list in a custom resource as a whole. Git without the default and the cluster with it "
        "differ for ever, and self-heal applies the same object about once a second.",
        "Write the default. ServerSideDiff=true on the Application helps too; do both.",
        "warning",
    ),
    "gitops/ambiguous-yaml": Explanation(
        "YAML inside of a field can be read in two ways.",
        "The operator takes the last of two equal keys and the first of two documents; other readers may not.",
        "Write each key once, and one document.",
    ),
    "gitops/old-api-version": Explanation(
        "The object is written in ray.io/v1alpha1.",
        "It is stored as v1; fields that v1alpha1 lacks are dropped.",
        "Write ray.io/v1.",
        "warning",
    ),
    "gitops/upgrade-strategy-inherited": Explanation(
        "A RayJob or RayService gives its cluster an upgradeStrategy.",
        "The object is found valid; the RayCluster made from it is refused, and only the operator's log says so.",
        "Remove it. A RayService has an upgradeStrategy of its own.",
    ),
    "gitops/autoscaler-fights-git": Explanation(
        "Git and the autoscaler both set the replicas of a RayCluster.",
        "Self-heal takes away what the autoscaler added, and pods with running work end.",
        "Let a RayJob or RayService make the cluster: then the autoscaler changes an object that is not in Git.",
        "warning",
    ),
    "gitops/cluster-edits-ignored": Explanation(
        "Edits of this RayCluster reach no pod.",
        f"KubeRay leaves running pods alone unless told to make them again. {IN_VAIN}",
        "Set upgradeStrategy.type: Recreate, or use a RayJob or RayService.",
        "warning",
    ),
    "gitops/suspend-in-git": Explanation(
        "Git sets suspend on an object that Kueue admits.",
        "Kueue and self-heal change it against each other.",
        "Remove suspend, and ignore differences of /spec/suspend.",
    ),
    "gitops/queue-with-autoscaling": Explanation(
        "An autoscaled cluster waits in a queue that does not take it.",
        f"Kueue counts what it admits; it takes autoscaled clusters only as elastic jobs. {IN_VAIN}",
        "Turn autoscaling off, or mark it as an elastic job where Kueue's gate is on.",
        "warning",
    ),
    "gitops/queue-groups": Explanation(
        "The cluster has more worker groups than Kueue takes.", IN_VAIN, "Merge groups: 17 at most."
    ),
    "gitops/queue-needs-shutdown": Explanation(
        "A RayJob in a queue keeps its cluster.",
        "Kueue refuses it, or its quota is never given back.",
        "Set shutdownAfterJobFinishes: true.",
    ),
    "gitops/queue-with-selector": Explanation(
        "A RayJob in a queue borrows a cluster.", f"Kueue does not queue it. {IN_VAIN}", "Write rayClusterSpec."
    ),
    "gitops/self-deletion": Explanation(
        "A RayJob deletes itself while Git asks for it.", AGAIN, "Use DeleteCluster, or shutdownAfterJobFinishes: true."
    ),
    "gitops/ttl-reruns-job": Explanation(
        "A Job is deleted after a time while Git asks for it.", AGAIN, "Remove ttlSecondsAfterFinished."
    ),
    "gitops/cron-gate-off": Explanation(
        "RayCronJob's controller is off by default.", IN_VAIN, "Declare the schedule in the model's triggers."
    ),
    "gitops/default-submitter": Explanation(
        "The RayJob leaves its submitter pod to the operator.",
        "That pod has no security context, so a namespace with the restricted Pod Security level refuses it.",
        "Write submitterPodTemplate, or use HTTPMode.",
        "warning",
    ),
    "gitops/replaced-at-sync": Explanation(
        "Argo CD deletes and makes the RayJob again at every sync.",
        "Each sync, of whatever change, runs the training again.",
        "Remove Replace and Force, and give each run a name of its own.",
    ),
    "gitops/run-not-in-name": Explanation(
        "The name of a RayJob does not say which run it is.",
        f"A RayJob that has ended does not run again when it is edited. {IN_VAIN}",
        "End the name with a hash of what decides the result; mlgitops does so for models.",
        "warning",
    ),
    "gitops/serve-port-missing": Explanation(
        "The head has ports, and none is named serve.",
        "The operator makes no Service for Serve, the RayService is never Ready, and only the operator's log says why.",
        "Add a port named serve, or remove all ports: the operator then adds its own.",
    ),
    "gitops/incremental-gate-off": Explanation(
        "Incremental upgrades are off by default in this KubeRay.",
        f"The operator then upgrades the cluster in no way at all: changes of it are not rolled out. {IN_VAIN}",
        "Use NewCluster.",
        until="1.7.0",
    ),
    "gitops/field-unused": Explanation(
        "A field is accepted and not used.", "Who reads the manifest believes in it.", "Remove it.", "warning"
    ),
    "gitops/timeout-is-final": Explanation(
        "A RayService gives up for ever after a time.",
        "When ray.io/initializing-timeout expires, no later commit mends the RayService: it has to be deleted by hand.",
        "Remove it, and alert on a RayService that is not Ready.",
        "warning",
    ),
    "gitops/digest-in-annotation": Explanation(
        "A pod template of a RayService has a digest in an annotation.",
        "The operator starts a whole new cluster, with all of its GPUs, whenever the digest changes.",
        "Leave it out; what runs is pinned by the image and the code's ConfigMap.",
        "warning",
    ),
    "gitops/server-side-diff-missing": Explanation(
        "The Application compares on the client's side.",
        "One default that is not written inside a list of a Ray object makes Argo CD sync for ever.",
        "Add argocd.argoproj.io/compare-options: ServerSideDiff=true.",
        "warning",
    ),
    "gitops/create-namespace": Explanation(
        "The Application makes its namespace.",
        "The namespace has no Pod Security labels, quota or NetworkPolicy until something else brings them.",
        "Render the Namespace with them.",
        "warning",
    ),
    "gitops/respect-ignore-differences": Explanation(
        "A whole list of a Ray object is left out of syncs.",
        "Argo CD cannot leave out one item of a list in a custom resource, so it leaves out the list: edits in Git are "
        "never applied.",
        "Remove RespectIgnoreDifferences=true.",
    ),
    "gitops/label-tracking": Explanation(
        "Argo CD tells its objects by a label.",
        "KubeRay copies labels to the clusters it makes; Argo CD takes them for its own, finds them missing in Git and "
        "prunes them.",
        "Use annotation, the default.",
    ),
    "gitops/shared-resource": Explanation(
        "An object is given to several targets.",
        "Each target is an Application of its own. The first that syncs has the object, the others fail with "
        "SharedResourceWarning; without FailOnSharedResource they would overwrite each other for ever.",
        "Give each its own name and namespace; what all share belongs into the environment's kustomization.yaml.",
    ),
    "gitops/no-health-check": Explanation(
        "Argo CD has no health check for a kind of Ray's.",
        "An Application is Healthy at once, waves do not wait, and a failed training is green.",
        "Add the check; mlgitops renders it.",
    ),
}

CODES: dict[str, Explanation] = STRUCTURE | METADATA | CLUSTER | JOB | SERVICE | SERVE_CONFIG | GITOPS
"""By code."""
