# Pods as the policy input lays them open: what rules look through, names for messages, and places.
#
# Rules look through what is shared here (`containers`, `images`, `contexts`, `variables`), which is worked out once for
# all of them, and ask `everywhere` where something stands only when they have found it:
#
#   some image in pods.images
#   not pinned(image)
#   some [pod, kind, index, container] in pods.everywhere
#   object.get(container, "image", null) == image
#   pointer := pods.place(pod, kind, index, "/image")
#
# Functions are total for whatever stands in a manifest: a message that fails would be a rule that is silent.
package mlgitops.library.pods

kinds := ["containers", "initContainers", "ephemeralContainers"]

# Every container of every pod, as a list: two may be equal.
containers := [container |
	some pod in input.pods
	some kind in kinds
	some container in pod.spec[kind]
	is_object(container)
]

# The images of all containers; null of one that says none.
images := {object.get(container, "image", null) | some container in containers}

# The security contexts that containers run under: [the pod's, the container's], null where there is none.
contexts := {[object.get(pod.spec, "securityContext", null), object.get(container, "securityContext", null)] |
	some pod in input.pods
	some kind in kinds
	some container in pod.spec[kind]
	is_object(container)
}

# The environment variables of all containers, each once: most containers of a model have the same.
variables := {variable |
	some container in containers
	some variable in container.env
	is_object(variable)
}

# Every container with where it stands: [pod, kind, index, container].
everywhere := [[pod, kind, index, container] |
	some pod in input.pods
	some kind in kinds
	some index, container in pod.spec[kind]
	is_object(container)
]

# What a pod is called in a message.
titled(pod) := sprintf("the %s pod of %s %s", [pod.role, pod.kind, pod.name])

# What a container is called in a message.
named(pod, container) := sprintf("container %s of %s", [container.name, titled(pod)]) if {
	is_string(container.name)
} else := sprintf("a container of %s", [titled(pod)])

# Where something of a pod's spec stands, such as "/hostNetwork".
spot(pod, rest) := sprintf("%s#%s/spec%s", [pod.file, pod.pointer, rest])

# Where something of a container stands, such as "/image". What the operator injects stands in no list: of the
# autoscaler people write `autoscalerOptions`, and what waits in front of a worker is a copy of the worker's container.
place(pod, kind, index, rest) := _injected(pod, pod.spec[kind][index].name, rest) if {
	pod.spec[kind][index].name in pod.injected
} else := spot(pod, sprintf("/%s/%v%s", [kind, index, rest]))

# Whether a container is one that the operator puts beside those that people wrote.
injected(pod, container) if container.name in pod.injected

_injected(pod, name, rest) := sprintf("%s#%s/autoscalerOptions%s", [pod.file, _cluster(pod), rest]) if {
	name == "autoscaler"
} else := sprintf("%s#%s/submissionMode", [pod.file, trim_suffix(_cluster(pod), "/rayClusterSpec")]) if {
	name == "ray-job-submitter"
} else := spot(pod, sprintf("/containers/0%s", [rest]))

_cluster(pod) := trim_suffix(pod.pointer, "/headGroupSpec/template")
