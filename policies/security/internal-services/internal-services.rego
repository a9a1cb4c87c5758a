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

deny contains {"pointer": sprintf("%s#%s/type", [entry.file, at]), "message": message} if {
	some entry in input.objects
	some [at, spec] in services(entry.object)
	not spec.type in inside
	message := sprintf("%s must have a Service of type ClusterIP, got %s", [ray.titled(entry.object), shown.value(spec.type)])
}

deny contains {"pointer": sprintf("%s#%s/externalIPs", [entry.file, at]), "message": message} if {
	some entry in input.objects
	some [at, spec] in services(entry.object)
	not spec.externalIPs in [[], null]
	message := sprintf("%s must have a Service without externalIPs, got %s", [ray.titled(entry.object), shown.value(spec.externalIPs)])
}

deny contains {"pointer": sprintf("%s#%s/headGroupSpec/serviceType", [entry.file, at]), "message": message} if {
	some entry in input.objects
	[at, cluster] := ray.cluster(entry.object)
	not cluster.headGroupSpec.serviceType in inside
	message := sprintf("%s must have headGroupSpec.serviceType ClusterIP, got %s", [ray.titled(entry.object), shown.value(cluster.headGroupSpec.serviceType)])
}

deny contains {"pointer": sprintf("%s#%s/headGroupSpec/enableIngress", [entry.file, at]), "message": message} if {
	some entry in input.objects
	[at, cluster] := ray.cluster(entry.object)
	cluster.headGroupSpec.enableIngress == true
	message := sprintf("%s must have headGroupSpec.enableIngress false, got true: it publishes Ray's dashboard", [ray.titled(entry.object)])
}

# The specs of all Services that an object is or makes, with the pointers to them.
services(object) := [["/spec", object.spec]] if {
	object.kind == "Service"
	is_object(object.spec)
}

services(object) := array.concat(of_the_head(object), [["/spec/serveService/spec", spec] |
	spec := object.spec.serveService.spec
	is_object(spec)
]) if {
	ray.cluster(object)
}

of_the_head(object) := [[sprintf("%s/headGroupSpec/headService/spec", [at]), spec] |
	[at, cluster] := ray.cluster(object)
	spec := cluster.headGroupSpec.headService.spec
	is_object(spec)
]
