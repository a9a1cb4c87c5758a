# METADATA
# title: Every pod is behind a NetworkPolicy for both directions
# description: A policy of the same target selects each pod, names ingress and egress, and lets nobody and nothing in general through.
# custom:
#   id: security.network-policy
#   severity: error
#   scope: objects
#   remediation: give the pods the labels of a policy, or write a policy that names who may talk to whom
package mlgitops.security.network_policy

import data.mlgitops.library.pods
import data.mlgitops.library.ray
import data.mlgitops.library.selectors

policies := [entry |
	some entry in input.objects
	entry.object.kind == "NetworkPolicy"
]

deny contains {"pointer": sprintf("%s#%s", [pod.file, pod.pointer]), "message": message} if {
	some [namespace, labels] in groups
	some direction in ["Ingress", "Egress"]
	not guarded(namespace, labels, direction)
	some pod in input.pods
	[pod.namespace, object.get(pod.metadata, "labels", null)] == [namespace, labels]
	message := sprintf("%s must be selected by a NetworkPolicy for %s, got none in its namespace", [
		pods.titled(pod),
		lower(direction),
	])
}

# Pods that policies cannot tell apart.
groups := {[pod.namespace, object.get(pod.metadata, "labels", null)] | some pod in input.pods}

guarded(namespace, labels, direction) if {
	some entry in policies
	ray.namespace(entry.object) == namespace
	direction in entry.object.spec.policyTypes
	selectors.selects(entry.object.spec.podSelector, labels)
}

# A rule that names no peer is one for everybody.
deny contains {"pointer": pointer, "message": message} if {
	some entry in policies
	some direction, peers in {"ingress": "from", "egress": "to"}
	some index, rule in entry.object.spec[direction]
	not peers_named(rule, peers)
	pointer := sprintf("%s#/spec/%s/%v", [entry.file, direction, index])
	message := sprintf("%s must name its peers in each rule (%s), got a rule for everybody", [ray.titled(entry.object), peers])
}

peers_named(rule, peers) if {
	is_array(rule[peers])
	count(rule[peers]) > 0
}

deny contains {"pointer": pointer, "message": message} if {
	some entry in policies
	some direction, peers in {"ingress": "from", "egress": "to"}
	some index, rule in entry.object.spec[direction]
	some number, peer in rule[peers]
	peer.ipBlock.cidr in {"0.0.0.0/0", "::/0"}
	pointer := sprintf("%s#/spec/%s/%v/%s/%v/ipBlock/cidr", [entry.file, direction, index, peers, number])
	message := sprintf("%s must name the networks that pods talk to, got %s", [ray.titled(entry.object), peer.ipBlock.cidr])
}
