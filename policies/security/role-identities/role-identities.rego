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
import data.mlgitops.library.roles

names := ["train", "evaluate", "sign", "serve", "join", "score"]

deny contains {"pointer": pods.spot(pod, sprintf("/%s", [field])), "message": message} if {
	some pod in input.pods
	some field in ["serviceAccountName", "serviceAccount"]
	role := accounts[pod.spec[field]]
	not roles.plays(pod, role)
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
	not roles.plays(pod, "sign")
	message := has_the_key(pod)
}

deny contains {"pointer": pointer, "message": message} if {
	some pod in input.pods
	some index, volume in pod.spec.volumes
	some number, source in volume.projected.sources
	source.secret.name == key
	not roles.plays(pod, "sign")
	pointer := pods.spot(pod, sprintf("/volumes/%v/projected/sources/%v/secret/name", [index, number]))
	message := has_the_key(pod)
}

deny contains {"pointer": pointer, "message": message} if {
	some variable in pods.variables
	variable.valueFrom.secretKeyRef.name == key
	some [pod, kind, index, container] in pods.everywhere
	not roles.plays(pod, "sign")
	some number, other in container.env
	other == variable
	pointer := pods.place(pod, kind, index, sprintf("/env/%v/valueFrom/secretKeyRef/name", [number]))
	message := has_the_key(pod)
}

deny contains {"pointer": pointer, "message": message} if {
	some [pod, kind, index, container] in pods.everywhere
	some number, source in container.envFrom
	source.secretRef.name == key
	not roles.plays(pod, "sign")
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
	some role in names
}

description(role) := sprintf("a Job of component %s with the platform's image", [role]) if {
	role in roles.trusted
} else := sprintf("pods of component %s", [role])
