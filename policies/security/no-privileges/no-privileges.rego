# METADATA
# title: No security context asks for privileges
# description: Neither a pod nor a container runs as root, privileged, with added capabilities or outside its confinement.
# custom:
#   id: security.no-privileges
#   severity: error
#   scope: objects
#   remediation: remove the field, or mend the patch or template that sets it
package mlgitops.security.no_privileges

import data.mlgitops.library.pods
import data.mlgitops.library.shown

deny contains {"pointer": pointer, "message": message} if {
	some context in {of_pod | some [of_pod, _] in pods.contexts}
	some field, value in context
	[path, expected, got] := pod_privilege(field, value)
	some pod in input.pods
	object.get(pod.spec, "securityContext", null) == context
	pointer := pods.spot(pod, sprintf("/securityContext/%s", [path]))
	message := sprintf("%s: securityContext.%s must be %s, got %s", [
		pods.titled(pod),
		replace(path, "/", "."),
		expected,
		shown.value(got),
	])
}

deny contains {"pointer": pointer, "message": message} if {
	some context in {own | some [_, own] in pods.contexts}
	some field, value in context
	[path, expected, got] := privilege(field, value)
	some [pod, kind, index, container] in pods.everywhere
	object.get(container, "securityContext", null) == context
	pointer := pods.place(pod, kind, index, sprintf("/securityContext/%s", [path]))
	message := sprintf("%s: securityContext.%s must be %s, got %s", [
		pods.named(pod, container),
		replace(path, "/", "."),
		expected,
		shown.value(got),
	])
}

# The form of AppArmor profiles before Kubernetes 1.30.
deny contains {"pointer": pointer, "message": message} if {
	some pod in input.pods
	some name, profile in pod.metadata.annotations
	startswith(name, "container.apparmor.security.beta.kubernetes.io/")
	profile == "unconfined"
	pointer := sprintf("%s#%s/metadata/annotations/%s", [pod.file, pod.pointer, shown.key(name)])
	message := sprintf("%s must keep its AppArmor profile, got %s", [pods.titled(pod), profile])
}

confined := {"RuntimeDefault", "Localhost"}

container_domains := {"container_t", "container_init_t", "container_kvm_t", "container_engine_t"}

harmless_sysctls := {
	"kernel.shm_rmid_forced",
	"net.ipv4.ip_local_port_range",
	"net.ipv4.ip_local_reserved_ports",
	"net.ipv4.ip_unprivileged_port_start",
	"net.ipv4.ping_group_range",
	"net.ipv4.tcp_fin_timeout",
	"net.ipv4.tcp_keepalive_intvl",
	"net.ipv4.tcp_keepalive_probes",
	"net.ipv4.tcp_keepalive_time",
	"net.ipv4.tcp_rmem",
	"net.ipv4.tcp_syncookies",
	"net.ipv4.tcp_wmem",
}

# Where a field asks for a privilege: its path, what is expected there, and what stands there.
privilege("privileged", true) := ["privileged", "false", true]

privilege("runAsUser", 0) := ["runAsUser", "another user than root", 0]

privilege("runAsGroup", 0) := ["runAsGroup", "another group than root's", 0]

privilege("fsGroup", 0) := ["fsGroup", "another group than root's", 0]

privilege("supplementalGroups", groups) := ["supplementalGroups", "no group of root's", "0"] if 0 in groups

privilege("capabilities", capabilities) := ["capabilities/add", "empty", capabilities.add] if {
	not capabilities.add in {null, []}
}

privilege("procMount", mount) := ["procMount", "Default", mount] if not mount in {null, "Default"}

privilege("appArmorProfile", profile) := ["appArmorProfile/type", "RuntimeDefault or Localhost", profile.type] if {
	not profile.type in confined
}

privilege("seLinuxOptions", options) := [sprintf("seLinuxOptions/%s", [name]), "a container's own", options[name]] if {
	name := sort([name | some name, got in options; not ordinary(name, got)])[0]
}

privilege("windowsOptions", options) := ["windowsOptions/hostProcess", "false", true] if options.hostProcess == true

privilege("sysctls", sysctls) := ["sysctls", "harmless ones only", name] if {
	name := [sysctl.name | some sysctl in sysctls; not sysctl.name in harmless_sysctls][0]
}

# What SELinux says of any container: a domain of containers, and a level of the pod's choice.
ordinary("level", _)

ordinary(_, null)

ordinary(_, "")

ordinary("type", domain) if domain in container_domains

# A pod's fields hold for containers that say nothing, also for those that others inject.
pod_privilege(field, value) := privilege(field, value)

pod_privilege("runAsNonRoot", false) := ["runAsNonRoot", "true", false]

pod_privilege("seccompProfile", profile) := ["seccompProfile/type", "RuntimeDefault or Localhost", profile.type] if {
	not profile.type in confined
}
