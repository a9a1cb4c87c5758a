package mlgitops.security.no_privileges_test

import data.mlgitops.security.no_privileges

asked(metadata, pod_context, context) := {"pods": [{
	"file": "a.yaml",
	"kind": "Job",
	"name": "churn",
	"pointer": "/spec/template",
	"role": "job",
	"injected": [],
	"metadata": metadata,
	"spec": {"securityContext": pod_context, "containers": [{"name": "c", "securityContext": context}]},
}]}

harmless := {
	"privileged": false,
	"runAsUser": 1000,
	"runAsGroup": 1000,
	"runAsNonRoot": true,
	"fsGroup": 1000,
	"supplementalGroups": [1000],
	"capabilities": {"drop": ["ALL"]},
	"procMount": "Default",
	"seccompProfile": {"type": "RuntimeDefault"},
	"appArmorProfile": {"type": "RuntimeDefault"},
	"seLinuxOptions": {"level": "s0:c1,c2", "type": "container_t"},
	"windowsOptions": {"hostProcess": false},
	"sysctls": [{"name": "net.ipv4.tcp_wmem", "value": "4096"}],
}

empty := {
	"capabilities": {"add": []},
	"procMount": null,
	"seLinuxOptions": {"type": "", "user": null},
}

test_nothing_asked_for if {
	no_privileges.deny == set() with input as asked({}, harmless, harmless)
	no_privileges.deny == set() with input as asked({}, empty, empty)
	no_privileges.deny == set() with input as asked({}, {"capabilities": {"add": null}}, null)
	no_privileges.deny == set() with input as asked(null, null, null)
}

privileges := {
	["privileged", "false", "true"]: {"privileged": true},
	["runAsUser", "another user than root", "0"]: {"runAsUser": 0},
	["runAsGroup", "another group than root's", "0"]: {"runAsGroup": 0},
	["fsGroup", "another group than root's", "0"]: {"fsGroup": 0},
	["supplementalGroups", "no group of root's", "'0'"]: {"supplementalGroups": [7, 0]},
	["capabilities/add", "empty", "[SYS_ADMIN]"]: {"capabilities": {"add": ["SYS_ADMIN"], "drop": ["ALL"]}},
	["procMount", "Default", "'Unmasked'"]: {"procMount": "Unmasked"},
	["appArmorProfile/type", "RuntimeDefault or Localhost", "'Unconfined'"]: {"appArmorProfile": {"type": "Unconfined"}},
	["seLinuxOptions/type", "a container's own", "'spc_t'"]: {"seLinuxOptions": {"type": "spc_t"}},
	["seLinuxOptions/user", "a container's own", "'system_u'"]: {"seLinuxOptions": {"user": "system_u"}},
	["seLinuxOptions/role", "a container's own", "'sysadm_r'"]: {"seLinuxOptions": {"role": "sysadm_r"}},
	["windowsOptions/hostProcess", "false", "true"]: {"windowsOptions": {"hostProcess": true}},
	["sysctls", "harmless ones only", "'kernel.msgmax'"]: {"sysctls": [{"name": "net.ipv4.tcp_wmem"}, {"name": "kernel.msgmax"}]},
}

test_each_privilege_of_a_container if {
	every said, context in privileges {
		[path, expected, got] := said
		no_privileges.deny == {{
			"pointer": sprintf("a.yaml#/spec/template/spec/containers/0/securityContext/%s", [path]),
			"message": sprintf("container c of the job pod of Job churn: securityContext.%s must be %s, got %s", [
				replace(path, "/", "."),
				expected,
				got,
			]),
		}} with input as asked({}, null, context)
	}
}

test_each_privilege_of_a_pod if {
	more := {
		["runAsNonRoot", "true", "false"]: {"runAsNonRoot": false},
		["seccompProfile/type", "RuntimeDefault or Localhost", "'Unconfined'"]: {"seccompProfile": {"type": "Unconfined"}},
	}
	every said, context in object.union(privileges, more) {
		[path, expected, got] := said
		no_privileges.deny == {{
			"pointer": sprintf("a.yaml#/spec/template/spec/securityContext/%s", [path]),
			"message": sprintf("the job pod of Job churn: securityContext.%s must be %s, got %s", [
				replace(path, "/", "."),
				expected,
				got,
			]),
		}} with input as asked({}, context, null)
	}
}

test_an_annotation_of_old if {
	name := "container.apparmor.security.beta.kubernetes.io/c"
	no_privileges.deny == {{
		"pointer": "a.yaml#/spec/template/metadata/annotations/container.apparmor.security.beta.kubernetes.io~1c",
		"message": "the job pod of Job churn must keep its AppArmor profile, got unconfined",
	}} with input as asked({"annotations": {name: "unconfined"}}, null, null)
	no_privileges.deny == set() with input as asked({"annotations": {name: "runtime/default"}}, null, null)
	no_privileges.deny == set() with input as asked({"annotations": {"note": "unconfined"}}, null, null)
}

test_one_of_several if {
	bad := asked({}, null, {"privileged": true})
	several := json.patch(bad, [
		{"op": "add", "path": "/pods/0/spec/containers/-", "value": {"name": "good"}},
		{"op": "add", "path": "/pods/-", "value": asked({}, {"runAsUser": 0}, null).pods[0]},
	])
	{finding.pointer | some finding in no_privileges.deny} == {
		"a.yaml#/spec/template/spec/containers/0/securityContext/privileged",
		"a.yaml#/spec/template/spec/securityContext/runAsUser",
	} with input as several
	count(no_privileges.deny) == 2 with input as json.patch(several, [
		{"op": "replace", "path": "/pods/0/file", "value": "b.yaml"},
		{"op": "replace", "path": "/pods/0/spec/securityContext", "value": {"runAsUser": 1}},
	])
}
