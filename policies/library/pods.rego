# Pods as the policy input lays them open: names for messages, and the places of their containers.
#
#   some pod in input.pods
#   some kind in pods.kinds
#   some index, container in pod.spec[kind]
#   pointer := pods.place(pod, kind, index, "/image")
#   message := sprintf("%s must …", [pods.named(pod, container)])
#
# Every function is total for whatever stands in a manifest: a message that fails would be a rule that is silent.
package mlgitops.library.pods

kinds := ["containers", "initContainers", "ephemeralContainers"]

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
} else := spot(pod, sprintf("/%s/%d%s", [kind, index, rest]))

# Whether a container is one that the operator puts beside those that people wrote.
injected(pod, container) if container.name in pod.injected

# Whether it is Ray's autoscaler: the one container that needs the Kubernetes API.
autoscaler(pod, container) if {
	container.name == "autoscaler"
	injected(pod, container)
}

_injected(pod, name, rest) := sprintf("%s#%s/autoscalerOptions%s", [pod.file, _cluster(pod), rest]) if {
	name == "autoscaler"
} else := sprintf("%s#%s/submissionMode", [pod.file, trim_suffix(_cluster(pod), "/rayClusterSpec")]) if {
	name == "ray-job-submitter"
} else := spot(pod, sprintf("/containers/0%s", [rest]))

_cluster(pod) := trim_suffix(pod.pointer, "/headGroupSpec/template")
