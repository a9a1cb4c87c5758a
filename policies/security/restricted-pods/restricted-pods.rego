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
	some pod in input.pods
	pod.written
	some kind in pods.kinds
	some index, container in pod.spec[kind]
	some field, expected in requirements
	not meets(field, pod.spec, container)
	pointer := pods.place(pod, kind, index, sprintf("/securityContext/%s", [field]))
	message := sprintf("%s: securityContext.%s must be %s, got %s", [
		pods.named(pod, container),
		replace(field, "/", "."),
		expected,
		shown.at(container, array.concat(["securityContext"], split(field, "/"))),
	])
}

# What KubeRay makes from nothing has no security context at all.
deny contains {"pointer": sprintf("%s#%s", [pod.file, pod.pointer]), "message": message} if {
	some pod in input.pods
	not pod.written
	message := sprintf("%s must be written with a security context, got none: KubeRay would start it unconfined", [pods.titled(pod)])
}

meets("allowPrivilegeEscalation", _, container) if container.securityContext.allowPrivilegeEscalation == false

meets("capabilities/drop", _, container) if "ALL" in container.securityContext.capabilities.drop

meets("readOnlyRootFilesystem", _, container) if container.securityContext.readOnlyRootFilesystem == true

meets("runAsNonRoot", spec, container) if effective("runAsNonRoot", spec, container) == true

meets("seccompProfile/type", spec, container) if {
	effective("seccompProfile", spec, container).type in {"RuntimeDefault", "Localhost"}
}

# A container's own value, else its pod's.
effective(field, spec, container) := container.securityContext[field] if {
	container.securityContext[field] != null
} else := spec.securityContext[field]
