# METADATA
# title: No pod reaches into its node
# description: No namespace, port or file system of the host, and none shared between containers of a pod.
# custom:
#   id: security.no-host-access
#   severity: error
#   scope: objects
#   remediation: remove the field; take a Service for a port, and an emptyDir, ConfigMap or claim for a volume
package mlgitops.security.no_host_access

import data.mlgitops.library.pods
import data.mlgitops.library.shown

# Of a shared process namespace too: the code in the head could read the autoscaler's token out of /proc.
namespaces := ["hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"]

volumes := {
	"configMap",
	"csi",
	"downwardAPI",
	"emptyDir",
	"ephemeral",
	"persistentVolumeClaim",
	"projected",
	"secret",
}

deny contains {"pointer": pods.spot(pod, sprintf("/%s", [field])), "message": message} if {
	some pod in input.pods
	some field in namespaces
	pod.spec[field] == true
	message := sprintf("%s must not have %s, got true", [pods.titled(pod), field])
}

deny contains {"pointer": pods.spot(pod, sprintf("/volumes/%v/%s", [index, type])), "message": message} if {
	some pod in input.pods
	some index, volume in pod.spec.volumes
	is_object(volume)
	some type in (object.keys(volume) - volumes)
	type != "name"
	message := sprintf("%s must have volumes of the types %s, got %s", [
		pods.titled(pod),
		concat(", ", sort(volumes)),
		type,
	])
}

deny contains {"pointer": pointer, "message": message} if {
	some port in host_ports
	some [pod, kind, index, container] in pods.everywhere
	some number, other in container.ports
	other == port
	pointer := pods.place(pod, kind, index, sprintf("/ports/%v/hostPort", [number]))
	message := sprintf("%s must not take a port of its node, got %s", [pods.named(pod, container), shown.value(port.hostPort)])
}

host_ports := {port |
	some container in pods.containers
	some port in container.ports
	not port.hostPort in {0, null}
}
