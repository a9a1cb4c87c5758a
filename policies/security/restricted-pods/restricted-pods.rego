# METADATA
# title: Every container of every pod is confined
# description: >-
#   What Pod Security calls restricted, and a read-only root file system, stand in every pod template, also in those
#   inside Ray's objects, which most scanners do not look into.
# custom:
#   id: security.restricted-pods
#   severity: error
#   scope: objects
#   remediation: restore the security context that mlgitops renders, or mend the patch or template that changes it
package mlgitops.security.restricted_pods

import data.mlgitops.library.pods
import data.mlgitops.library.shown

requirements := {
	"allowPrivilegeEscalation": "false",
	"capabilities/drop": "[ALL]",
	"readOnlyRootFilesystem": "true",
	"runAsNonRoot": "true",
	"seccompProfile/type": "RuntimeDefault or Localhost",
}

deny contains {"pointer": pointer, "message": message} if {
	some [of_pod, own] in pods.contexts
	some field, expected in requirements
	not meets(field, of_pod, own)
	some [pod, kind, index, container] in pods.everywhere
	pod.written
	object.get(pod.spec, "securityContext", null) == of_pod
	object.get(container, "securityContext", null) == own
	pointer := pods.place(pod, kind, index, sprintf("/securityContext/%s", [field]))
	message := sprintf("%s: securityContext.%s must be %s, got %s", [
		pods.named(pod, container),
		replace(field, "/", "."),
		expected,
		shown.at(own, split(field, "/")),
	])
}

# What KubeRay makes from nothing has no security context at all.
deny contains {"pointer": sprintf("%s#%s", [pod.file, pod.pointer]), "message": message} if {
	some pod in input.pods
	not pod.written
	message := sprintf(
		"%s must be written with a security context, got none: KubeRay would start it unconfined",
		[pods.titled(pod)],
	)
}

meets("allowPrivilegeEscalation", _, own) if own.allowPrivilegeEscalation == false

meets("capabilities/drop", _, own) if "ALL" in own.capabilities.drop

meets("readOnlyRootFilesystem", _, own) if own.readOnlyRootFilesystem == true

meets("runAsNonRoot", of_pod, own) if effective("runAsNonRoot", of_pod, own) == true

meets("seccompProfile/type", of_pod, own) if {
	effective("seccompProfile", of_pod, own).type in {"RuntimeDefault", "Localhost"}
}

# A container's own value, else its pod's.
effective(field, of_pod, own) := own[field] if {
	own[field] != null
} else := of_pod[field]
