# METADATA
# title: Models are reached through the gateway alone
# description: No Service, Ingress or option of Ray opens a model, or Ray's dashboard, to the outside.
# custom:
#   id: security.internal-services
#   severity: error
#   scope: objects
#   remediation: write type ClusterIP, and let the gateway's route be the way in
package mlgitops.security.internal_services

import data.mlgitops.library.ray
import data.mlgitops.library.shown

inside := {"ClusterIP", null}

deny contains {"pointer": sprintf("%s/type", [service.at]), "message": message} if {
	some service in services
	not service.spec.type in inside
	message := sprintf("%s must have a Service of type ClusterIP, got %s", [
		ray.titled(service.object),
		shown.value(service.spec.type),
	])
}

deny contains {"pointer": sprintf("%s/externalIPs", [service.at]), "message": message} if {
	some service in services
	not service.spec.externalIPs in [[], null]
	message := sprintf("%s must have a Service without externalIPs, got %s", [
		ray.titled(service.object),
		shown.value(service.spec.externalIPs),
	])
}

deny contains {"pointer": sprintf("%s/headGroupSpec/serviceType", [cluster.at]), "message": message} if {
	some cluster in ray.clusters
	not cluster.spec.headGroupSpec.serviceType in inside
	message := sprintf("%s must have headGroupSpec.serviceType ClusterIP, got %s", [
		ray.titled(cluster.object),
		shown.value(cluster.spec.headGroupSpec.serviceType),
	])
}

deny contains {"pointer": sprintf("%s/headGroupSpec/enableIngress", [cluster.at]), "message": message} if {
	some cluster in ray.clusters
	cluster.spec.headGroupSpec.enableIngress == true
	message := sprintf("%s must have headGroupSpec.enableIngress false, got true: it publishes Ray's dashboard", [ray.titled(cluster.object)])
}

# Services as they are, and those that KubeRay makes from a template.
services contains {"at": ray.place(entry, path), "object": entry.object, "spec": spec} if {
	some entry in input.objects
	some path in places[entry.object.kind]
	spec := object.get(entry.object, path, null)
	is_object(spec)
}

places := {
	"Service": [["spec"]],
	"RayCluster": [["spec", "headGroupSpec", "headService", "spec"]],
	"RayJob": [["spec", "rayClusterSpec", "headGroupSpec", "headService", "spec"]],
	"RayCronJob": [["spec", "jobTemplate", "rayClusterSpec", "headGroupSpec", "headService", "spec"]],
	"RayService": [
		["spec", "rayClusterConfig", "headGroupSpec", "headService", "spec"],
		["spec", "serveService", "spec"],
	],
}
