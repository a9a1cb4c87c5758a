# METADATA
# title: No pod has a token for the Kubernetes API, but Ray's autoscaler
# description: Contributors' code must not hold a token that can read and patch pods of its namespace.
# custom:
#   id: security.service-account-token
#   severity: error
#   scope: objects
#   remediation: write automountServiceAccountToken false, and mount no token
package mlgitops.security.service_account_token

import data.mlgitops.library.pods
import data.mlgitops.library.ray
import data.mlgitops.library.roles
import data.mlgitops.library.shown

deny contains {"pointer": pods.spot(pod, "/automountServiceAccountToken"), "message": message} if {
	some pod in input.pods
	not pod.spec.automountServiceAccountToken == false
	message := sprintf("%s must have automountServiceAccountToken false, got %s", [
		pods.titled(pod),
		shown.at(pod.spec, ["automountServiceAccountToken"]),
	])
}

deny contains {"pointer": sprintf("%s#/automountServiceAccountToken", [entry.file]), "message": message} if {
	some entry in input.objects
	entry.object.kind == "ServiceAccount"
	not entry.object.automountServiceAccountToken == false
	message := sprintf("%s must have automountServiceAccountToken false, got %s", [
		ray.titled(entry.object),
		shown.at(entry.object, ["automountServiceAccountToken"]),
	])
}

deny contains {"pointer": pointer, "message": message} if {
	some pod in input.pods
	some volume in pod.spec.volumes
	some source in volume.projected.sources
	token := source.serviceAccountToken
	not to_sign_with(pod, token)
	some kind in pods.kinds
	some index, container in pod.spec[kind]
	some number, mount in container.volumeMounts
	mount.name == volume.name
	not autoscaler(pod, container)
	pointer := pods.place(pod, kind, index, sprintf("/volumeMounts/%v", [number]))
	message := sprintf("%s must not mount a ServiceAccount token, got volume %s", [
		pods.named(pod, container),
		shown.value(volume.name),
	])
}

# Sigstore's, not the API's: what the sign Job of an environment that signs without a key shows to be who it is.
to_sign_with(pod, token) if {
	is_string(token.audience)
	token.audience == input.environment.signing.audience
	roles.plays(pod, "sign")
}

# Ray's autoscaler, as KubeRay puts it beside the head; what only has its name is another container.
autoscaler(pod, container) if {
	container.name == "autoscaler"
	pods.injected(pod, container)
}
