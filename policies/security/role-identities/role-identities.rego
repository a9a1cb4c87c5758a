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

roles := ["train", "evaluate", "sign", "serve"]

# Roles that hold what a model's own code must not: they run the platform's image, in a Job.
trusted := {"evaluate", "sign"}

deny contains {"pointer": pods.spot(pod, sprintf("/%s", [field])), "message": message} if {
	is_string(input.target.model)
	some role in roles
	account := sprintf("%s-%s", [input.target.model, role])
	some pod in input.pods
	some field in ["serviceAccountName", "serviceAccount"]
	pod.spec[field] == account
	not plays(pod, role)
	message := sprintf("%s must not run as %s, which is for %s, got another pod", [
		pods.titled(pod),
		account,
		description(role),
	])
}

deny contains {"pointer": pods.spot(pod, pointer), "message": message} if {
	secret := input.environment.signing.secret
	some pod in input.pods
	some [pointer, name] in secrets(pod.spec)
	name == secret
	not plays(pod, "sign")
	message := sprintf("%s must not have the signing key, which is for %s, got Secret %s", [
		pods.titled(pod),
		description("sign"),
		secret,
	])
}

plays(pod, role) if {
	pod.metadata.labels["app.kubernetes.io/component"] == role
	not role in trusted
}

plays(pod, role) if {
	pod.metadata.labels["app.kubernetes.io/component"] == role
	role in trusted
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

# Every Secret that a pod names, with the pointer to the name.
secrets(spec) := array.concat(mounted(spec), in_variables(spec))

mounted(spec) := array.concat(
	[[sprintf("/volumes/%d/secret/secretName", [index]), volume.secret.secretName] | some index, volume in spec.volumes],
	[[sprintf("/volumes/%d/projected/sources/%d/secret/name", [index, number]), source.secret.name] |
		some index, volume in spec.volumes
		some number, source in volume.projected.sources
	],
)

in_variables(spec) := array.concat(
	[[sprintf("/%s/%d/env/%d/valueFrom/secretKeyRef/name", [kind, index, number]), variable.valueFrom.secretKeyRef.name] |
		some kind in pods.kinds
		some index, container in spec[kind]
		some number, variable in container.env
	],
	[[sprintf("/%s/%d/envFrom/%d/secretRef/name", [kind, index, number]), source.secretRef.name] |
		some kind in pods.kinds
		some index, container in spec[kind]
		some number, source in container.envFrom
	],
)
