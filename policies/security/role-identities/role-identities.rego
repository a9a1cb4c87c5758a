# METADATA
# title: The signing key and each role's identity are for that role's pods alone
# description: Only the sign Job has the key; only evaluate reads the holdout; training code runs as neither.
# custom:
#   id: security.role-identities
#   severity: error
#   scope: objects
#   remediation: remove the reference to the key, or give the pod the ServiceAccount of its own role
package mlgitops.security.role_identities

import data.mlgitops.library.pods

roles := ["train", "evaluate", "sign", "serve", "join", "score"]

# Roles that hold what a model's own code must not: they run the platform's image, in a Job.
trusted := {"evaluate", "sign"}

deny contains {"pointer": pods.spot(pod, sprintf("/%s", [field])), "message": message} if {
	some pod in input.pods
	some field in ["serviceAccountName", "serviceAccount"]
	role := accounts[pod.spec[field]]
	not plays(pod, role)
	message := sprintf("%s must not run as %s, which is for %s, got another pod", [
		pods.titled(pod),
		pod.spec[field],
		description(role),
	])
}

deny contains {"pointer": pods.spot(pod, sprintf("/volumes/%v/secret/secretName", [index])), "message": message} if {
	some pod in input.pods
	some index, volume in pod.spec.volumes
	volume.secret.secretName == key
	not plays(pod, "sign")
	message := has_the_key(pod)
}

deny contains {"pointer": pointer, "message": message} if {
	some pod in input.pods
	some index, volume in pod.spec.volumes
	some number, source in volume.projected.sources
	source.secret.name == key
	not plays(pod, "sign")
	pointer := pods.spot(pod, sprintf("/volumes/%v/projected/sources/%v/secret/name", [index, number]))
	message := has_the_key(pod)
}

deny contains {"pointer": pointer, "message": message} if {
	some variable in pods.variables
	variable.valueFrom.secretKeyRef.name == key
	some [pod, kind, index, container] in pods.everywhere
	not plays(pod, "sign")
	some number, other in container.env
	other == variable
	pointer := pods.place(pod, kind, index, sprintf("/env/%v/valueFrom/secretKeyRef/name", [number]))
	message := has_the_key(pod)
}

deny contains {"pointer": pointer, "message": message} if {
	some [pod, kind, index, container] in pods.everywhere
	some number, source in container.envFrom
	source.secretRef.name == key
	not plays(pod, "sign")
	pointer := pods.place(pod, kind, index, sprintf("/envFrom/%v/secretRef/name", [number]))
	message := has_the_key(pod)
}

# The Secret with the signing key; undefined where nothing is signed.
key := input.environment.signing.secret

has_the_key(pod) := sprintf("%s must not have the signing key, which is for %s, got Secret %s", [
	pods.titled(pod),
	description("sign"),
	key,
])

# The model's accounts: the role that each is for.
accounts[sprintf("%s-%s", [input.target.model, role])] := role if {
	is_string(input.target.model)
	some role in roles
}

plays(pod, role) if {
	pod.metadata.labels["app.kubernetes.io/component"] == role
	not role in trusted
}

plays(pod, role) if {
	pod.metadata.labels["app.kubernetes.io/component"] == role
	pod.kind == "Job"
	every kind in pods.kinds {
		every container in object.get(pod.spec, kind, []) { of_the_platform(container) }
	}
}

of_the_platform(container) if {
	is_string(container.image)
	digest := split(container.image, "@")[1]
	digest == split(input.environment.images.platform, "@")[1]
}

description(role) := sprintf("a Job of component %s with the platform's image", [role]) if {
	role in trusted
} else := sprintf("pods of component %s", [role])
